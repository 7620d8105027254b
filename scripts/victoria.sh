#!/usr/bin/env bash
# A VictoriaMetrics server (single node) for tests, on loopback, in a directory of its
# own; built from the module version in go.mod the first time (a minute or two) and kept.
#   victoria.sh start DIR PORT [-flag=value ...]   makes DIR and the server when it is not there, and prints its address
#   victoria.sh end DIR                            ends it and waits; it keeps what it has
#   victoria.sh kill DIR                           kill -9
#   victoria.sh stop DIR                           ends it and removes DIR
# It runs with what the platform needs: 1 ms of de-duplication and a long retention.
set -euo pipefail
act=${1:?start, end, kill or stop}
dir=${2:?a directory}
root=$(cd "$(dirname "$0")/.." && pwd)
case $act in
start)
  port=${3:?a port}
  shift 3
  version=$(cd "$root" && go list -m -f '{{.Version}}' github.com/VictoriaMetrics/VictoriaMetrics)
  cache=${TMPDIR:-/tmp}/fengsui-servers/victoria-metrics-$version
  mkdir -p "$(dirname "$cache")"
  (
    flock 9
    if [[ ! -x $cache ]]; then
      # In its own module: it has dependencies that ours has not.
      cd "$(cd "$root" && go list -m -f '{{.Dir}}' github.com/VictoriaMetrics/VictoriaMetrics)"
      CGO_ENABLED=0 GOFLAGS="${GOFLAGS:-} -mod=mod" go build -ldflags='-s -w' -o "$cache.new" ./app/victoria-metrics >&2
      mv "$cache.new" "$cache"
    fi
  ) 9>"$cache.lock"
  mkdir -p "$dir"
  setsid "$cache" -httpListenAddr="127.0.0.1:$port" -storageDataPath="$dir/data" -retentionPeriod=10y -dedup.minScrapeInterval=1ms \
    -memory.allowedBytes=128MiB -storage.minFreeDiskSpaceBytes=1MiB -loggerLevel=WARN "$@" >>"$dir/log" 2>&1 </dev/null &
  echo $! >"$dir/pid"
  for _ in {1..150}; do
    if (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      echo "http://127.0.0.1:$port"
      exit 0
    fi
    kill -0 "$(<"$dir/pid")" 2>/dev/null || break
    sleep 0.1
  done
  tail -n 20 "$dir/log" >&2
  exit 1
  ;;
end)
  kill -INT "$(<"$dir/pid")"
  while kill -0 "$(<"$dir/pid")" 2>/dev/null; do sleep 0.05; done
  ;;
kill)
  kill -9 "$(<"$dir/pid")"
  ;;
stop)
  if [[ -f $dir/pid ]]; then kill -9 "$(<"$dir/pid")" 2>/dev/null || true; fi
  rm -rf "$dir"
  ;;
*)
  echo "start, end, kill or stop" >&2
  exit 1
  ;;
esac
