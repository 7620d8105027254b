#!/usr/bin/env bash
# The browser's walks against a real server with a simulated field.
set -euo pipefail
cd "$(dirname "$0")/.."
dir=$(mktemp -d)
http=127.0.0.1:18080 https=127.0.0.1:18443 jt808=127.0.0.1:18808
# Certificates as a closed network has them, and the home of a browser that trusts their CA.
./bin/fengsui admin ca init --dir "$dir/ca" --offline >"$dir/log"
./bin/fengsui admin ca server --dir "$dir/ca" --out "$dir/server" --host localhost --host 127.0.0.1 >>"$dir/log"
trust=$dir/home/.pki/nssdb
mkdir -p "$trust"
certutil -d "sql:$trust" -N --empty-password
certutil -d "sql:$trust" -A -t C,, -n fengsui -i "$dir/ca/ca.pem"
./bin/fengsui demo --dir "$dir/demo" --http "$http" --https "$https" --jt808 "$jt808" --unattended --accounts "$dir/accounts.json" --cert "$dir/server.pem" --key "$dir/server.key" >"$dir/log" 2>&1 &
server=$!
trap 'kill $server 2>/dev/null; wait $server 2>/dev/null || true; rm -rf "$dir"' EXIT
for _ in $(seq 1 120); do
  grep -q 'Minutes count as hours' "$dir/log" && break
  kill -0 $server 2>/dev/null || { cat "$dir/log"; exit 1; }
  sleep 1
done
cd web
FENGSUI_URL="http://$http" FENGSUI_PUSH="https://$https" FENGSUI_PHONE="https://$https" FENGSUI_PHONE_HOME="$dir/home" FENGSUI_JT808="$jt808" FENGSUI_ACCOUNTS=$(cat "$dir/accounts.json") npx --no-install playwright test "$@" || { tail -n 40 "$dir/log"; exit 1; }
