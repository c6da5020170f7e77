#!/usr/bin/env bash
# Gets the engines that sinew is compared with: OpenCV and PyTorch as Debian packages, ONNX Runtime as an npm package whose
# CPU library ships within it (under build/peers; no install script runs), and oneDNN, which onednn_layers is built with. One
# that cannot be had is left out: the comparison says so, and goes on.
set -uo pipefail
cd "$(dirname "$0")/.."

get() {  # NAME COMMAND...
  local name=$1
  shift
  "$@" || echo "$name cannot be had at the moment: the comparison goes on without it" >&2
}

onnxruntime() {
  [ -e build/peers/node_modules/onnxruntime-node ] && return
  # A node and an npm that are there already, from wherever, will do.
  if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    scripts/install_packages.sh nodejs npm || return
  fi
  mkdir -p build/peers
  echo "fetching onnxruntime-node (npm) into build/peers"
  npm install --prefix build/peers --ignore-scripts --no-audit --no-fund --loglevel=error 'onnxruntime-node@^1.17' >/dev/null
}

get "OpenCV" scripts/install_packages.sh python3-opencv python3-onnx
get "PyTorch" scripts/install_packages.sh python3-torch python3-onnx libopenblas0
get "ONNX Runtime" onnxruntime
get "oneDNN" scripts/install_packages.sh libdnnl-dev
exit 0
