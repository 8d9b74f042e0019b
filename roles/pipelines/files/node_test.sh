#!/bin/sh
# The script "test" of package.json.
set -eu
cd "$HOME/source"
npm test
