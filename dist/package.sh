#!/usr/bin/env bash
# Debian packages of the platform into bin/, by dpkg-deb alone.
#   package.sh [amd64|arm64 ...]      both without a name
# BIN=FILE packs that program for one architecture instead of building it; VERSION names
# the version, otherwise the last commit does; MAINTAINER who answers for the package.
set -euo pipefail
cd "$(dirname "$0")/.."
stamp=$(git log -1 --format=%ct)
version=${VERSION:-0.$(date -u -d "@$stamp" +%Y%m%d.%H%M)+$(git log -1 --format=%h)}
export SOURCE_DATE_EPOCH=$stamp CGO_ENABLED=0
archs=("$@")
if ((${#archs[@]} == 0)); then archs=(amd64 arm64); fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for arch in "${archs[@]}"; do
  at=$work/$arch
  install -d "$at"/{DEBIAN,etc/fengsui,usr/bin,usr/lib/systemd/system,usr/share/doc/fengsui/examples}
  if [[ -n ${BIN:-} ]]; then
    cp "$BIN" "$at/usr/bin/fengsui"
  else
    # The page Health names the commit.
    GOOS=linux GOARCH=$arch go build -buildvcs=auto -trimpath -ldflags='-s -w' -o "$at/usr/bin/fengsui" ./cmd/fengsui
  fi
  chmod 0755 "$at/usr/bin/fengsui"
  if readelf -l "$at/usr/bin/fengsui" 2>/dev/null | grep -q INTERP; then
    echo "the program for $arch needs libraries beside it" >&2
    exit 1
  fi
  install -m 0644 dist/systemd/*.service dist/systemd/*.timer "$at/usr/lib/systemd/system/"
  install -m 0644 dist/debian/fengsui.yaml "$at/etc/fengsui/fengsui.yaml"
  install -m 0644 docs/fengsui.yaml docs/operate.md docs/move.md docs/mqtt.md docs/seal.md docs/security.md dist/grafana/fengsui.json "$at/usr/share/doc/fengsui/"
  cp -r docs/examples/. "$at/usr/share/doc/fengsui/examples/"
  find "$at/usr/share/doc" -name '*.py' -exec chmod 0644 {} +
  install -m 0755 dist/debian/{postinst,prerm,postrm} "$at/DEBIAN/"
  echo /etc/fengsui/fengsui.yaml >"$at/DEBIAN/conffiles"
  cat >"$at/DEBIAN/control" <<CONTROL
Package: fengsui
Version: $version
Architecture: $arch
Maintainer: ${MAINTAINER:-fengsui <root@localhost>}
Installed-Size: $(du -sk --exclude=DEBIAN "$at" | cut -f 1)
Depends: adduser
Recommends: ca-certificates, openssl
Section: net
Priority: optional
Description: district safety platform
 fengsui hears what the sensors, gateways and vehicles of a district say,
 judges it with risk models, raises warnings in four colours and does not let
 go until people have dealt with them. One program, one directory of data.
CONTROL
  find "$at" -newermt "@$stamp" -exec touch -h -d "@$stamp" {} +
  mkdir -p bin
  dpkg-deb --root-owner-group -Zxz -z2 --build "$at" "bin/fengsui_${version}_$arch.deb"
done
