#!/bin/sh
# How git reaches the server of URL. Comes before the scripts of the steps that clone and push.
# URL, GIT_USERNAME and GIT_PASSWORD (the login; empty for none), HOME (a folder that only this pod has)
set -eu
export GIT_TERMINAL_PROMPT=0 GIT_CONFIG_GLOBAL="$HOME/gitconfig"
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=core.hooksPath GIT_CONFIG_VALUE_0=/dev/null
if [ -s /etc/slipway/ca/ca.crt ]; then
  cat /etc/ssl/certs/ca-certificates.crt /etc/slipway/ca/ca.crt > "$HOME/ca.crt"
  export GIT_SSL_CAINFO="$HOME/ca.crt"
fi
: > "$GIT_CONFIG_GLOBAL"
git config --global safe.directory '*'
# The login is for the server of URL alone, not for another one that a submodule, a redirect or .lfsconfig names.
server=$(printf %s "$URL" | sed -n 's|^\(https\{0,1\}://\)\([^/@]*@\)\{0,1\}\([^/]*\).*$|\1\3|p')
if [ -n "$server" ]; then
  git config --global "credential.$server.helper" \
    '!f() { test "$1" = get || exit 0; echo "username=$GIT_USERNAME"; echo "password=$GIT_PASSWORD"; }; f'
fi
