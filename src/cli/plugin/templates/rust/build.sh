#!/usr/bin/env bash
# Builds dist/my-rule.wasm: a component, by rustc and the linker that rustup ships beside it.
#
# Where rustup cannot fetch the target, SAGWAN_WASM_TOOLCHAIN names a folder with another toolchain that brings the sources
# of the standard library, unpacked (Debian's packages rustc-web, libstd-rust-web-1.96, rust-web-src and libllvm22).
set -euo pipefail
cd "$(dirname "$0")"
target=wasm32-unknown-unknown
host="$(rustc -vV | sed -n 's/^host: //p')"
tools="$(rustc --print sysroot)/lib/rustlib/$host/bin"
flags=("-Clinker=$tools/wasm-component-ld" "-Clink-arg=--wasm-ld-path=$tools/gcc-ld/wasm-ld"
    # A small stack makes a fresh instance cheap.
    "-Clink-arg=-zstack-size=65536"
    "--remap-path-prefix=$PWD=/my-rule" "--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo")
arguments=(build --release --target "$target")
if [ -n "${SAGWAN_WASM_TOOLCHAIN:-}" ]; then
    export RUSTC="$SAGWAN_WASM_TOOLCHAIN/usr/bin/rustc" RUSTC_BOOTSTRAP=1
    export LD_LIBRARY_PATH="$SAGWAN_WASM_TOOLCHAIN/usr/lib/x86_64-linux-gnu"
    arguments+=(-Zbuild-std=std,panic_abort)
elif [ ! -d "$(rustc --print target-libdir --target "$target")" ]; then
    rustup target add "$target"
fi
CARGO_ENCODED_RUSTFLAGS="$(printf '%s\x1f' "${flags[@]}")"
export CARGO_ENCODED_RUSTFLAGS="${CARGO_ENCODED_RUSTFLAGS%$'\x1f'}"
cargo "${arguments[@]}"
mkdir -p dist
cp "target/$target/release/my_rule.wasm" dist/my-rule.wasm
ls -l dist/my-rule.wasm
