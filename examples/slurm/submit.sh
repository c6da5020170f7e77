#!/usr/bin/env bash
# Submits a run in shards, and the merge that waits for them:  submit.sh INPUTS RESULTS SHARDS [FLAG...]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
inputs=$1 results=$2 shards=$3
shift 3
mkdir -p "$results"
array=$(sbatch --parsable --array="0-$((shards - 1))" --output="$results/%a.log" \
  "$here/shard.sbatch" "$inputs" "$results" "$shards" "$@")
sbatch --parsable --dependency="afterok:$array" --output="$results/merge.log" "$here/merge.sbatch" "$results" "$shards"
