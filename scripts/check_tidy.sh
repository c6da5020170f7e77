#!/usr/bin/env bash
# clang-tidy (.clang-tidy) on the sources that changed since BASE (default: the merge base with origin/main, else the last
# commit), so that a check takes minutes. Sources with per-target vector code are left to the compilers' warnings: each is
# parsed once a target.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install_packages.sh clang-tidy
base=${BASE:-$(git merge-base HEAD origin/main 2>/dev/null || true)}
if [ -z "$base" ] || [ "$base" = "$(git rev-parse HEAD)" ]; then
  base=$(git rev-parse --verify --quiet HEAD~1 || git rev-parse HEAD)
fi
# A build folder of its own, where each source is compiled by itself. Of it, only what others include is built.
cmake --preset release -B build/tidy -DSINEW_TESTS=ON -DCMAKE_UNITY_BUILD=OFF >/dev/null
mapfile -t generated < <(ninja -C build/tidy -t targets all | sed -nE 's/^([^/:][^:]*(_generated|\.pb)\.h): .*/\1/p')
ninja -C build/tidy "${generated[@]}" >/dev/null
mapfile -t changed < <(git diff --name-only --diff-filter=d "$base" -- '*.cc' | while read -r file; do
  if ! grep -q HWY_TARGET_INCLUDE "$file" && grep -qF "/$file\"" build/tidy/compile_commands.json; then echo "$file"; fi
done)
[ "${#changed[@]}" -eq 0 ] && { echo "clang-tidy: no source has changed since $(git rev-parse --short "$base")"; exit 0; }
echo "clang-tidy: ${#changed[@]} sources changed since $(git rev-parse --short "$base")"
limit=${LIMIT:-60}
if [ "${#changed[@]}" -gt "$limit" ]; then
  echo "clang-tidy: $limit of them are checked (LIMIT=N: more): check_tidy.sh is made for changes of an ordinary size"
  changed=("${changed[@]:0:limit}")
fi
printf '%s\n' "${changed[@]}" | xargs -P "$(nproc)" -n 1 clang-tidy --quiet --extra-arg=-Wno-unknown-warning-option -p build/tidy 2>/dev/null
