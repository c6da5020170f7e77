#!/usr/bin/env bash
# Runs the tests of a build and says in plain words what was skipped, why, and how to get it.
#   test.sh PRESET [CTEST ARGUMENT...]
set -uo pipefail
cd "$(dirname "$0")/.."
preset=$1
shift
log=build/$preset/Testing/tests.log
mkdir -p "$(dirname "$log")"
ctest --preset "$preset" --parallel "$(nproc)" "$@"
status=$?
python3 scripts/skipped_tests.py "build/$preset/Testing/Temporary/LastTest.log"
exit "$status"
