#!/usr/bin/env bash
# Runs the suite on good stores over and over while the machine is busy. Every failure is a false alarm.
#
#   tests/under_load.sh [RUNS [SIDE_BY_SIDE [BUSY [CARGO_ARGUMENT...]]]]
#
# RUNS            how often to run all tests (200)
# SIDE_BY_SIDE    how many runs at the same time (3)
# BUSY            how many processes keep a core busy meanwhile (one for each core)
# CARGO_ARGUMENT  how to build the tests (--release: a run then takes a third of the processor time)
#
# The variable TESTS names the tests to run: by default, those of the stores that use no network. THREADS is how many cases of
# each test run at the same time (32). This runs the stores that do use a network, where a case has up to five nodes:
#
#   TESTS='kad_stores delegated_stores' THREADS=8 tests/under_load.sh 50 2 2 --release --all-features
set -euo pipefail
cd "$(dirname "$0")/.."
# Gives each process started here a group of its own, so that it can be ended with all that it has started.
set -m

runs=${1:-200} side_by_side=${2:-3} busy=${3:-$(nproc)}
shift $(($# < 3 ? $# : 3))
(($# > 0)) || set -- --release

output=$(mktemp --directory)
started=()

stop_everything() {
  for process in "${started[@]}"; do
    kill -- "-$process" 2>/dev/null || true
  done
}
trap stop_everything EXIT
trap 'exit 130' INT TERM

read -ra tests <<<"${TESTS:-odd_stores embedded_stores limited_stores combined_stores validated_stores}"

build() {
  cargo test "${tests[@]/#/--test=}" "$@" --no-run --message-format json |
    sed --quiet 's/.*"executable":"\([^"]*\)".*/\1/p'
}

# Runs all tests once, each binary with another seed, and keeps the output of those that fail.
run() {
  local number=$1 binary seed log
  for binary in "${binaries[@]}"; do
    seed=0x$(od --address-radix n --read-bytes 8 --format x8 /dev/urandom | tr --delete ' ')
    log=$output/$number-$(basename "$binary")
    if VALUE_STORE_SEED=$seed "$binary" --test-threads "${THREADS:-32}" >"$log" 2>&1; then
      grep '^test result: ' "$log" >>"$output/passed"
      rm "$log"
    else
      grep '^test result: ' "$log" >>"$output/failed" || echo 'test result: none. 0 passed; 1 failed' >>"$output/failed"
      # Of the output, what tells the failures: the rest is a line for each case, or there is nothing else if it ended early.
      {
        echo "run $number failed: VALUE_STORE_SEED=$seed $binary, output in $log"
        sed --quiet '/^failures:$/,$p' "$log" | grep . || tail --lines 50 "$log"
      } >&2
    fi
  done
}

# Does run number $1, and after it every SIDE_BY_SIDE-th.
run_some() {
  local number
  for ((number = $1; number <= runs; number += side_by_side)); do
    run "$number"
  done
}

mapfile -t binaries < <(build "$@")
((${#binaries[@]} == ${#tests[@]})) || { echo 'the tests were not built' >&2; exit 1; }

for ((process = 0; process < busy; process++)); do
  yes >/dev/null &
  started+=($!)
done

begun=$SECONDS runners=()
touch "$output/passed" "$output/failed"
for ((first = 1; first <= side_by_side; first++)); do
  run_some "$first" &
  started+=($!) runners+=($!)
done
wait "${runners[@]}"

# From `test result: ok. 195 passed; 0 failed; …`
sum() { awk -v column="$1" '{ sum += $column } END { print sum + 0 }' "$output/passed" "$output/failed"; }
failed=$(sum 6)
echo "$runs runs beside $busy busy processes: $(sum 4) cases passed, $failed failed, in $((SECONDS - begun)) s"
((failed == 0)) && rm -r "$output"
