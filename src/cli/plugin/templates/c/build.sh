#!/usr/bin/env bash
# Builds dist/my-rule.wasm from src/ and the bindings that wit-bindgen makes of wit/. It needs
#   clang and wasm-ld    Debian: `apt-get install clang lld`; or wasi-sdk
#   wit-bindgen          `cargo install wit-bindgen-cli@0.61.0 --no-default-features --features c`
#   wasm-component-ld    beside rustup's rustc, in wasi-sdk, or `cargo install wasm-component-ld`
set -euo pipefail
cd "$(dirname "$0")"

# Looks among the commands, then beside rustc.
find_tool() {
    local beside
    if command -v "$1"; then return; fi
    beside="$(rustc --print sysroot 2>/dev/null)/lib/rustlib/$(rustc -vV 2>/dev/null | sed -n 's/^host: //p')/bin"
    for place in "$beside/$1" "$beside/gcc-ld/$1" "$HOME/.cargo/bin/$1"; do
        if [ -x "$place" ]; then echo "$place"; return; fi
    done
    echo "build.sh: there is no $1; the first lines of this file say where to get it" >&2
    exit 1
}
compiler="$(find_tool "${CC:-clang}")"
wasm_ld="$(find_tool wasm-ld)"
linker="$(find_tool wasm-component-ld)"
if [ ! -f gen/WORLD.c ]; then
    "$(find_tool wit-bindgen)" c wit --world WORLD --out-dir gen
fi
mkdir -p dist gen/objects
# No library of C but the few functions in libc/: nothing of WASI is imported.
for file in src/*.c libc/*.c gen/WORLD.c; do
    "$compiler" --target=wasm32-unknown-unknown -std=c11 -O2 -ffreestanding -fno-builtin -Wall -Wextra \
        -Wno-unused-parameter -Ilibc -Igen -c "$file" -o "gen/objects/$(basename "$file" .c).o"
done
# A small stack makes a fresh instance cheap.
"$linker" --wasm-ld-path "$wasm_ld" --no-entry -zstack-size=65536 gen/objects/*.o gen/WORLD_component_type.o \
    -o dist/my-rule.wasm
ls -l dist/my-rule.wasm
