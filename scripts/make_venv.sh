#!/bin/sh
# Makes .venv with Python 3.11 or newer and uv in it, or says what to install. Usage: scripts/make_venv.sh [FOLDER]
set -eu
venv=${1:-.venv}

fits() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

python=
for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
    if fits "$candidate"; then python=$candidate; break; fi
done
if [ -z "$python" ]; then
    echo "Parley needs Python 3.11 or newer. Install it:" >&2
    echo "  Debian 12:  apt-get install python3 python3-venv" >&2
    echo "  macOS:      brew install python@3.12" >&2
    echo "or name one: make run PYTHON=/path/to/python3" >&2
    exit 1
fi

if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    echo "$python cannot make virtual environments. Install what is missing, as root:" >&2
    echo "  Debian, Ubuntu:  apt-get install python3-venv   (or python$version-venv)" >&2
    exit 1
fi

if [ ! -x "$venv/bin/python" ] || ! fits "$venv/bin/python"; then
    echo "Making $venv with $("$python" --version) …"
    rm -rf "$venv"
    "$python" -m venv "$venv" || { rm -rf "$venv"; exit 1; }
fi
