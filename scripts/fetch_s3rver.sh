#!/usr/bin/env bash
# Gets the store that the tests of stores run against: s3rver, an npm package, into build/s3rver.
set -euo pipefail
cd "$(dirname "$0")/.."
[ -x build/s3rver/node_modules/.bin/s3rver ] && exit 0
command -v npm >/dev/null || scripts/install_packages.sh nodejs npm
mkdir -p build/s3rver
npm install --prefix build/s3rver --no-audit --no-fund --ignore-scripts --loglevel=error s3rver@3.7.1 >/dev/null
