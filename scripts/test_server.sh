#!/usr/bin/env bash
# Builds sinew serve and runs its tests: installs what both need.
set -euo pipefail
cd "$(dirname "$0")/.."
for list in packages-test packages-server packages-server-test; do scripts/install_packages.sh --list "scripts/$list.txt"; done
cmake --preset release -DSINEW_TESTS=ON -DSINEW_SERVER=ON >/dev/null
cmake --build --preset release --target server_tests
scripts/fetch_samples.sh || echo "the sample pictures cannot be had: the page is tested with made-up ones" >&2
build/release/bin/sinew model fetch mobilenet_thin >/dev/null || echo "mobilenet_thin cannot be had: the page is tested with a miniature network" >&2
scripts/test.sh release --label-regex server "$@"
