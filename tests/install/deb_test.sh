#!/usr/bin/env bash
# Installs the Debian package, uses what it brings, removes it, and looks whether anything is left. It changes the system: for
# containers and machines that are there to test.
#   deb_test.sh PACKAGE MAKE_MODEL     MAKE_MODEL writes a small pose network to the path that it is given
set -euo pipefail
package=$(realpath "$1") make_model=$(realpath "$2")
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../scripts/as_root.sh"

if dpkg-query -W -f='${db:Status-Status}' sinew 2>/dev/null | grep -qx installed; then
  echo "the package sinew is installed already: remove it first, so that nobody's is lost" >&2
  exit 1
fi
work=$(mktemp -d)
trap 'as_root dpkg --purge sinew >/dev/null 2>&1 || true; rm -rf "$work"' EXIT

as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package" >/dev/null
dpkg-query -L sinew > "$work/files"

[ "$(command -v sinew)" = /usr/bin/sinew ] || { echo "sinew is not what the package installed" >&2; exit 1; }
sinew --version
for file in /usr/share/man/man1/sinew.1 /usr/share/bash-completion/completions/sinew /usr/share/zsh/site-functions/_sinew \
  /usr/share/fish/vendor_completions.d/sinew.fish /usr/include/sinew/pose.h /usr/lib/libsinew_pose.a \
  /usr/lib/sinew/libsinew_ffmpeg.so /usr/lib/pkgconfig/sinew.pc; do
  grep -qE "^$file(\.gz)?$" "$work/files" || { echo "the package has no $file" >&2; exit 1; }
done

# A graph compiled, a picture and a video looked at.
cd "$work"
"$make_model" graph.pb
sinew compile graph.pb --net-resolution 64x48 -o model.sinew --quiet
printf 'P6\n64 48\n255\n' > picture.ppm
head -c $((64 * 48 * 3)) /dev/urandom >> picture.ppm
sinew run picture.ppm --model model.sinew --write-json json --write-video video.mp4 --quiet
[ -s json/picture_keypoints.json ] && [ -s video.mp4 ]
sinew run video.mp4 --model model.sinew --write-jsonl people.jsonl --quiet
[ "$(wc -l < people.jsonl)" = 1 ]

# A program of a user's, without CMake.
cat > consumer.cc <<'END'
#include <cstdio>
#include "sinew/draw.h"
#include "sinew/io.h"
#include "sinew/pose.h"
int main() {
  const auto model = sinew::Model::Load("model.sinew");
  if (!model.ok()) return std::puts(model.status().message().c_str()), 1;
  auto estimator = sinew::PoseEstimator::Create(*model);
  auto picture = sinew::Picture{64, 48, std::vector<uint8_t>(3 * 64 * 48)};
  const auto people = estimator->Estimate(picture.view());
  std::printf("%s", sinew::ToOpenPoseJson(*people).c_str());
  return sinew::DrawPeople(*people, estimator->description().skeleton, picture.mutable_view()).ok() ? 0 : 1;
}
END
# shellcheck disable=SC2046
g++ consumer.cc -o consumer $(pkg-config --cflags --libs sinew)
./consumer

as_root env DEBIAN_FRONTEND=noninteractive dpkg --purge sinew >/dev/null
left=0
while read -r file; do
  if [ -f "$file" ]; then echo "left behind: $file" >&2; left=1; fi
done < files
[ "$left" = 0 ]
[ ! -e /usr/lib/sinew ] && [ ! -e /usr/include/sinew ]
echo "installed, used and removed: $(basename "$package")"
