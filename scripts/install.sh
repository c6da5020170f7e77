#!/usr/bin/env bash
# Installs what was built: the program with its modules, manual page and completions, the C++ library and its package files.
#   install.sh PREFIX
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/as_root.sh
prefix=$1
# The nearest folder that is there decides who may write.
folder=$prefix
while [ ! -e "$folder" ]; do folder=$(dirname "$folder"); done
if [ -w "$folder" ]; then
  cmake --install build/release --prefix "$prefix" >/dev/null
elif can_be_root; then
  as_root cmake --install build/release --prefix "$prefix" >/dev/null
else
  echo "$prefix cannot be written to: choose another one, such as make install PREFIX=\$HOME/.local" >&2
  exit 1
fi
echo "installed $prefix/bin/sinew"
case ":$PATH:" in
  *":$prefix/bin:"*) ;;
  *) echo "$prefix/bin is not on your PATH: export PATH=\"$prefix/bin:\$PATH\"" ;;
esac
