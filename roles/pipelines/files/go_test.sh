#!/bin/sh
# Tests of the Go module in the working directory.
set -eu
go test ./...
