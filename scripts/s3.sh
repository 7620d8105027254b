#!/usr/bin/env bash
# An S3 server for tests, on loopback, in a directory of its own: versitygw (Apache-2.0),
# built from its Go module the first time (a minute or two) and kept in the cache.
#   s3.sh start DIR BUCKET PORT   makes DIR and the bucket when they are not there, and prints the server's address
#   s3.sh kill DIR                kill -9
#   s3.sh stop DIR                ends it and removes DIR
# Its keys are fengsui and a secret of tests, fengsui-test-secret. S3_CERT and S3_KEY name
# files with a certificate and its key: it speaks TLS then.
set -euo pipefail
version=v1.8.0
act=${1:?start, kill or stop}
dir=${2:?a directory}
case $act in
start)
  bucket=${3:?a bucket}
  port=${4:?a port}
  cache=${TMPDIR:-/tmp}/fengsui-servers/versitygw-$version
  mkdir -p "$(dirname "$cache")"
  (
    flock 9
    if [[ ! -x $cache ]]; then
      at=$(mktemp -d)
      # -s -w: it is run and not looked into.
      GOBIN=$at GOFLAGS="${GOFLAGS:-} -mod=mod" CGO_ENABLED=0 go install -ldflags='-s -w' "github.com/versity/versitygw/cmd/versitygw@$version" >&2
      mv "$at/versitygw" "$cache"
      rmdir "$at"
    fi
  ) 9>"$cache.lock"
  mkdir -p "$dir/data/$bucket" "$dir/meta"
  tls=()
  if [[ -n ${S3_CERT:-} ]]; then tls=(--cert "$S3_CERT" --key "$S3_KEY"); fi
  ROOT_ACCESS_KEY=fengsui ROOT_SECRET_KEY=fengsui-test-secret setsid "$cache" --port "127.0.0.1:$port" --quiet ${tls[@]+"${tls[@]}"} posix --sidecar "$dir/meta" "$dir/data" >>"$dir/log" 2>&1 </dev/null 9>&- &
  echo $! >"$dir/pid"
  for _ in {1..100}; do
    if (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      echo "http${S3_CERT:+s}://127.0.0.1:$port"
      exit 0
    fi
    kill -0 "$(<"$dir/pid")" 2>/dev/null || break
    sleep 0.1
  done
  tail -n 20 "$dir/log" >&2
  exit 1
  ;;
kill)
  kill -9 "$(<"$dir/pid")"
  ;;
stop)
  if [[ -f $dir/pid ]]; then kill -9 "$(<"$dir/pid")" 2>/dev/null || true; fi
  rm -rf "$dir"
  ;;
*)
  echo "start, kill or stop" >&2
  exit 1
  ;;
esac
