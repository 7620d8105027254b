#!/usr/bin/env bash
# Runs every fuzz target of the tree in turn: go test -fuzz takes one at a time.
set -euo pipefail
time=${1:-60s}
grep -rlE '^func Fuzz[A-Za-z0-9_]+\(' --include='*_test.go' . | while read -r file; do
  dir=$(dirname "$file")
  grep -ohE '^func Fuzz[A-Za-z0-9_]+' "$file" | sed 's/^func //' | while read -r name; do
    echo "== $dir $name"
    go test "$dir" -run '^$' -fuzz "^$name\$" -fuzztime "$time"
  done
done
