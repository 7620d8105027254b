#!/usr/bin/env bash
# A NATS server with JetStream for tests, or a cluster of three, each in a directory of
# its own below DIR, on ports of this machine alone, syncing every write to disk.
#   nats.sh start DIR [N]   builds the server of the version that go.mod names when it is
#                           not there yet, makes N servers (1 or 3) when DIR has none, starts
#                           those that do not run, and prints the URL of all
#   nats.sh kill DIR I      kill -9 of server I, counted from 1
#   nats.sh pid DIR I       prints its process id
#   nats.sh stop DIR        ends all and removes DIR
# NATS_CONF names a file whose lines are added to each server's configuration.
set -euo pipefail
act=${1:?start, kill, pid or stop}
dir=${2:?a directory}
here=$(cd "$(dirname "$0")/.." && pwd)

runs() { [[ -s $1/pid ]] && kill -0 "$(<"$1/pid")" 2>/dev/null && ! grep -q '^State:.*Z' "/proc/$(<"$1/pid")/status" 2>/dev/null; }

# A port that nobody listens on, below those that the system gives out by itself, and
# above those of app's tests.
port() {
  local p
  while :; do
    p=$((28000 + RANDOM % 4700))
    if ! grep -qsx "$p" "$dir"/taken && ! (exec 3<>"/dev/tcp/127.0.0.1/$p") 2>/dev/null; then
      echo "$p" >>"$dir/taken"
      echo "$p"
      return
    fi
  done
}

case $act in
start)
  count=${3:-1}
  version=$(cd "$here" && go list -m -f '{{.Version}}' github.com/nats-io/nats-server/v2)
  cache=${TMPDIR:-/tmp}/fengsui-tools-$UID
  server=$cache/nats-server-$version
  mkdir -p -m 700 "$cache" "$dir"
  if [[ ! -x $server ]]; then
    (cd "$here" && CGO_ENABLED=0 go build -buildvcs=false -o "$server.$$" github.com/nats-io/nats-server/v2)
    mv "$server.$$" "$server"
  fi
  dir=$(cd "$dir" && pwd)
  if [[ ! -d $dir/1 ]]; then
    for ((i = 1; i <= count; i++)); do
      mkdir "$dir/$i"
      port >"$dir/$i/port"
      port >"$dir/$i/route"
    done
  fi
  routes=
  for d in "$dir"/[0-9]*/; do routes+="nats://127.0.0.1:$(<"$d/route"), "; done
  urls=()
  for d in "$dir"/[0-9]*; do
    urls+=("nats://127.0.0.1:$(<"$d/port")")
    if runs "$d"; then continue; fi
    {
      echo "server_name: n${d##*/}"
      echo "listen: 127.0.0.1:$(<"$d/port")"
      echo "max_payload: 17MB"
      echo "jetstream { store_dir: \"$d/data\", sync_interval: always, max_file_store: 64GB }"
      # A server that hangs keeps its connections: the others leave it after 6 s.
      echo "ping_interval: 2s, ping_max: 2"
      if [[ -d $dir/2 ]]; then
        echo "cluster { name: fengsui, listen: \"127.0.0.1:$(<"$d/route")\", routes: [ ${routes%, } ], ping_interval: 2s, ping_max: 2 }"
      fi
      if [[ -n ${NATS_CONF:-} ]]; then cat "$NATS_CONF"; fi
    } >"$d/conf"
    setsid "$server" -c "$d/conf" -l "$d/log" </dev/null >>"$d/log" 2>&1 &
    echo $! >"$d/pid"
  done
  for d in "$dir"/[0-9]*; do
    for i in {1..100}; do
      if (exec 3<>"/dev/tcp/127.0.0.1/$(<"$d/port")") 2>/dev/null; then continue 2; fi
      runs "$d" || break
      sleep 0.1
    done
    tail -n 20 "$d/log" >&2
    exit 1
  done
  (
    IFS=,
    echo "${urls[*]}"
  )
  ;;
kill)
  kill -9 "$(<"$dir/${3:?which}/pid")"
  ;;
pid)
  cat "$dir/${3:?which}/pid"
  ;;
stop)
  for d in "$dir"/[0-9]*; do
    if [[ -d $d ]] && runs "$d"; then kill -9 "$(<"$d/pid")" || true; fi
  done
  rm -rf "$dir"
  ;;
*)
  echo "start, kill, pid or stop" >&2
  exit 1
  ;;
esac
