#!/usr/bin/env bash
# Follows docs/operate.md on a clean directory tree: the blocks marked <!-- run --> word
# by word, in their order, and what people do in the console where it says <!-- person -->.
#   operate.sh [PROGRAM]       bin/fengsui without a name
# The document's directories lie below a temporary one, ports are free ones, and systemctl,
# runuser and chown, which need a machine of one's own, stand for starting the program here.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
program=$(readlink -f "${1:-$root/bin/fengsui}")
# run/ in the data holds sockets, whose paths must be short.
at=$(mktemp -d)
served=
systemctl() {
  case $1 in
  enable | start)
    "$program" serve --config "$at/etc/fengsui/fengsui.yaml" >>"$at/log" 2>&1 &
    served=$!
    for _ in {1..600}; do
      if curl -fsS --cacert "$at/var/lib/fengsui/tls/ca.pem" "$URL/healthz" >/dev/null 2>&1; then return; fi
      kill -0 "$served" 2>/dev/null || break
      sleep 0.1
    done
    tail -n 20 "$at/log" >&2
    return 1
    ;;
  stop) end ;;
  *)
    echo "systemctl $1 has no stand-in here" >&2
    return 1
    ;;
  esac
}
end() {
  if [[ -n $served ]]; then
    kill "$served" 2>/dev/null || true
    wait "$served" 2>/dev/null || true
    served=
  fi
}
runuser() { shift 3; "$@"; } # runuser -u fengsui -- …
chown() { :; }
python3() { /usr/bin/python3 "$@"; } # the one that need.sh looks after
fengsui() { "$program" "$@"; }
trap 'end; rm -rf "$at"' EXIT

read -r http https < <(/usr/bin/python3 -c 'import socket
s = [socket.socket() for _ in range(2)]
for x in s: x.bind(("127.0.0.1", 0))
print(*(x.getsockname()[1] for x in s))')
here() {
  sed -e "s#/usr/share/doc/fengsui/examples#$root/docs/examples#g" -e "s#/etc/fengsui#$at/etc/fengsui#g" -e "s#/var/lib/fengsui#$at/var/lib/fengsui#g" \
    -e "s#/var/backups/fengsui#$at/var/backups/fengsui#g" -e "s#/root/#$at/root/#g" -e "s#/secure/#$at/secure/#g" -e "s#localhost:8443#localhost:$https#g"
}
# What the package makes.
mkdir -p "$at"/etc/fengsui/keys "$at"/var/lib/fengsui "$at"/var/backups/fengsui "$at"/root "$at"/secure
cd "$at/root"
here <"$root/dist/debian/fengsui.yaml" >"$at/etc/fengsui/fengsui.yaml"
printf 'http: 127.0.0.1:%s\nhttps: 127.0.0.1:%s\ndisk: {min_free: 1}\n' "$http" "$https" >>"$at/etc/fengsui/fengsui.yaml"
export URL=https://localhost:$https CA=$at/var/lib/fengsui/tls/ca.pem INIT=$at/said FIRST=$root/docs/examples/first DIR=$at/root

# Parts of the document: a marked block ends at the first line that is not indented.
mapfile -t parts < <(awk '
  /^<!-- run -->$/ { on = 1; next }
  /^<!-- person [a-z]+ -->$/ { print "person " $3; next }
  on && /^    / { print "run " substr($0, 5); seen = 1; next }
  on && seen && !/^$/ { on = 0; seen = 0 }
' "$root/docs/operate.md")
((${#parts[@]} > 0)) || { echo "docs/operate.md has no marked block" >&2; exit 1; }
began=$(date +%s)
for part in "${parts[@]}"; do
  echo "+ ${part#run }"
  case $part in
  run*) eval "$(here <<<"${part#run }")" >"$at/out" 2>&1 || { cat "$at/out"; tail -n 5 "$at/log" 2>/dev/null; echo "docs/operate.md does not work: ${part#run }" >&2; exit 1; } ;;
  person*) python3 "$root/scripts/operate.py" "${part#person }" ;;
  esac
  [[ $part == *"admin init"* ]] && cp "$at/out" "$at/said"
  [[ $part == run* ]] && cat "$at/out"
  true
done
echo "docs/operate.md: ${#parts[@]} steps in $(($(date +%s) - began)) s"
