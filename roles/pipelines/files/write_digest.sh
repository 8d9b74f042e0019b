#!/bin/sh
# Commits the digest of an image to an overlay of kustomize, and pushes that.
# Needs git and kustomize on the PATH.
# URL, BRANCH, OVERLAY (folder), IMAGE, DIGEST, RESULTS (folder for the results outcome and commit)
# COMMIT: what the image was built of; when empty, what the commit says that wrote this digest to another overlay
# BASE: the only commit to build upon; when empty, whatever the branch has
set -eu
attempts=6

finish() {
  printf %s "$1" > "$RESULTS/outcome"
  printf %s "$2" > "$RESULTS/commit"
  echo "$3"
  exit 0
}

# Not the workspace: what was tested could have written to it. All commits, but only the overlay's files.
rm -rf "$HOME/repository"
git clone --quiet --filter=blob:none --no-checkout --single-branch --branch="$BRANCH" "$URL" "$HOME/repository"
cd "$HOME/repository"
git sparse-checkout set "$OVERLAY"

if [ -z "$COMMIT" ]; then
  COMMIT=$(git log -1 --grep="^Image-Digest: $DIGEST\$" --format='%(trailers:key=Source-Commit,valueonly)' "origin/$BRANCH" |
    head -n 1)
  if [ -z "$COMMIT" ]; then
    echo "No commit on branch $BRANCH of $URL says what $DIGEST was built of."
    exit 1
  fi
fi

attempt=1
while :; do
  git checkout --quiet --force -B "$BRANCH" "origin/$BRANCH"
  if [ -n "$BASE" ] && [ "$(git rev-parse HEAD)" != "$BASE" ]; then
    finish moved "" "Branch $BRANCH is at $(git rev-parse HEAD) by now, not at $BASE; $OVERLAY stays as it is."
  fi
  if [ ! -d "$OVERLAY" ]; then
    echo "There is no folder $OVERLAY on branch $BRANCH of $URL."
    exit 1
  fi
  if ! git merge-base --is-ancestor "$COMMIT" HEAD 2> "$HOME/said"; then
    finish superseded "" "$COMMIT is not on branch $BRANCH any more; $OVERLAY stays as it is."
  fi
  newest=$(git log -1 --grep="^Source-Image: $IMAGE\$" --format='%(trailers:key=Source-Commit,valueonly)' -- "$OVERLAY" | head -n 1)
  if [ -z "$BASE" ] && [ -n "$newest" ] && [ "$newest" != "$COMMIT" ] && git merge-base --is-ancestor "$COMMIT" "$newest"; then
    finish superseded "" "$OVERLAY has the image of $newest, which is later than $COMMIT."
  fi
  (cd "$OVERLAY" && kustomize edit set image "$IMAGE@$DIGEST")
  if git diff --quiet; then
    finish unchanged "" "$OVERLAY has $DIGEST already."
  fi
  tag=$(echo "$COMMIT" | cut -c1-12)
  git commit --quiet --all --message="$OVERLAY: ${IMAGE##*/} of $tag" \
    --message="Source-Commit: $COMMIT
Source-Image: $IMAGE
Image-Digest: $DIGEST"
  if git push --quiet origin "HEAD:refs/heads/$BRANCH" 2> "$HOME/said"; then
    finish written "$(git rev-parse HEAD)" "$OVERLAY of branch $BRANCH has $DIGEST since commit $(git rev-parse HEAD)."
  fi
  if [ "$attempt" -ge "$attempts" ]; then
    echo "The commit was refused $attempts times, the last time with:"
    cat "$HOME/said"
    exit 1
  fi
  echo "The commit was refused; trying again on what the branch has now."
  sleep "$attempt"
  attempt=$((attempt + 1))
  git fetch --quiet origin "$BRANCH"
done
