#!/usr/bin/env bash
# Makes a project in every language and world with `sagwan plugin new`, builds it, runs its own tests, its fixtures on the
# engine, and every check; then says what a call takes. The tools are those that docs/plugins.md names; npm, PyPI and
# crates.io must be reachable.
# Usage: tests/interop/plugin_languages.sh SAGWAN FOLDER [LANG…]
set -euo pipefail
[ $# -ge 2 ] || { sed -n 2,5p "$0" >&2; exit 2; }
sagwan="$(realpath "$1")"
mkdir -p "$2"
cd "$2"
shift 2
languages=("$@")
[ ${#languages[@]} -gt 0 ] || languages=(rust c javascript python)

native() {
    case "$1" in
        rust) CARGO_TARGET_DIR=native cargo test --quiet ;;
        c) ./test.sh ;;
        javascript) npm test --silent ;;
        python) python3 -m unittest ;;
    esac
}

for language in "${languages[@]}"; do
    for world in validator monitor; do
        name="try-$language-$world"
        rm -rf "$name"
        "$sagwan" plugin new --lang "$language" --world "$world" "$name"
        (
            cd "$name"
            ./build.sh
            native "$language"
            "$sagwan" plugin test
            "$sagwan" plugin check "dist/$name.wasm"
            "$sagwan" plugin bench "dist/$name.wasm" --seconds 1
        ) > "$name.log" 2>&1 || { tail -40 "$name.log" >&2; echo "$name failed: see $name.log" >&2; exit 1; }
        echo "$name: $(stat -c %s "$name/dist/$name.wasm") bytes"
        "$sagwan" plugin bench "$name/dist/$name.wasm" --seconds 1
    done
done
echo "${#languages[@]} languages in two worlds: built, tested, checked"
