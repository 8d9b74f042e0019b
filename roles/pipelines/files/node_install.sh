#!/bin/sh
# A copy of the sources with their dependencies: lint and test run side by side, and each writes to its own.
set -eu
cp -R . "$HOME/source"
cd "$HOME/source"
npm ci --no-audit --no-fund
