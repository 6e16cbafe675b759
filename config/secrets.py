"""The installation's secret key, made on first start."""

import os
import secrets
from pathlib import Path


def read_or_make_secret(path: Path) -> str:
    """Return the secret kept in `path`, writing a new one (mode 0600) when there is none.

    Safe when several processes start at once: the first to create the file wins and the others read it.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read_complete(path)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(50) + "\n")
    return _read_complete(path)


def _read_complete(path: Path) -> str:
    for _ in range(1_000):
        text = path.read_text()
        if text.endswith("\n"):
            return text.strip()
        os.sched_yield() if hasattr(os, "sched_yield") else None
    raise RuntimeError(f"{path} is incomplete: delete it, and a new secret is made at the next start.")
