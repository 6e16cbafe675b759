#!/bin/sh
# Installs a compiled requirements file into .venv, every file checked against its hash: with uv, else with pip.
# Usage: scripts/install_requirements.sh REQUIREMENTS [FOLDER]
set -eu
requirements=$1
venv=${2:-.venv}
pip() { "$venv/bin/python" -m pip --disable-pip-version-check "$@"; }

echo "Installing $requirements …"
if [ ! -x "$venv/bin/uv" ]; then
    pip install --quiet --require-hashes -r requirements/uv.txt || echo "uv is not to be had here; going on with pip." >&2
fi
if [ -x "$venv/bin/uv" ] &&
    "$venv/bin/uv" pip install --quiet --python "$venv/bin/python" --require-hashes -r "$requirements"; then
    exit 0
fi
pip install --quiet --require-hashes -r "$requirements"
