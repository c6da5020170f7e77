#!/usr/bin/env bash
# Installs the Debian packages that are missing, of those named or else of packages.txt; silent when there are none.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/as_root.sh"
packages=("$@")
[ "${#packages[@]}" -gt 0 ] || mapfile -t packages < "$here/packages.txt"

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
done
[ "${#missing[@]}" -eq 0 ] && exit 0

echo "installing ${missing[*]}"
as_root apt-get update -qq
as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
