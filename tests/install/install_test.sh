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

# Each C++ block of these documents is a whole program.
"$make_model" "$work/graph.pb"
(cd "$work" && "$work/prefix/bin/sinew" compile graph.pb --net-resolution 64x48 -o model.sinew --quiet)
for document in README.md docs/api.md; do
  name=$(basename "$document" .md)
  awk -v prefix="$work/$name." '/^```cpp$/ { inside = 1; ++count; next } /^```$/ { inside = 0 }
    inside { print > (prefix count ".cc") }' "$source/$document"
  [ -s "$work/$name.1.cc" ] || { echo "$document has no C++ example" >&2; exit 1; }
  for example in "$work/$name".*.cc; do
    lines=$(wc -l < "$example")
    [ "$lines" -le 15 ] || { echo "an example of $document has $lines lines, 15 were promised" >&2; exit 1; }
    consumer=${example%.cc}
    mkdir "$consumer"
    cp "$example" "$consumer/main.cc"
    cp "$source/tests/install/consumer.cmake.in" "$consumer/CMakeLists.txt"
    cmake -S "$consumer" -B "$consumer/build" -DCMAKE_PREFIX_PATH="$work/prefix" >/dev/null
    cmake --build "$consumer/build" >/dev/null
    (cd "$work" && "$consumer/build/consumer" model.sinew)
  done
done
[ -e "$work/api.2" ] || { echo "docs/api.md has lost its example of a model in memory" >&2; exit 1; }

# By pkg-config, in a folder that was moved after it was installed.
if command -v pkg-config >/dev/null; then
  mv "$work/prefix" "$work/moved"
  package=$(dirname "$(find "$work/moved" -name sinew.pc)")
  # shellcheck disable=SC2046
  PKG_CONFIG_PATH=$package c++ "$work/README.1/main.cc" -o "$work/by-pkg-config" $(PKG_CONFIG_PATH=$package pkg-config --cflags --libs sinew)
  (cd "$work" && ./by-pkg-config model.sinew)
  mv "$work/moved" "$work/prefix"
fi

# With libsinew.so, by find_package and by pkg-config: nothing that it stands on is named.
mkdir "$work/shared"
cp "$work/api.1/main.cc" "$work/shared/main.cc"
sed -e 's/COMPONENTS compiler/COMPONENTS shared/' -e 's/sinew::pose sinew::compiler/sinew::shared/' "$source/tests/install/consumer.cmake.in" \
  >"$work/shared/CMakeLists.txt"
cmake -S "$work/shared" -B "$work/shared/build" -DCMAKE_PREFIX_PATH="$work/prefix" >/dev/null
cmake --build "$work/shared/build" >/dev/null
(cd "$work" && shared/build/consumer model.sinew)
if command -v pkg-config >/dev/null; then
  package=$(dirname "$(find "$work/prefix" -name sinew-shared.pc)")
  # shellcheck disable=SC2046
  PKG_CONFIG_PATH=$package c++ "$work/shared/main.cc" -o "$work/by-pkg-config" $(PKG_CONFIG_PATH=$package pkg-config --cflags --libs sinew-shared)
  (cd "$work" && LD_LIBRARY_PATH=$(dirname "$package") ./by-pkg-config model.sinew)
  [ "$(stat -c %s "$work/by-pkg-config")" -lt 1000000 ] ||
    { echo "a program with libsinew.so is as large as one without" >&2; exit 1; }
fi

# With people drawn and written, and who is who.
mkdir "$work/results"
cat >"$work/results/main.cc" <<'END'
#include <cstdio>
#include "sinew/draw.h"
#include "sinew/io.h"
#include "sinew/track.h"

int main() {
  sinew::Picture picture{64, 48, std::vector<uint8_t>(3 * 64 * 48)};
  sinew::Person person;
  person.keypoints.assign(sinew::Coco18Skeleton().keypoints.size(), {20, 20, 1});
  auto tracker = sinew::Tracker::Create();
  if (!tracker.ok() || !tracker->Update(0, {&person, 1}).ok()) return 1;
  if (!sinew::DrawPeople({&person, 1}, sinew::Coco18Skeleton(), picture.mutable_view()).ok()) return 1;
  if (!sinew::WritePicture("people.png", picture).ok()) return 1;
  return std::printf("%s", sinew::ToOpenPoseJson({&person, 1}).c_str()) > 0 ? 0 : 1;
}
END
sed -e 's/COMPONENTS compiler/COMPONENTS results export/' -e 's/sinew::pose sinew::compiler/sinew::results sinew::track sinew::export/' \
  "$source/tests/install/consumer.cmake.in" >"$work/results/CMakeLists.txt"
cmake -S "$work/results" -B "$work/results/build" -DCMAKE_PREFIX_PATH="$work/prefix" >/dev/null
cmake --build "$work/results/build" >/dev/null
(cd "$work" && results/build/consumer >/dev/null && [ -s people.png ])

for file in LICENSE THIRD_PARTY.md; do
  find "$work/prefix/share/doc" -name "$file" | grep -q . || { echo "$file is not installed" >&2; exit 1; }
done
