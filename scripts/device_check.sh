#!/usr/bin/env bash
# Checks the CUDA backend on a machine that has nothing but a driver, CUDA's and cuDNN's libraries, and PyTorch.
#
#   scripts/device_check.sh bundle BUILD FOLDER   here: puts what such a machine needs into FOLDER (under 60 MB), from a build
#                                                 with SINEW_TESTS and SINEW_CUDA
#   FOLDER/device_check.sh run OUT [PART...]      there: runs the parts and leaves JSON and logs in OUT
#
# Parts: ops convs halo networks pose people sanitizer bench torch. Every part has a time limit and the others run whatever
# became of it; what checks results runs at the same time, what measures runs alone and last. Correctness comes first.
set -uo pipefail

bundle() {
  local build=$1 folder=$2 root
  root=$(cd "$(dirname "$0")/.." && pwd)
  rm -rf "$folder"
  mkdir -p "$folder/bin" "$folder/lib" "$folder/models" "$folder/pictures"
  local program
  for program in bin/sinew-device-check bin/sinew-pose-check bin/sinew-cuda-worker tests/cuda_resize_test tests/cuda_decode_test \
    tests/device_pipeline_test; do
    if [ -e "$build/$program" ]; then cp "$build/$program" "$folder/bin/"; else echo "device_check: $build/$program is not built" >&2; fi
  done
  cp "$build/lib/sinew/libsinew_cuda.so" "$folder/lib/" || return 1
  strip --strip-unneeded "$folder"/bin/* "$folder"/lib/*.so
  # Libraries that a bare machine lacks; the C and C++ libraries, and CUDA's, are those of that machine.
  ldd "$folder"/bin/* 2>/dev/null | awk '/=> \//{print $3}' | sort -u |
    grep -vE '/(ld-linux|libc|libm|libdl|libpthread|librt|libresolv|libstdc\+\+|libgcc_s|libcudnn|libcu)[^/]*\.so' |
    xargs -r -I{} cp -Ln {} "$folder/lib/"
  local thin
  thin=$("$build/bin/sinew" model path mobilenet_thin 2>/dev/null) && cp -r "$(dirname "$thin")" "$folder/models/mobilenet_thin"
  [ -e "$root/../shared/models/mobilenet_v2_small/graph_opt.pb" ] && cp "$root/../shared/models/mobilenet_v2_small/graph_opt.pb" "$folder/models/v2_small.pb"
  "${PYTHON:-/usr/bin/python3}" "$root/scripts/device_pictures.py" collect "$folder/pictures"
  cp "$root/scripts/device_check.sh" "$root/scripts/device_pictures.py" "$folder/"
  cp "$root/bench/peers/bench_cuda.py" "$root"/bench/peers/{client,map_decoder}.py "$root"/bench/peers/*_worker.py "$root"/bench/peers/torch_*.py "$folder/" 2>/dev/null
  du -sm "$folder"
}

# Folders of the CUDA libraries that are somewhere on the machine, cuDNN's foremost.
library_path() {
  local library
  for library in libcudnn.so.9 libcublasLt.so.13 libnvrtc.so.13; do
    find /opt /usr/local /usr/lib -name "$library" 2>/dev/null | head -1 | xargs -r dirname
  done | sort -u | paste -sd:
}

# part NAME LIMIT COMMAND...: its output goes to a log of which the failures and the end are shown.
part() {
  local name=$1 limit=$2 start=$SECONDS code
  shift 2
  timeout --kill-after=5 "$limit" "$@" >"$OUT/$name.log" 2>&1
  code=$?
  {
    echo "== $name: exit $code, $((SECONDS - start)) s"
    grep -E '^FAILED|\[  FAILED' "$OUT/$name.log" | cut -c1-240 | head -12
    grep -vE '^FAILED|^\[|^$|^#' "$OUT/$name.log" | tail -"${SHOW:-6}" | cut -c1-260
  } >"$OUT/$name.summary"
  echo "$name $code" >>"$OUT/codes"
}

wanted() { [[ " $PARTS " == *" $1 "* ]]; }

run() {
  OUT=$1
  shift
  PARTS=${*:-ops convs halo networks pose people sanitizer bench torch}
  HERE=$(cd "$(dirname "$0")" && pwd)
  mkdir -p "$OUT"
  export LD_LIBRARY_PATH="$HERE/lib:$(library_path)${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
  export SINEW_CUDA_MODULE="$HERE/lib/libsinew_cuda.so"
  local work check cmu thin=$HERE/models/mobilenet_thin/model.json small=$HERE/models/v2_small.pb
  work=$(mktemp -d)
  check=$HERE/bin/sinew-device-check
  cmu=$work/cmu.pb
  nvidia-smi --query-gpu=name,driver_version,clocks.sm,temperature.gpu --format=csv,noheader 2>&1 | tee "$OUT/gpu.txt"
  part synth 60 "$HERE/bin/sinew-pose-check" synth -o "$cmu" &
  local synthesis=$!
  wanted ops && part ops 100 "$check" ops --quick --without halo --json "$OUT/ops.json" &
  wanted convs && part convs 120 "$check" convs --without halo --json "$OUT/convs.json" &
  wanted halo && part halo 40 "$check" convs --only halo --json "$OUT/halo.json" &
  if wanted networks; then
    part thin 120 "$check" network --model "$thin" --resolution 432x368 656x368 --batch 1 3 --precision fp32 tf32 fp16 --quick --without halo --json "$OUT/thin.json" &
    part small 120 "$check" network --model "$small" --resolution 432x368 320x176 --batch 1 3 --precision fp32 tf32 fp16 --quick --without halo --json "$OUT/small.json" &
  fi
  if wanted pose; then
    for test in "$HERE"/bin/*_test; do
      SINEW_TEST_DEVICE=cuda part "$(basename "$test")" 60 "$test" --gtest_brief=1 &
    done
  fi
  wait "$synthesis"
  wanted networks && part cmu 150 "$check" network --model "$cmu" --resolution 656x368 --batch 1 3 --precision fp32 tf32 fp16 --quick --without halo --json "$OUT/cmu.json" &
  python3 "$HERE/device_pictures.py" decode "$HERE/pictures" "$work/ppm" >"$OUT/pictures.log" 2>&1
  if wanted people; then
    local model
    for model in thin small; do
      part "people-$model" 120 "$HERE/bin/sinew-pose-check" people --model "${!model}" --resolution 432x368 --pictures "$work/ppm" \
        --precision fp32 --precision fp16 --batch 4 --streams 3 --json "$OUT/people-$model.json" &
    done
  fi
  wait
  cat "$OUT"/{synth,ops,convs,halo,thin,small,*_test,cmu,people-thin,people-small}.summary 2>/dev/null
  if wanted sanitizer && command -v compute-sanitizer >/dev/null; then
    part sanitizer 50 compute-sanitizer --error-exitcode 9 "$check" network --model "$small" --resolution 96x80 --batch 2 --precision fp16 --quick
    cat "$OUT/sanitizer.summary"
    SINEW_TEST_DEVICE=cuda part sanitizer-pose 50 compute-sanitizer --error-exitcode 9 "$HERE/bin/cuda_decode_test" --gtest_brief=1 \
      --gtest_filter='*Batches:*Halves:*TwoOutputs:*KeepTheHighestPeaks'
    cat "$OUT/sanitizer-pose.summary"
  fi
  if wanted bench; then
    SHOW=4 part bench-cudnn 80 "$check" bench --model "$cmu" --resolution 656x368 --precision fp16 --batch 1 --without halo --tuning "$OUT/cudnn.tuning" --json "$OUT/bench-cudnn.json"
    cat "$OUT/bench-cudnn.summary"
    SHOW=4 part bench-lanes1 60 "$check" bench --model "$cmu" --resolution 656x368 --precision fp16 --batch 1 --without halo --lanes 1 --tuning "$OUT/cudnn.tuning" --json "$OUT/bench-lanes1.json"
    cat "$OUT/bench-lanes1.summary"
    SHOW=4 part bench-all 80 "$check" bench --model "$cmu" --resolution 656x368 --precision fp16 --batch 1 32 --tuning "$OUT/all.tuning" --json "$OUT/bench-all.json"
    cat "$OUT/bench-all.summary"
    SHOW=4 part bench-thin 60 "$check" bench --model "$thin" --resolution 432x368 --precision fp16 --batch 1 --tuning "$OUT/all.tuning" --json "$OUT/bench-thin.json"
    cat "$OUT/bench-thin.summary"
    # The network as it was timed, against the CPU.
    part tuned 60 "$check" network --model "$cmu" --resolution 656x368 --precision fp16 --batch 1 --tuning "$OUT/all.tuning" --json "$OUT/tuned.json"
    cat "$OUT/tuned.summary"
  fi
  if wanted torch; then
    SHOW=25 part torch 200 python3 "$HERE/bench_cuda.py" --worker "$HERE/bin/sinew-cuda-worker" --pose-check "$HERE/bin/sinew-pose-check" --model "$cmu" \
      --people-model "$thin" --resolution 656x368 --pictures "$work/ppm" --tuning "$OUT/all.tuning" --json "$OUT/torch.json"
    cat "$OUT/torch.summary"
  fi
  rm -rf "$work"
  echo "parts and exit codes: $(paste -sd' ' "$OUT/codes")"
}

case "${1:-}" in
  bundle) [ $# -eq 3 ] && bundle "$2" "$3" || { echo "usage: $0 bundle BUILD FOLDER" >&2; exit 2; } ;;
  run) [ $# -ge 2 ] && { shift; run "$@"; } || { echo "usage: $0 run OUT [PART...]" >&2; exit 2; } ;;
  *) sed -n '2,11p' "$0" >&2; exit 2 ;;
esac
