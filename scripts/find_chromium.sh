#!/bin/sh
# Prints where a Chromium for the browser journeys is; installs Debian's where it may (root and apt-get), else says how.
set -eu

find_chromium() {
    for candidate in "${PARLEY_CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable \
        "/Applications/Chromium.app/Contents/MacOS/Chromium" \
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"; do
        if [ -n "$candidate" ] && command -v "$candidate" 2>/dev/null; then return 0; fi
    done
    return 1
}

find_chromium && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing Debian's Chromium for the browser journeys …" >&2
    export DEBIAN_FRONTEND=noninteractive
    if apt-get update -qq >&2 && apt-get install -y -qq --no-install-recommends chromium >&2; then
        find_chromium && exit 0
    fi
fi
cat >&2 <<'TEXT'
The browser journeys need Chromium, and it could not be installed from here. Install it and run the same again:
  Debian, Ubuntu:  sudo apt-get update && sudo apt-get install chromium
  macOS:           brew install --cask chromium
or name one that you have: PARLEY_CHROMIUM=/path/to/chromium make test
TEXT
exit 1
