#!/usr/bin/env bash
# Tests under sanitizers, with the checks inside loops; clang's with warnings as errors, and of GCC's what clang cannot build.
#   check_sanitizer.sh asan-ubsan           the whole suite
#   check_sanitizer.sh asan-ubsan kernel    the kernels alone
#   check_sanitizer.sh asan-server          the server, with GCC
#   check_sanitizer.sh tsan                 what has threads: the runtime, the pipeline, the service; each source by itself,
#                                           so that those which lack an include are found
#   check_sanitizer.sh tsan kernel          the kernels
set -euo pipefail
cd "$(dirname "$0")/.."
preset=$1
lists=(packages-test)
options=()
tests=()
case $preset in
  asan-ubsan) label=${2:-} ;;
  asan-server)
    label=${2:-server}
    lists+=(packages-server packages-server-test)
    # One after another, and none that bounds memory or time: sanitizers take a multiple of both.
    tests+=(--parallel 1 --exclude-regex '^serve_(grpc_limits_test|browser_test|load_test|soak)$')
    ;;
  tsan)
    label=${2:-threads}
    options+=(-DCMAKE_UNITY_BUILD=OFF)
    ;;
esac
# With a sanitizer GCC warns of what it instruments.
[ "$preset" = asan-server ] || options+=(-DSINEW_WERROR=ON)
scripts/install_packages.sh clang mold
for list in "${lists[@]}"; do scripts/install_packages.sh --list "scripts/$list.txt"; done
# Programs with sanitizers are large, and there are hundreds: mold links them in a fraction of the time.
LDFLAGS=-fuse-ld=mold cmake --preset "$preset" "${options[@]}" >/dev/null
# detect_leaks needs ptrace, which containers may forbid: where it is forbidden, everything else is still checked.
export ASAN_OPTIONS=strict_string_checks=1:detect_stack_use_after_return=1:allocator_may_return_null=1
export LSAN_OPTIONS=suppressions=$PWD/tests/support/lsan_suppressions.txt:print_suppressions=0
export UBSAN_OPTIONS=print_stacktrace=1
export TSAN_OPTIONS=halt_on_error=1
if [ -n "$label" ]; then
  cmake --build --preset "$preset" --target "${label}_tests"
  scripts/test.sh "$preset" --label-regex "^$label\$" "${tests[@]}"
else
  cmake --build --preset "$preset"
  scripts/test.sh "$preset"
fi
