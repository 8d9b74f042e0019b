#!/bin/sh
# Tests by pytest.
set -eu
cd "$HOME/source"
"$HOME/environment/bin/python" -m pytest
