#!/bin/sh
# Builds an image with BuildKit and pushes it, with a cache of its layers in the registry.
# IMAGE, CACHE (references), COMMIT, COMMITTED_AT (seconds since the epoch), CONTEXT, DOCKERFILE (below the working
# directory), DOCKER_CONFIG (folder with config.json, the login), SECRET (name of the Secret that this is of), RESULTS
# (folder for the results IMAGE_URL and IMAGE_DIGEST)
set -eu
# What the container may do must hold in a user namespace of its own only.
if awk '$1 == 0 && $2 == 0 && $3 == 4294967295 { found = 1 } END { exit !found }' /proc/self/uid_map; then
  echo "This pod has no user namespace: root in it would be root on the node. Start the run with hostUsers: false in its"
  echo "taskRunTemplate.podTemplate, as the triggers do."
  exit 1
fi
if [ ! -s "$DOCKER_CONFIG/config.json" ]; then
  echo "There is no credential for the registry: a Secret with .dockerconfigjson in the namespace of this run. Role"
  echo "do_registry delivers one to the namespaces of slipway_registry.push_namespaces."
  exit 1
fi
tag=$(echo "$COMMIT" | cut -c1-12)
metadata="$HOME/metadata.json"
# The processes of a build see those of BuildKit, which lives as long as this step: mounting another /proc would take
# more rights than the container has.
export BUILDKITD_FLAGS="--config=/etc/slipway/buildkit/buildkitd.toml --oci-worker-no-process-sandbox"
said="$HOME/said"
mkfifo "$said.pipe"
tee "$said" < "$said.pipe" >&2 &
status=0
# With the time of the commit in place of the clock the same sources give the same digest. It is given to the image only:
# as a build argument it would be part of each layer's cache key, and no commit would find the layers of the one before.
buildctl-daemonless.sh build \
  --progress=plain \
  --frontend=dockerfile.v0 \
  --local="context=$CONTEXT" \
  --local="dockerfile=$(dirname "$CONTEXT/$DOCKERFILE")" \
  --opt="filename=$(basename "$DOCKERFILE")" \
  --opt="build-arg:COMMIT=$COMMIT" \
  --opt="build-arg:VERSION=$tag" \
  --import-cache="type=registry,ref=$CACHE" \
  --export-cache="type=registry,ref=$CACHE,mode=max,image-manifest=true,oci-mediatypes=true,ignore-error=true" \
  --output="type=image,name=$IMAGE:$tag,push=true,oci-mediatypes=true,source-date-epoch=$COMMITTED_AT,rewrite-timestamp=true" \
  --metadata-file="$metadata" 2> "$said.pipe" || status=$?
wait
if [ "$status" -ne 0 ]; then
  if awk '/failed to push .*(401|403|nauthorized|insufficient_scope|denied)/ { found = 1 } END { exit !found }' "$said"; then
    echo "The registry does not take $IMAGE with the credential in Secret $SECRET: it expired, was revoked, or is"
    echo "read-only. Playbook build.yml says which. Where role do_registry keeps it, site.yml --tags registry makes another."
  fi
  exit "$status"
fi
digest=$(sed -n 's/.*"containerimage.digest": *"\(sha256:[0-9a-f]*\)".*/\1/p' "$metadata")
if [ -z "$digest" ]; then
  echo "BuildKit did not say which digest $IMAGE:$tag has."
  exit 1
fi
echo "$IMAGE:$tag is $digest"
printf %s "$IMAGE" > "$RESULTS/IMAGE_URL"
printf %s "$digest" > "$RESULTS/IMAGE_DIGEST"
