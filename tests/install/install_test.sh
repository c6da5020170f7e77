#!/usr/bin/env bash
# Installs the build into a folder, builds the C++ examples of the documents against it with find_package alone, and
# runs them.
#   install_test.sh SOURCE_DIR BUILD_DIR MAKE_MODEL
# MAKE_MODEL writes a small pose network to the path that it is given.
set -euo pipefail
source=$1 build=$2 make_model=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cmake --install "$build" --prefix "$work/prefix" >/dev/null
"$work/prefix/bin/sinew" --version

# The first C++ block of each of these documents is a whole program.
"$make_model" "$work/graph.pb"
(cd "$work" && "$work/prefix/bin/sinew" compile graph.pb --net-resolution 64x48 -o model.sinew --quiet)
for document in README.md docs/api.md; do
  consumer=$work/$(basename "$document" .md)
  mkdir "$consumer"
  awk '/^```cpp$/ { inside = 1; next } /^```$/ { if (inside) exit } inside' "$source/$document" > "$consumer/main.cc"
  [ -s "$consumer/main.cc" ] || { echo "$document has no C++ example" >&2; exit 1; }
  lines=$(wc -l < "$consumer/main.cc")
  [ "$lines" -le 15 ] || { echo "the example of $document has $lines lines, 15 were promised" >&2; exit 1; }
  cp "$source/tests/install/consumer.cmake.in" "$consumer/CMakeLists.txt"
  cmake -S "$consumer" -B "$consumer/build" -DCMAKE_PREFIX_PATH="$work/prefix" >/dev/null
  cmake --build "$consumer/build" >/dev/null
  (cd "$work" && "$consumer/build/consumer" model.sinew)
done
