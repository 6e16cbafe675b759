"""The real product as processes of its own: `manage.py serve` on a free port, with its own data, on either set-up."""

import atexit
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import ClassVar

import psycopg

from tests.service_process import ServiceProcess
from tests.services import execute, run_redis

ROOT = Path(__file__).resolve().parents[1]
DEMO_PASSWORD = "demo password for tests"
# Who sets one of these wants a first start of their own.
DECIDES_THE_DEMO = {"EMBEDDER", "DEMO_PASSWORD", "PARLEY_DATA", "DATABASE_URL", "SECRET_KEY", "HOST"}


class ServerProcess(ServiceProcess):
    """`manage.py serve`: web, sockets and jobs in one process; migrates and loads the demo before it listens."""

    name = "Parley"
    ready_words = "uvicorn running on"
    stop_signal = signal.SIGTERM

    def __init__(self, folder: Path, variables: dict[str, str]) -> None:
        super().__init__(folder, user=None)
        self.data = Path(variables.get("PARLEY_DATA", folder))
        self._variables = variables
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        return [sys.executable, "manage.py", "serve"]

    def environment(self) -> dict[str, str]:
        unset = {
            "DATABASE_URL",
            "REDIS_URL",
            "DJANGO_SETTINGS_MODULE",
            "SECRET_KEY",
            "DEBUG",
            "BASE_URL",
            "HOST",
        }
        inherited = {name: value for name, value in os.environ.items() if name not in unset}
        own = {"PORT": str(self.port), "PARLEY_DATA": str(self.data), "DEMO_PASSWORD": DEMO_PASSWORD}
        # Embedding the demo takes longer than most journeys; those about meaning say EMBEDDER=auto.
        own["EMBEDDER"] = "none"
        return {**inherited, "PYTHONUNBUFFERED": "1", **own, **self._variables}

    def working_folder(self) -> Path:
        return ROOT

    def manage(self, *arguments: str, stdin: str | None = None) -> str:
        """Run `manage.py ARGUMENTS` against this installation; returns what it printed. Raises on failure."""
        result = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment(),
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode:
            raise RuntimeError(f"manage.py {' '.join(arguments)} failed:\n{result.stdout}{result.stderr}")
        return result.stdout.strip()

    def issue_token(self, email: str) -> str:
        return self.manage("issue_token", email)

    def read_log(self) -> str:
        return self.log.read_text(errors="replace")


class WebProcess(ServerProcess):
    """One more web process of the same installation, as the Procfile starts it."""

    def command(self) -> list[str]:
        line = re.search(r"^web: python (.+)$", (ROOT / "Procfile").read_text(), re.MULTILINE)
        assert line
        return [
            sys.executable,
            *line[1].replace("$PORT", str(self.port)).replace("0.0.0.0", "127.0.0.1").split(),
        ]


class Installation:
    """One server process, and as many more web processes as a test asks for, on the same data."""

    def __init__(self, folder: Path, variables: dict[str, str], *, processes: int) -> None:
        self.folder = folder
        self.server = ServerProcess(folder / "server", {"PARLEY_DATA": str(folder / "data"), **variables})
        self.webs: list[ServerProcess] = [self.server]
        for number in range(1, processes):
            shared = {"PARLEY_DATA": str(folder / "data"), **variables}
            self.webs.append(WebProcess(folder / f"web-{number}", shared))

    def stop(self) -> None:
        for process in reversed(self.webs):
            process.stop()


@contextmanager
def run_installation(
    *, setup: str, processes: int = 1, variables: dict[str, str] | None = None
) -> Iterator[Installation]:
    """Start Parley with data of its own; on `distributed`, with a database and a Redis of its own.

    More than one process needs `distributed`. All of it is gone afterwards.
    """
    if setup != "distributed" and processes > 1:
        raise ValueError("Several processes need PostgreSQL and Redis: setup='distributed'.")
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="parley-server-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        first = FirstStart.of(setup) if not DECIDES_THE_DEMO & set(variables or {}) else None
        own = _make_parts(stack, setup, first)
        if first is not None:
            shutil.copytree(first.data, folder / "data")
        installation = Installation(folder, {**own, **(variables or {})}, processes=processes)
        stack.callback(installation.stop)
        yield installation


class FirstStart:
    """What a first start leaves: migrated, with the demo. Made once a test process, and copied for each installation."""

    _made: ClassVar[dict[str, "FirstStart"]] = {}

    def __init__(self, setup: str) -> None:
        self._stack = ExitStack()
        folder = Path(tempfile.mkdtemp(prefix="parley-first-start-"))
        self._stack.callback(shutil.rmtree, folder, ignore_errors=True)
        atexit.register(self._stack.close)
        self.data = folder / "data"
        with ExitStack() as stack:
            own = _make_parts(stack, setup, None, keep=self._stack)
            self.database = own.get("DATABASE_URL", "")
            server = ServerProcess(folder / "server", {"PARLEY_DATA": str(self.data), **own})
            stack.callback(server.stop)

    @classmethod
    def of(cls, setup: str) -> "FirstStart":
        if setup not in cls._made:
            cls._made[setup] = cls(setup)
        return cls._made[setup]


def _make_parts(
    stack: ExitStack, setup: str, first: FirstStart | None, *, keep: ExitStack | None = None
) -> dict[str, str]:
    """The variables of an installation of its own; its Redis goes with `stack`, its database with `keep` if given."""
    own: dict[str, str] = {}
    if setup == "distributed":
        template = first.database.rsplit("/", 1)[1] if first is not None else "template1"
        own["DATABASE_URL"] = (keep or stack).enter_context(_make_database(template))
        own["REDIS_URL"] = stack.enter_context(run_redis()).url
    return own


@contextmanager
def _make_database(template: str) -> Iterator[str]:
    """A database beside the tests' own, on the PostgreSQL that the set-up started."""
    base, name = os.environ["DATABASE_URL"].rsplit("/", 1)[0], f"server_{uuid.uuid4().hex[:12]}"
    execute(f"{base}/postgres", f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield f"{base}/{name}"
    finally:
        with suppress(psycopg.OperationalError):  # when the tests end, PostgreSQL may have gone before it
            execute(f"{base}/postgres", f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
