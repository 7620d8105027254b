#!/usr/bin/env bash
# Installs what the tests need and the machine lacks: Debian packages, and the npm
# client of MQTT 5. The console's npm packages come with its own lock file.
set -euo pipefail
declare -A need=(
  [chromium]=chromium
  [strace]=strace
  [protoc]=protobuf-compiler
  [xmllint]=libxml2-utils
  [unshare]=util-linux
  [ip]=iproute2
  [mosquitto_pub]=mosquitto-clients
  [pg_ctl]=postgresql
  [curl]=curl
  [certutil]=libnss3-tools
  [openssl]=openssl
)
missing=()
PATH=$PATH:$(printf '%s:' /usr/lib/postgresql/*/bin) # Debian keeps its servers out of the way
for tool in "${!need[@]}"; do
  command -v "$tool" >/dev/null || missing+=("${need[$tool]}")
done
/usr/bin/python3 -c 'import cryptography' 2>/dev/null || missing+=(python3 python3-cryptography)
/usr/bin/python3 -c 'import aiosmtpd' 2>/dev/null || missing+=(python3-aiosmtpd)
fc-list 2>/dev/null | grep -qi 'noto.*cjk' || missing+=(fonts-noto-cjk fontconfig)
if ((${#missing[@]})); then
  echo "installing: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
client=$(dirname "$0")/../adapter/mqtt/testdata/client
[[ -d $client/node_modules/mqtt ]] || (cd "$client" && npm ci --ignore-scripts --no-audit --no-fund >/dev/null)
