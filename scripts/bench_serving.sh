#!/usr/bin/env bash
# `make bench-serving`: sinew serve under load, beside sinew run and the usual stack. The figures lie in build/serving.json, the table in
# build/serving.md.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/fetch_samples.sh
build/release/bin/sinew model fetch mobilenet_thin >/dev/null
exec python3 bench/serving/load.py build/demo-data/messi5.jpg --usual-stack --json build/serving.json --markdown build/serving.md "$@"
