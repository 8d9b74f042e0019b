#!/bin/sh
# The script "lint" of package.json.
set -eu
cd "$HOME/source"
npm run lint
