#!/bin/sh
# Puts one revision of a repository into DIRECTORY, with its submodules and with what it keeps in Git LFS.
# URL, REVISION (branch, tag or commit), DIRECTORY, RESULTS (folder for the results commit and committed-at)
set -eu
# Where a file cannot be fetched from Git LFS, git fails rather than leave the pointer to it.
git config --global filter.lfs.process 'git-lfs filter-process'
git config --global filter.lfs.smudge 'git-lfs smudge -- %f'
git config --global filter.lfs.required true

# A task that is tried again finds what was left.
find "$DIRECTORY" -mindepth 1 -delete
git init --quiet --initial-branch=build "$DIRECTORY"
cd "$DIRECTORY"
# Submodules with relative URLs are looked for beside it.
git remote add origin "$URL"
git fetch --quiet --depth=1 origin "$REVISION"
if git grep --quiet 'filter=lfs' FETCH_HEAD -- '*.gitattributes' && ! git-lfs version > "$HOME/said" 2>&1; then
  echo "This revision keeps files in Git LFS, and the image of this step has no git-lfs to fetch them with. Give one that"
  echo "has it in pipelines_images, git."
  exit 1
fi
if ! git checkout --quiet --detach FETCH_HEAD; then
  echo "The revision could not be checked out. If the lines above name lfs or smudge: what it keeps in Git LFS is not on"
  echo "the server of $URL, or the login of builds may not read it there."
  exit 1
fi
if [ -f .gitmodules ]; then
  elsewhere=$(git config --file .gitmodules --get-regexp '^submodule\..*\.url$' | grep -Ev ' (https?://|\.\.?/)' || true)
  if [ -n "$elsewhere" ]; then
    echo "Builds fetch submodules over HTTP(S). In .gitmodules these need such a URL, or a relative one:"
    echo "$elsewhere"
    exit 1
  fi
  if ! GIT_ALLOW_PROTOCOL=http:https git submodule --quiet update --init --recursive --depth=1; then
    echo "A submodule could not be fetched. The login of builds is given to the server of $URL only; submodules on"
    echo "another one have to be readable without a login."
    exit 1
  fi
fi
git log -1 --format='%H %s'
git log -1 --format=%H | tr -d '\n' > "$RESULTS/commit"
git log -1 --format=%ct | tr -d '\n' > "$RESULTS/committed-at"
