#!/usr/bin/env bash
# Gets TensorFlow.js with its PoseNet into build/tfjs, for the test that compares PoseNet and MoveNet with it, and the two
# models of the zoo.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v npm >/dev/null || scripts/install_packages.sh nodejs npm
if [ ! -e build/tfjs/node_modules/@tensorflow-models/posenet ]; then
  mkdir -p build/tfjs
  npm install --prefix build/tfjs --ignore-scripts --no-audit --no-fund --loglevel=error --legacy-peer-deps \
    @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-converter@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0 \
    @tensorflow-models/posenet@2.2.2 >/dev/null
fi
for MODEL in posenet movenet_multipose; do build/release/bin/sinew model fetch $MODEL; done
