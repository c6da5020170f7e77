#!/usr/bin/env bash
# Installs the Debian packages that are missing, and says before what and how much that is; silent when there are none.
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

if ! can_be_root; then
  echo "Packages are missing, and this user may not install them. An administrator installs them with:" >&2
  echo "  apt-get install --no-install-recommends ${missing[*]}" >&2
  exit 1
fi

# What apt would do, without doing it and without its locks.
simulate() { apt-get --simulate --no-install-recommends install "${missing[@]}" 2>&1; }

echo "${#missing[@]} packages are missing: reading what the archive has"
# Old lists name packages that the archive no longer has. Where there are none to be had, those that are here may do.
as_root apt-get update -qq 2>/dev/null || true
problems=$(simulate | grep '^E:' || true)
if [ -n "$problems" ]; then
  echo "$problems" >&2
  echo "the packages ${missing[*]} cannot be had from apt's sources: check the network and /etc/apt, and run the command again" >&2
  exit 1
fi
count=$(simulate | grep -c '^Inst' || true)
megabytes=$(apt-get --print-uris -qq --yes --no-install-recommends install "${missing[@]}" 2>/dev/null |
  awk '{ sum += $3 } END { printf "%.0f", sum / 1e6 }')
echo "installing $count packages ($megabytes MB to download) for: ${missing[*]}"

# What apt says goes into a file: scripts of packages want somewhere to write to until the end. How far it got is read from there.
log=$(mktemp)
trap 'rm -f "$log"' EXIT
as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" >"$log" 2>&1 </dev/null &
installation=$!
seconds=0
while kill -0 "$installation" 2>/dev/null; do
  sleep 1
  seconds=$((seconds + 1))
  [ $((seconds % 10)) -ne 0 ] || echo "  $(grep -c '^Get:' "$log") downloaded, $(grep -c '^Unpacking ' "$log") of $count unpacked"
done
if ! wait "$installation"; then
  cat "$log" >&2
  echo "the packages could not be installed; by hand: apt-get install --no-install-recommends ${missing[*]}" >&2
  exit 1
fi
