#!/bin/sh
# Removes the sources of a run from the volume, and those of runs that were killed more than a day ago.
# RUNS (folder), RUN (name of the run)
set -eu
rm -rf "${RUNS:?}/${RUN:?}"
find "$RUNS" -mindepth 1 -maxdepth 1 -mtime +1 -exec rm -rf {} +
