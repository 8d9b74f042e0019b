#!/bin/sh
# What Go's own tools find wrong in the module in the working directory.
set -eu
unformatted=$(find . -name '*.go' -not -path './vendor/*' -exec gofmt -l {} +)
if [ -n "$unformatted" ]; then
  echo "gofmt would write these differently:"
  echo "$unformatted"
  exit 1
fi
go vet ./...
