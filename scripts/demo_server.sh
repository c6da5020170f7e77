#!/usr/bin/env bash
# `make demo-server`: the server on the default model. Ctrl-C ends it.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v npm >/dev/null || scripts/install_packages.sh npm
build/release/bin/sinew model fetch mobilenet_thin >/dev/null
exec build/release/bin/sinew serve --model mobilenet_thin@432x368 "$@"
