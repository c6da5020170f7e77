#!/usr/bin/env bash
# Fails where a source is not formatted as .clang-format says, and prints what to do about it.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install_packages.sh clang-format-14
mapfile -t sources < <(git ls-files '*.cc' '*.h' '*.cu' '*.cuh')
unformatted=$(printf '%s\n' "${sources[@]}" | xargs -P "$(nproc)" -n 64 clang-format-14 --dry-run 2>&1 | sed -n 's/^\([^:]*\):.*-Wclang-format-violations.*/\1/p' | sort -u)
[ -z "$unformatted" ] && { echo "format: ${#sources[@]} sources are as .clang-format says"; exit 0; }
echo "not formatted as .clang-format says:"
echo "$unformatted"
echo "run: git ls-files '*.cc' '*.h' '*.cu' '*.cuh' | xargs clang-format-14 -i"
exit 1
