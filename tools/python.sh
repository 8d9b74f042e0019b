#!/bin/sh
# Print the path of the newest Python, 3.11 to 3.14, that can make a virtual environment. Shims that do not run are passed
# over. Where there is none, root on a Debian-like machine gets Debian's; others are told what is missing.
newest() {
    best='' best_minor=10
    for candidate in python3 python3.11 python3.12 python3.13 python3.14 "$HOME"/.pyenv/versions/3.*/bin/python3; do
        minor=$("$candidate" -c 'import sys, ensurepip, venv; print(sys.version_info.minor)' 2>/dev/null) || continue
        if [ "$minor" -gt "$best_minor" ] && [ "$minor" -le 14 ]; then
            best=$("$candidate" -c 'import sys; print(sys.executable)') best_minor=$minor
        fi
    done
    [ -n "$best" ]
}
if ! newest && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "setup: installing python3-venv with apt-get" >&2
    { apt-get update -qq && apt-get install -y -qq python3-venv; } >&2 && newest
fi
if [ -z "$best" ]; then
    echo "No usable Python found: Python 3.11 to 3.14 with the venv module is needed (Debian: apt-get install python3-venv)" >&2
    exit 1
fi
echo "$best"
