#!/usr/bin/env bash
# Gets the library that draws the charts of `sinew report`, Observable Plot with D3 (both under the ISC licence), as npm
# packages, checked against their SHA-512, into build/charts; no install script runs. CMake puts it into the program. Where it
# cannot be had, sinew builds as well, and its reports have tables alone.
set -uo pipefail
cd "$(dirname "$0")/.."
folder=build/charts

# The archive of PACKAGE VERSION into FOLDER: by npm, or where there is none, by curl from the registry that npm_config_registry
# names.
pack() {
  if command -v npm >/dev/null; then
    npm pack "$1@$2" --pack-destination "$3" --loglevel=error --fetch-retries=1 --fetch-timeout=20000 >/dev/null
  else
    [ -n "${npm_config_registry:-}" ] || return 1
    curl --fail --silent --show-error --location --connect-timeout 10 --max-time 120 \
      --output "$3/package.tgz" "${npm_config_registry%/}/$1/-/${1##*/}-$2.tgz"
  fi
}

get() {  # PACKAGE VERSION SHA512 FILE NAME
  [ -e "$folder/$5" ] && [ -e "$folder/$5.licence" ] && return
  echo "fetching $1 $2 (npm) for the charts of sinew report"
  local temporary archive
  temporary=$(mktemp -d) || return
  pack "$1" "$2" "$temporary" 2>/dev/null || { rm -rf "$temporary"; return 1; }
  archive=$(echo "$temporary"/*.tgz)
  if [ "$(openssl dgst -sha512 -binary "$archive" | base64 --wrap=0)" != "$3" ]; then
    echo "$1 $2: is not what was expected: not used" >&2
    rm -rf "$temporary"
    return 1
  fi
  mkdir -p "$folder" &&
    tar --extract --gzip --file "$archive" --directory "$temporary" "package/$4" package/LICENSE &&
    mv "$temporary/package/$4" "$folder/$5" && mv "$temporary/package/LICENSE" "$folder/$5.licence"
  local status=$?
  rm -rf "$temporary"
  return $status
}

all() {
  get d3 7.9.0 e1U46jVP+w7Iut8Jt8ri1YsPOvFpg46k+K8TpCb0P+zjCkjkPnV7WzfDJzMHy1LnA+wj5pLT1wjO901gLXeEhA== dist/d3.min.js d3.js &&
    get @observablehq/plot 0.6.17 /qaXP/7mc4MUS0s4cPPFASDRjtsWp85/TbfsciqDgU1HwYixbSbbytNuInD8AcTYC3xaxACgVX06agdfQy9W+g== \
      dist/plot.umd.min.js plot.js
}

if ! { [ -e "$folder/d3.js" ] && [ -e "$folder/plot.js" ]; }; then
  # npm knows where packages are, also those of models. It brings 350 Debian packages, and is not needed where a registry is named.
  [ -n "${npm_config_registry:-}" ] || command -v npm >/dev/null || scripts/install_packages.sh npm
  all || echo "the chart library cannot be had at the moment (no network?): reports will have tables alone" >&2
fi
exit 0
