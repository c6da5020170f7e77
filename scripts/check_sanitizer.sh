#!/usr/bin/env bash
# The tests under clang's sanitizers, with warnings as errors and the checks inside loops.
#   check_sanitizer.sh asan-ubsan    the whole suite
#   check_sanitizer.sh tsan          what has threads: the runtime, the pipeline, the service; each source by itself, so that
#                                    those which lack an include are found
set -euo pipefail
cd "$(dirname "$0")/.."
preset=$1
scripts/install_packages.sh clang mold
scripts/install_packages.sh --list scripts/packages-test.txt
# Programs with sanitizers are large, and there are hundreds: mold links them in a fraction of the time.
options=(-DSINEW_WERROR=ON)
[ "$preset" != tsan ] || options+=(-DCMAKE_UNITY_BUILD=OFF)
LDFLAGS=-fuse-ld=mold cmake --preset "$preset" "${options[@]}" >/dev/null
# detect_leaks needs ptrace, which containers may forbid: where it is forbidden, everything else is still checked.
export ASAN_OPTIONS=strict_string_checks=1:detect_stack_use_after_return=1:allocator_may_return_null=1
export LSAN_OPTIONS=suppressions=$PWD/tests/support/lsan_suppressions.txt:print_suppressions=0
export UBSAN_OPTIONS=print_stacktrace=1
export TSAN_OPTIONS=halt_on_error=1
if [ "$preset" = tsan ]; then
  cmake --build --preset "$preset" --target threaded_tests
  scripts/test.sh "$preset" --label-regex threads
else
  cmake --build --preset "$preset"
  scripts/test.sh "$preset"
fi
