#!/usr/bin/env bash
# The main job on real input: the default model on Debian's OpenCV sample pictures and video.
# Called by `make demo`, which has built the release program. What was fetched once stays under build/demo-data, and the model
# in the user's folders, where it is compiled once.
set -euo pipefail
cd "$(dirname "$0")/.."
sinew=build/release/bin/sinew
data=build/demo-data
out=demo-output
mkdir -p "$data"

scripts/fetch_samples.sh

"$sinew" model fetch mobilenet_thin >/dev/null
"$sinew" run "$data/messi5.jpg" "$data/basketball1.png" --write-images "$out" --write-json "$out"
# The people of the video are small: a larger network keeps those apart who walk side by side.
"$sinew" run "$data/vtest.avi" --frame-last 99 --net-resolution 864x640 --track --write-video "$out/vtest.mp4" \
  --write-jsonl "$out/vtest.jsonl"

echo
echo "wrote:"
for file in messi5_rendered.png basketball1_rendered.png messi5_keypoints.json basketball1_keypoints.json vtest.mp4 vtest.jsonl; do
  printf '  %-40s %8d bytes\n' "$out/$file" "$(stat -c %s "$out/$file")"
done
cat <<END

To try next ($sinew is the program; make install puts it on the PATH):
  $sinew run YOUR_PICTURES/ --recursive --output-dir out     # JSON and a drawing of each, videos too
  $sinew run walk.mp4 --track --write-video walk_people.mp4  # who is who
  $sinew run camera:0 --real-time --write-jsonl -            # from a camera
  $sinew profile mobilenet_thin                              # where the time goes
  $sinew help run
END
