#!/usr/bin/env bash
# Gets OpenCV's sample pictures and video into build/demo-data, for the demo and for the test that compares the people in
# them with tf-pose-estimation's. Does nothing where they are there.
set -euo pipefail
cd "$(dirname "$0")/.."
data=build/demo-data
mkdir -p "$data"

# messi5.jpg, basketball1.png and vtest.avi lie in Debian's opencv-doc; only they are unpacked, nothing is installed.
samples=usr/share/doc/opencv-doc/examples/data
if [ ! -e "$data/messi5.jpg" ] || [ ! -e "$data/basketball1.png" ] || [ ! -e "$data/vtest.avi" ]; then
  temporary=$(mktemp -d)
  trap 'rm -rf "$temporary"' EXIT
  chmod 755 "$temporary"
  echo "fetching the sample pictures (Debian package opencv-doc)"
  (cd "$temporary" && apt-get download -qq opencv-doc 2>/dev/null) || {
    scripts/update_package_lists.sh
    (cd "$temporary" && apt-get download -qq opencv-doc)
  }
  dpkg-deb --fsys-tarfile "$temporary"/opencv-doc_*.deb |
    tar --extract --directory "$temporary" --wildcards "./$samples/messi5.jpg*" "./$samples/basketball1.png*" "./$samples/vtest.avi*"
  gunzip --quiet "$temporary/$samples"/*.gz 2>/dev/null || true
  mv "$temporary/$samples"/* "$data"
fi
