#!/usr/bin/env bash
# Builds dist/my-rule.wasm: the rule with a whole JavaScript engine in it (12 MB), without WASI.
set -euo pipefail
cd "$(dirname "$0")"
[ -d node_modules/@bytecodealliance/componentize-js ] || npm install --no-fund --no-audit
npm run --silent build
ls -l dist/my-rule.wasm
