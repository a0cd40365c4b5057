#!/bin/sh
# Makes target/interop-venv, the Python in which tests/interop.rs, tests/notify and tests/witness run foreign programs. Run it once; then
#
#     SAGWAN_REQUIRE_INTEROP=1 cargo test --test interop --test interop_exports --test notify --test witness
#
# Needs Python 3.11 or later with its venv module. SAGWAN_PYTHON names one that is not on the PATH.
set -eu
cd "$(dirname "$0")/../.."
venv=${CARGO_TARGET_DIR:-target}/interop-venv

# aics-tlog and aics-witness say that they need Python 3.12, and work on 3.11: take the newest there is, and tell pip not to mind.
python=
for candidate in ${SAGWAN_PYTHON:-} python3.14 python3.13 python3.12 python3.11 python3; do
    if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    echo "setup.sh: found no Python 3.11 or later with venv; install one, or name it: SAGWAN_PYTHON=… $0" >&2
    exit 1
fi

"$python" -m venv --clear "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --ignore-requires-python \
    --requirement tests/interop/requirements.txt
"$venv/bin/python" -c 'import aics_tlog, aics_witness, scitt_cose, standardwebhooks, prov, openlineage.client'
echo "$venv is ready ($("$venv/bin/python" --version)): SAGWAN_REQUIRE_INTEROP=1 cargo test --test interop --test interop_exports --test notify --test witness"
