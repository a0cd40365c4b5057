#!/usr/bin/env bash
# Builds dist/my-rule.wasm: the rule with a whole Python in it (18 MB), without WASI.
set -euo pipefail
cd "$(dirname "$0")"
version=0.25.0
if [ ! -x .venv/bin/componentize-py ]; then
    python3 -m venv .venv
    .venv/bin/pip install --quiet "componentize-py==$version"
fi
mkdir -p dist
# --stub-wasi: nothing of the world outside is there; what asks for a clock, a file or a random number stops the call.
.venv/bin/componentize-py --wit-path wit --world WORLD componentize --stub-wasi app --output dist/my-rule.wasm
ls -l dist/my-rule.wasm
