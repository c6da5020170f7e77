#!/usr/bin/env bash
# Brings apt's package lists up to date.
set -euo pipefail
. "$(dirname "$0")/as_root.sh"
as_root apt-get update -qq
