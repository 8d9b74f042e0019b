#!/bin/sh
# A copy of the sources, and an environment with what requirements-dev.txt names.
set -eu
cp -R . "$HOME/source"
cd "$HOME/source"
if [ ! -f requirements-dev.txt ]; then
  echo "There is no requirements-dev.txt; it names what lint and test need, ruff and pytest among it."
  exit 1
fi
python3 -m venv "$HOME/environment"
"$HOME/environment/bin/pip" install --quiet --disable-pip-version-check --requirement requirements-dev.txt
