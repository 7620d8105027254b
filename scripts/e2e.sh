#!/usr/bin/env bash
# The browser's walks against a real server with a simulated field.
set -euo pipefail
cd "$(dirname "$0")/.."
dir=$(mktemp -d)
http=127.0.0.1:18080 https=127.0.0.1:18443 jt808=127.0.0.1:18808
./bin/fengsui demo --dir "$dir/demo" --http "$http" --https "$https" --jt808 "$jt808" --unattended --accounts "$dir/accounts.json" >"$dir/log" 2>&1 &
server=$!
trap 'kill $server 2>/dev/null; wait $server 2>/dev/null || true; rm -rf "$dir"' EXIT
for _ in $(seq 1 120); do
  grep -q 'Minutes count as hours' "$dir/log" && break
  kill -0 $server 2>/dev/null || { cat "$dir/log"; exit 1; }
  sleep 1
done
cd web
FENGSUI_URL="http://$http" FENGSUI_PUSH="https://$https" FENGSUI_JT808="$jt808" FENGSUI_ACCOUNTS=$(cat "$dir/accounts.json") npx --no-install playwright test "$@" || { tail -n 40 "$dir/log"; exit 1; }
