#!/bin/sh
# Builds the fuzz targets on the stable compiler and runs each for SECONDS.
#
#   fuzz/run.sh SECONDS [TARGET…]      every target, or the named ones, as many at once as there are cores (or
#                                      SAGWAN_FUZZ_JOBS); fails when one crashes
#   fuzz/run.sh --canary SECONDS       a planted bug must be found within SECONDS: proof that the harness finds bugs
#   fuzz/run.sh --minimise [TARGET…]   shrink the kept corpora to what still adds coverage
#
# Kept inputs stand in fuzz/corpus/TARGET; what a run finds beyond them goes to fuzz/target/found/TARGET, and an input
# that crashes to fuzz/target/crashes/TARGET-…
set -eu
cd "$(dirname "$0")"

usage() { sed -n '2,10s/^# \{0,1\}//p' "$0" >&2; exit 2; }

mode=run
case "${1:-}" in
--canary) mode=canary; shift ;;
--minimise) mode=minimise; shift ;;
esac
seconds=0
if [ "$mode" != minimise ]; then
    seconds=${1:-}
    case "$seconds" in '' | *[!0-9]*) usage ;; esac
    shift
fi
[ "$mode" = canary ] && set -- tile_path

all=$(sed -n 's|^path = "targets/\(.*\)\.rs"|\1|p' Cargo.toml)
targets=${*:-$all}
for target in $targets; do
    echo "$all" | grep -qx "$target" || { echo "no fuzz target \"$target\"; there are:" $all >&2; exit 2; }
done

# SanitizerCoverage without nightly: the pass is part of every LLVM, only the flag that names it is not. With --target,
# build scripts and procedural macros, which have no fuzzer to link to, stay as they are.
host=$(rustc -vV | sed -n 's/^host: //p')
passes="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4"
passes="$passes -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table"
passes="$passes -Cllvm-args=-sanitizer-coverage-trace-compares"
bins=$(for target in $targets; do printf ' --bin %s' "$target"; done)
# shellcheck disable=SC2086
RUSTFLAGS="$passes --cfg fuzzing" CARGO_TARGET_DIR=target cargo build --locked --release --target "$host" $bins

# One target for its time, in silence but for its figures; a crash is told and fails.
fuzz_one() {
    log=target/$target.log
    # shellcheck disable=SC2086
    if ! "$bin" $limits -max_total_time="$seconds" "$found" "$corpus" >"$log" 2>&1; then
        tail -n 40 "$log"
        echo "$target CRASHED; the input is in fuzz/target/crashes, repeat it with: fuzz/$bin INPUT" >&2
        return 1
    fi
    echo "== $target: $seconds s"
    sed -n 's/^stat::number_of_executed_units: */   executions: /p; s/^stat::new_units_added: */   new inputs: /p' "$log"
}

jobs=${SAGWAN_FUZZ_JOBS:-$(nproc 2>/dev/null || echo 1)}
under_way=
count=0
# Waits for those under way; fails when one did.
gather() {
    failed=0
    for pid in $under_way; do
        wait "$pid" || failed=1
    done
    under_way=
    count=0
    [ "$failed" -eq 0 ] || exit 1
}

mkdir -p target/crashes
for target in $targets; do
    bin=target/$host/release/$target
    corpus=corpus/$target
    found=target/found/$target
    mkdir -p "$corpus" "$found"
    # What CI can afford, and more than any input of ours needs: 4 KiB inputs, 10 s and 1 GiB for one.
    limits="-max_len=4096 -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 -artifact_prefix=target/crashes/$target-"
    case "$mode" in
    run)
        fuzz_one &
        under_way="$under_way $!"
        count=$((count + 1))
        [ "$count" -lt "$jobs" ] || gather
        ;;
    canary)
        empty=$(mktemp -d)
        # shellcheck disable=SC2086
        if SAGWAN_FUZZ_CANARY=1 "$bin" $limits -max_total_time="$seconds" -artifact_prefix="$empty/" "$empty" "$corpus" \
            >target/canary.log 2>&1 || ! grep -q 'the canary was found' target/canary.log; then
            tail -n 20 target/canary.log
            echo "the planted bug was NOT found within $seconds s: the fuzzing proves nothing" >&2
            exit 1
        fi
        rm -r "$empty"
        echo "the planted bug was found: $(sed -n 's/.*the canary was found: //p' target/canary.log | head -n 1)"
        ;;
    minimise)
        fresh=$(mktemp -d)
        # shellcheck disable=SC2086
        "$bin" $limits -set_cover_merge=1 -use_counters=0 "$fresh" "$corpus" "$found" >target/"$target".log 2>&1
        rm -r "$corpus"
        mv "$fresh" "$corpus"
        echo "== $target: $(find "$corpus" -type f | wc -l) inputs kept, $(du -sk "$corpus" | cut -f1) KiB"
        ;;
    esac
done
gather
