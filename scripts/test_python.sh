#!/usr/bin/env bash
# The tests of the Python package, from its wheels: installed into a fresh environment of Debian's interpreter, as a user
# installs them. Called by `make test-python`, which has packed them and built make_model.
#   test_python.sh [PYTEST ARGUMENT...]
set -euo pipefail
cd "$(dirname "$0")/.."
environment=build/python-environment
scripts/python_environment.sh "$environment"
export SINEW_MAKE_MODEL=$PWD/build/release/tests/make_model SINEW_DEMO_DATA=$PWD/build/demo-data
# Away from the sources, so that what is tested is what was installed.
root=$PWD
cd "$root/build"
exec "$root/$environment/bin/python" -m pytest -q -rs -p no:cacheprovider "$root/bindings/python/tests" "$@"
