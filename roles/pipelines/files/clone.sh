#!/bin/sh
# Puts one revision of a repository into DIRECTORY.
# URL, REVISION (branch, tag or commit), DIRECTORY, RESULTS (folder for the results commit and committed-at)
set -eu
if [ -s /etc/slipway/ca/ca.crt ]; then
  cat /etc/ssl/certs/ca-certificates.crt /etc/slipway/ca/ca.crt > "$HOME/ca.crt"
  export GIT_SSL_CAINFO="$HOME/ca.crt"
fi

# A task that is tried again finds what was left.
find "$DIRECTORY" -mindepth 1 -delete
git init --quiet --initial-branch=build "$DIRECTORY"
cd "$DIRECTORY"
git fetch --quiet --depth=1 "$URL" "$REVISION"
git checkout --quiet --detach FETCH_HEAD
git log -1 --format='%H %s'
git log -1 --format=%H | tr -d '\n' > "$RESULTS/commit"
git log -1 --format=%ct | tr -d '\n' > "$RESULTS/committed-at"
