#!/usr/bin/env bash
# Tests the rule natively, without the ledger.
set -euo pipefail
cd "$(dirname "$0")"
mkdir -p gen
"${CC:-cc}" -std=c11 -Wall -Wextra -Isrc src/json.c src/rule.c test/rule.c -o gen/test
gen/test
