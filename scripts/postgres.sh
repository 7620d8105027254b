#!/usr/bin/env bash
# A PostgreSQL server for tests, in a directory of its own and reached by a unix socket
# in it alone; not as root, which PostgreSQL refuses.
#   postgres.sh start DIR [setting=value ...]   makes DIR and the server when it is not there, and
#                                               prints the URL of its database postgres
#   postgres.sh kill DIR                        kill -9 of the server and of all that it started
#   postgres.sh stop DIR                        ends it and removes DIR
# The way its databases sort by default is not the bytes' on purpose: ours says how it sorts.
set -euo pipefail
act=${1:?start, kill or stop}
dir=${2:?a directory}
shift 2
bin=$(dirname "$(readlink -f "$(command -v pg_ctl || true)")" 2>/dev/null)
if [[ ! -x $bin/initdb ]]; then
  bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
fi
if [[ ! -x $bin/initdb ]]; then
  echo "PostgreSQL is missing; scripts/need.sh installs it" >&2
  exit 1
fi
as=()
if ((EUID == 0)); then
  as=(setpriv --reuid=postgres --regid=postgres --clear-groups)
fi
case $act in
start)
  mkdir -p "$dir"
  if ((EUID == 0)); then chown postgres "$dir"; fi
  cd "$dir"
  if [[ ! -d data ]]; then
    "${as[@]}" "$bin/initdb" -D data -U fengsui -A trust -E UTF8 --locale-provider=icu --icu-locale=en --locale=C.UTF-8 --no-sync >/dev/null
  fi
  settings=(-c recovery_init_sync_method=syncfs -c listen_addresses= -c "unix_socket_directories=$dir" -c max_connections=200)
  for s in "$@"; do settings+=(-c "$s"); done
  # After a kill the memory of the server before is still in use until its last child has ended.
  for i in {1..50}; do
    if "${as[@]}" "$bin/pg_ctl" -D data -l log -w -o "${settings[*]}" start >/dev/null 2>&1; then
      echo "postgres://fengsui@/postgres?host=$dir"
      exit 0
    fi
    sleep 0.2
  done
  tail -n 20 log >&2
  exit 1
  ;;
kill)
  main=$(head -n 1 "$dir/data/postmaster.pid")
  children=$(ps -o pid= --ppid "$main" || true)
  # shellcheck disable=SC2086
  kill -9 "$main" $children
  rm "$dir/data/postmaster.pid" # whoever waits for the dead reaps them late
  ;;
stop)
  if [[ -d $dir/data ]]; then
    (cd "$dir" && "${as[@]}" "$bin/pg_ctl" -D data -m immediate -w stop >/dev/null 2>&1) || true
  fi
  rm -rf "$dir"
  ;;
*)
  echo "start, kill or stop" >&2
  exit 1
  ;;
esac
