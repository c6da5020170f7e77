#!/usr/bin/env bash
# Builds the fuzzers (they are part of the build with clang's sanitizers) and runs each for so many seconds, from its
# corpus. What it finds lies in build/fuzz/findings; put it into fuzz/corpus with the fix, where the test suite replays it
# for ever.
#   fuzz.sh SECONDS [FUZZER...]     the default: all of them
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:?usage: fuzz.sh SECONDS [FUZZER...]}
shift
scripts/install_packages.sh clang mold
LDFLAGS=-fuse-ld=mold cmake --preset asan-ubsan -DSINEW_WERROR=ON >/dev/null
cmake --build --preset asan-ubsan --target "${@:-fuzzers}"
findings=$PWD/build/fuzz/findings
mkdir -p "$findings"
failed=()
for program in build/asan-ubsan/fuzz/*_fuzz; do
  name=$(basename "$program")
  if [ $# -gt 0 ] && [[ " $* " != *" $name "* ]]; then continue; fi
  # New inputs go into a folder of their own: the corpus in the repository stays small and chosen.
  grown=build/fuzz/grown/$name
  mkdir -p "$grown"
  echo "== $name"
  # Each input within 10 s and 2 GB: what takes longer or more is a finding as well.
  if ! "$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$findings/$name-" "$grown" "fuzz/corpus/${name%_fuzz}" >"build/fuzz/$name.log" 2>&1; then
    tail -n 40 "build/fuzz/$name.log"
    failed+=("$name")
  else
    grep -E "stat::number_of_executed_units|stat::new_units_added" "build/fuzz/$name.log"
  fi
done
if [ ${#failed[@]} -gt 0 ]; then
  echo "findings of ${failed[*]} in $findings" >&2
  exit 1
fi
