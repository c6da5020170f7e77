#!/usr/bin/env bash
# Runs the notebooks of examples/ on the wheels, checks their figures, and makes pages of them under build/notebooks. Called by
# `make notebooks`, which has packed the wheels and fetched the sample pictures and the default model.
#   run_notebooks.sh [NAME...]
set -euo pipefail
cd "$(dirname "$0")/.."
environment=build/notebook-environment
scripts/python_environment.sh "$environment"
names=("$@")
if [ "${#names[@]}" -eq 0 ]; then
  names=(case_study)
  # Made-up weights find nobody to follow.
  if build/release/bin/sinew model path mobilenet_thin >/dev/null 2>&1; then names+=(videos_to_table); fi
fi
export SINEW_DEMO_DATA=$PWD/build/demo-data
"$environment/bin/python" examples/run_notebooks.py build/notebooks "${names[@]}"
