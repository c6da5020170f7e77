#!/usr/bin/env bash
# Installs the build into a folder, builds the README's C++ example against it with find_package alone, and runs it.
#   install_test.sh SOURCE_DIR BUILD_DIR MAKE_MODEL
# MAKE_MODEL writes a small pose network to the path that it is given.
set -euo pipefail
source=$1 build=$2 make_model=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cmake --install "$build" --prefix "$work/prefix" >/dev/null
"$work/prefix/bin/sinew" --version

# The first C++ block of the README is the example.
mkdir "$work/consumer"
awk '/^```cpp$/ { inside = 1; next } /^```$/ { if (inside) exit } inside' "$source/README.md" > "$work/consumer/main.cc"
[ -s "$work/consumer/main.cc" ] || { echo "README.md has no C++ example" >&2; exit 1; }
lines=$(wc -l < "$work/consumer/main.cc")
[ "$lines" -le 15 ] || { echo "the README's example has $lines lines, 15 were promised" >&2; exit 1; }
cp "$source/tests/install/consumer.cmake.in" "$work/consumer/CMakeLists.txt"
cmake -S "$work/consumer" -B "$work/consumer/build" -DCMAKE_PREFIX_PATH="$work/prefix" >/dev/null
cmake --build "$work/consumer/build" >/dev/null

"$make_model" "$work/graph.pb"
(cd "$work" && "$work/prefix/bin/sinew" compile graph.pb --net-resolution 64x48 -o model.sinew --quiet)
cd "$work"
"$work/consumer/build/consumer" model.sinew
