#!/bin/sh
# What ruff finds wrong.
set -eu
cd "$HOME/source"
"$HOME/environment/bin/ruff" check --no-cache .
"$HOME/environment/bin/ruff" format --no-cache --check .
