#!/usr/bin/env bash
# The kernels, the decoder and the resize on 64-bit ARM: cross-compiles them and their tests, runs all of these under qemu-user.
# Called by `make test-neon`.
set -euo pipefail
cd "$(dirname "$0")/.."
# The headers of fmt and Highway serve every processor; GoogleTest is built from its sources (cmake/SinewCrossDependencies.cmake).
scripts/install_packages.sh cmake ninja-build g++-aarch64-linux-gnu qemu-user googletest libfmt-dev libhwy-dev
cmake --preset neon >/dev/null
cmake --build --preset neon
ctest --preset neon --parallel 2
