#!/usr/bin/env bash
# Builds the components of dist/ byte for byte, and says whether they are those of dist/SHA256SUMS.
# Usage: plugins/build.sh            builds into plugins/target/components and compares with dist/
#        plugins/build.sh --update   builds and puts the result into dist/ with new sums
#
# The toolchain that pins the digests is rustc 1.96.0 of Debian (package rustc-web, for its sources of the standard
# library and a compiler that builds them): it is fetched with apt-get into a private folder and not installed. Set
# SAGWAN_WASM_TOOLCHAIN to a folder to keep it from run to run. cargo and wasm-component-ld are those of rustup.
#
# Where rustup has the target (`rustup target add wasm32-unknown-unknown`), SAGWAN_WASM_RUSTUP=1 builds with rustup's own
# compiler: the components work alike, but their bytes and digests differ from those of dist/, so nothing is compared.
set -euo pipefail
cd "$(dirname "$0")"
here="$PWD"
plugins=(personal-data data-quality drift performance runtime-parity promotion-evidence prompt-regression groundedness)
version="1.96.0+dfsg1-1~deb12u2"
target=wasm32-unknown-unknown

fail() { printf 'plugins/build.sh: %s\n' "$*" >&2; exit 1; }

# The Debian toolchain, unpacked into $1.
fetch() {
    local folder="$1" work sudo=""
    [ -x "$folder/usr/bin/rustc" ] && return
    command -v apt-get >/dev/null || fail "the toolchain that pins the digests comes from Debian, and there is no apt-get here; SAGWAN_WASM_RUSTUP=1 builds components with other digests"
    command -v dpkg >/dev/null || fail "dpkg is missing"
    work="$(mktemp -d)"
    [ "$(id -u)" -eq 0 ] || sudo=sudo
    apt-cache show "rustc-web=$version" >/dev/null 2>&1 || $sudo apt-get update -qq
    (
        cd "$work"
        apt-get download -qq "rustc-web=$version" "libstd-rust-web-1.96=$version" "libstd-rust-web-dev=$version" \
            "rust-web-src=$version" libllvm22
    ) || fail "cannot fetch rustc-web $version: is bookworm-security among the sources of apt?"
    mkdir -p "$folder"
    for package in "$work"/*.deb; do dpkg -x "$package" "$folder"; done
    rm -rf "$work"
}

sysroot_tools="$(rustc --print sysroot)/lib/rustlib/x86_64-unknown-linux-gnu/bin"
linker="$sysroot_tools/wasm-component-ld"
wasm_ld="$sysroot_tools/gcc-ld/wasm-ld"
[ -x "$linker" ] && [ -x "$wasm_ld" ] || fail "no wasm-component-ld in $sysroot_tools: use the Rust of rustup, on x86_64 Linux"

flags=(
    "-Clinker=$linker"
    "-Clink-arg=--wasm-ld-path=$wasm_ld"
    "-Clink-arg=-zstack-size=65536"
    "--remap-path-prefix=$here=/plugins"
    "--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo"
)
arguments=(build --release --locked --target "$target")
if [ "${SAGWAN_WASM_RUSTUP:-}" = 1 ]; then
    echo "toolchain: $(rustc --version) of rustup; digests differ from dist/"
else
    toolchain="${SAGWAN_WASM_TOOLCHAIN:-$here/target/toolchain}"
    fetch "$toolchain"
    export RUSTC="$toolchain/usr/bin/rustc" LD_LIBRARY_PATH="$toolchain/usr/lib/x86_64-linux-gnu" RUSTC_BOOTSTRAP=1
    # The library is built here: for this target, without unwinding, and without texts of panics.
    arguments+=(-Zbuild-std=std,panic_abort)
    flags+=("--remap-path-prefix=$toolchain/usr=/rust" "-Zunstable-options" "-Cpanic=immediate-abort")
    echo "toolchain: $("$RUSTC" --version), Debian $version"
fi
export CARGO_ENCODED_RUSTFLAGS
CARGO_ENCODED_RUSTFLAGS="$(printf '%s\x1f' "${flags[@]}")"
CARGO_ENCODED_RUSTFLAGS="${CARGO_ENCODED_RUSTFLAGS%$'\x1f'}"

out="$here/target/components"
mkdir -p "$out"
rm -f "$out"/*.wasm
# One at a time: what one plugin needs of the shared crates must not change another's bytes.
for plugin in "${plugins[@]}"; do
    [ -d "$plugin" ] || continue
    cargo "${arguments[@]}" --quiet -p "$plugin"
    cp "target/$target/release/${plugin//-/_}.wasm" "$out/$plugin.wasm"
done
(cd "$out" && sha256sum -- *.wasm) > "$out/SHA256SUMS"

if [ "${1:-}" = --update ]; then
    mkdir -p dist
    cp "$out"/*.wasm "$out/SHA256SUMS" dist/
    echo "dist/ is new"
elif [ "${SAGWAN_WASM_RUSTUP:-}" = 1 ]; then
    echo "built into $out; nothing compared"
elif cmp -s "$out/SHA256SUMS" dist/SHA256SUMS && (cd dist && sha256sum --quiet -c SHA256SUMS); then
    echo "the components of dist/ are what their sources build"
else
    diff "$out/SHA256SUMS" dist/SHA256SUMS >&2 || true
    fail "a component of dist/ is not what its source builds: run plugins/build.sh --update and review the change"
fi
