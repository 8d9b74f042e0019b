#!/bin/sh
# Print the path of the newest Python >= 3.11 that can make a virtual environment. Shims that do not run are passed over.
best='' best_minor=10
for candidate in python3 python3.11 python3.12 python3.13 python3.14 "$HOME"/.pyenv/versions/3.*/bin/python3; do
    minor=$("$candidate" -c 'import sys, ensurepip, venv; print(sys.version_info.minor if sys.version_info < (3, 15) else 0)' 2>/dev/null) || continue
    if [ "$minor" -gt "$best_minor" ]; then
        best=$("$candidate" -c 'import sys; print(sys.executable)') best_minor=$minor
    fi
done
if [ -z "$best" ]; then
    echo "No usable Python found: slipway needs Python 3.11 to 3.14 with venv. On Debian: apt-get install python3-venv" >&2
    exit 1
fi
echo "$best"
