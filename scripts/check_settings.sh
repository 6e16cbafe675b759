#!/bin/sh
# No migration is missing, and Django's checks pass: as it starts by default, and as an installation on the Internet.
set -eu
python=${VENV:-.venv}/bin/python
PARLEY_DATA=$(mktemp -d)
export PARLEY_DATA
trap 'rm -rf "$PARLEY_DATA"' EXIT
"$python" manage.py makemigrations --check --dry-run
"$python" manage.py check --fail-level WARNING
SECRET_KEY=a-key-of-fifty-characters-or-more-that-is-only-for-this-check-9f2c \
    BASE_URL=https://chat.example.org ALLOWED_HOSTS=chat.example.org SECURE_SSL_REDIRECT=true BEHIND_PROXY=true \
    SECURE_HSTS_SECONDS=3600 "$python" manage.py check --deploy --fail-level ERROR
