#!/usr/bin/env bash
# A picture of every screen of the show into docs/screens, in few colours to be small.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v pngquant >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends pngquant >/dev/null; }
export FENGSUI_SCREENS
FENGSUI_SCREENS=$(mktemp -d)
trap 'rm -rf "$FENGSUI_SCREENS"' EXIT
bash scripts/e2e.sh -c screens/playwright.config.ts "$@"
pngquant --quality 50-80 --speed 1 --strip --ext .png --force "$FENGSUI_SCREENS"/*.png
mkdir -p docs/screens
cp "$FENGSUI_SCREENS"/*.png docs/screens/
du -sh docs/screens
