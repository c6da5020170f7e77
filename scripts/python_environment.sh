#!/usr/bin/env bash
# A fresh environment of Debian's interpreter with the wheels that `make wheel` has packed, and nothing else but Debian's
# packages.
#   python_environment.sh FOLDER
set -euo pipefail
environment=$1
wheels=$(cd "$(dirname "$0")/.." && pwd)/build/wheel
rm -rf "$environment"
/usr/bin/python3 -m venv --system-site-packages "$environment"
"$environment/bin/python" -m pip install --quiet --no-index --find-links "$wheels" --disable-pip-version-check "$wheels"/sinew*.whl
# Debian's own packages may lack some of what they ask for; ours may not.
if "$environment/bin/python" -m pip check --disable-pip-version-check | grep -i '^sinew'; then exit 1; fi
