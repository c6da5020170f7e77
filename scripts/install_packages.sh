#!/usr/bin/env bash
# Installs the Debian packages that are missing; silent when there are none.
#
#   install_packages.sh               those of packages.txt: what building and running sinew takes
#   install_packages.sh --list FILE   those of another list, one a line
#   install_packages.sh NAME...       those named
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/as_root.sh"
list=$here/packages.txt
if [ "${1:-}" = --list ]; then
  list=$2
  shift 2
fi
packages=("$@")
[ "${#packages[@]}" -gt 0 ] || mapfile -t packages < "$list"

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
done
[ "${#missing[@]}" -eq 0 ] && exit 0

echo "installing ${missing[*]}"
as_root apt-get update -qq
as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
