#!/usr/bin/env bash
# Builds the same sources in two folders, without a compiler cache, and compares bit by bit what comes out.
#   reproducible_test.sh SOURCE_DIR [TARGET...]
# Without targets: what takes three minutes on two cores, static libraries, generated sources and a module. All else is
# built the same way and takes half an hour: `reproducible_test.sh . sinew sinew_shared`.
set -euo pipefail
source=$(cd "$1" && pwd)
shift
targets=("$@")
if [ "${#targets[@]}" -eq 0 ]; then
  targets=(sinew_base sinew_simd sinew_program sinew_zoo sinew_pictures)
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export CCACHE_DISABLE=1

# One folder has a longer name than the other, and its build folder lies elsewhere.
first=$work/a/sinew first_build=$work/a/sinew/build/release
second=$work/another-folder/with/a/longer/name/sinew second_build=$work/elsewhere/build
for copy in "$first" "$second"; do
  mkdir -p "$copy"
  tar -C "$source" --exclude=./build --exclude=./.git --exclude=./demo-output -cf - . | tar -C "$copy" -xf -
done
# The reports' chart library is no part of the sources.
charts=$source/build/charts
for build in "$first_build $first" "$second_build $second"; do
  read -r folder copy <<<"$build"
  cmake -S "$copy" -B "$folder" -G Ninja -DCMAKE_BUILD_TYPE=Release -DSINEW_CCACHE=OFF -DSINEW_CHARTS_DIR="$charts" >/dev/null
  cmake --build "$folder" --target "${targets[@]}" >/dev/null
done

# All that was built, objects included: what differs in one of them is easier to find there than in a program.
list_files() {
  (cd "$1" && find . -type f \( -name '*.o' -o -name '*.a' -o -name '*.so*' -o -path './bin/*' \) | sort)
}
list_files "$first_build" >"$work/first.txt"
list_files "$second_build" >"$work/second.txt"
diff "$work/first.txt" "$work/second.txt" || { echo "the two builds have made different files" >&2; exit 1; }
[ -s "$work/first.txt" ] || { echo "nothing was built" >&2; exit 1; }
differ=0
while read -r file; do
  cmp -s "$first_build/$file" "$second_build/$file" || { echo "$file differs" >&2; differ=$((differ + 1)); }
done <"$work/first.txt"
[ "$differ" -eq 0 ] || { echo "$differ of $(wc -l <"$work/first.txt") files depend on the folder that they are built in" >&2; exit 1; }
python3 "$source/tests/install/paths_test.py" "$first" "$first_build"
python3 "$source/tests/install/paths_test.py" "$second" "$second_build"
echo "$(wc -l <"$work/first.txt") files (${targets[*]}) are the same from two folders"
