"""Parley as a fault finds it: web processes, PostgreSQL and Redis of its own, each to be killed, frozen and restarted.

Starting all of it takes some 10 s, so a stage is shared by all faults of a run (and all their seeds), and `mend` puts
right what a fault left broken. A fault that needs other settings starts one more web process on the same data.
"""

import asyncio
import contextlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psycopg
from django.conf import settings

from tests.faults.people import find_public_id
from tests.faults.proxy import Proxy
from tests.server import DEMO_PASSWORD, ServerProcess, WebProcess
from tests.services import Services

# `make faults FULL=1`: the product's own times, and faults as long as they are in real life.
FULL = os.environ.get("PARLEY_FAULTS_FULL") == "1"
PACE = 1.0 if FULL else 0.1
SHORT_TIMES = {
    "HEARTBEAT_SECONDS": "3",
    "POSITION_CHECK_SECONDS": "1.5",
    "PERMISSION_CHECK_SECONDS": "0.5",
    "TURN_LEASE_SECONDS": "3",
    "SOCKET_SILENCE_SECONDS": "15",
    "HINT_TIMEOUT_SECONDS": "0.5",
    "DATABASE_WAIT_SECONDS": "2",
    "WRITER_PARK_LIMIT_SECONDS": "2",
    "WRITER_WAIT_SECONDS": "3",
}
# A killed PostgreSQL keeps what it committed; what a power cut does is not asked here.
KEPT = {"synchronous_commit": "on", "full_page_writes": "on"}
TIMES = {} if FULL else SHORT_TIMES
HEARTBEAT_SECONDS = int(TIMES.get("HEARTBEAT_SECONDS", "30"))
POSITION_CHECK_SECONDS = float(TIMES.get("POSITION_CHECK_SECONDS", "15"))


def last(seconds: float, *, short: float) -> float:
    """How long a fault lasts: as faults.md has it in a full run, else `short`."""
    return seconds if FULL else short


class Stage:
    """`webs[0]` loaded the demo and does the jobs. On `services` there is a second one, `webs[1]`, that reaches PostgreSQL
    and Redis through `database_proxy` and `redis_proxy`.
    """

    database_proxy: Proxy
    redis_proxy: Proxy

    def __init__(self, *, distributed: bool, variables: dict[str, str] | None = None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="parley-stage-"))
        self.services = Services.start(settings=KEPT) if distributed else None
        self.variables = {
            "PARLEY_DATA": str(self.folder / "data"),
            "SECRET_KEY": settings.SECRET_KEY,
            "PARLEY_RATE_LIMITS": "off",
            **TIMES,
            **(self.services.environment() if self.services else {}),
            **(variables or {}),
        }
        self.webs: list[ServerProcess] = [ServerProcess(self.folder / "server", self.variables)]
        self.extra: list[ServerProcess] = []
        if self.services:
            self.database_proxy = Proxy(self.services.postgres.port)
            self.redis_proxy = Proxy(self.services.redis.port)
            self.webs.append(WebProcess(self.folder / "web-1", {**self.variables, **self.proxied}))
        self.public_id = find_public_id(self.webs[0].url)
        self._tokens: dict[str, str] = {}
        self._spare: list[str] = []

    # Processes -------------------------------------------------------------------------------------------------------
    @property
    def urls(self) -> list[str]:
        return [web.url for web in self.webs]

    @property
    def proxied(self) -> dict[str, str]:
        """The variables with which a process goes through the proxies."""
        return {
            "DATABASE_URL": self.database_proxy.redirect(self.postgres.url),
            "REDIS_URL": self.redis_proxy.redirect(self.redis.url),
        }

    @property
    def postgres(self) -> Any:
        assert self.services
        return self.services.postgres

    @property
    def redis(self) -> Any:
        assert self.services
        return self.services.redis

    def start_web(self, **variables: str) -> ServerProcess:
        """One more web process of this installation, with settings of its own; gone with `mend`."""
        number = len(list(self.folder.glob("extra-*.log")))
        web = WebProcess(self.folder / f"extra-{number}", {**self.variables, **variables})
        self.extra.append(web)
        return web

    def mend(self) -> None:
        """Start what is not running, thaw what is frozen, and end the extra processes."""
        for web in self.extra:
            web.kill()
        self.extra.clear()
        if self.services:
            self.database_proxy.heal()
            self.redis_proxy.heal()
            for service in (self.services.redis, self.services.postgres):
                service.thaw()
                if not service.is_running:
                    service.start()
        for web in self.webs:
            web.thaw()
        stopped = [web for web in self.webs if not web.is_running]
        with ThreadPoolExecutor() as threads:
            list(threads.map(_restart, stopped))

    def stop(self) -> None:
        for web in [*self.extra, *self.webs]:
            web.kill()
        if self.services:
            self.services.stop()
            self.database_proxy.stop()
            self.redis_proxy.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    # People ----------------------------------------------------------------------------------------------------------
    async def make_visitors(self, count: int, *, public_id: str = "") -> list[str]:
        """Tokens of new visitors, as the widget gets them."""
        address = f"{self.webs[0].url}/api/v1/widget/{public_id or self.public_id}/bootstrap/"
        limit = asyncio.Semaphore(16)
        async with httpx.AsyncClient(timeout=30) as http:

            async def fetch() -> str:
                async with limit:
                    return str((await http.post(address, json={})).raise_for_status().json()["token"])

            return list(await asyncio.gather(*(fetch() for _ in range(count))))

    async def reuse_visitors(self, count: int) -> list[str]:
        """As many tokens of visitors who may have talked before; for crowds."""
        self._spare += await self.make_visitors(max(0, count - len(self._spare)))
        return self._spare[:count]

    async def sign_in(self, email: str) -> str:
        """An API token of one of the demo's people."""
        if email not in self._tokens:
            body = {"email": email, "password": DEMO_PASSWORD}
            async with httpx.AsyncClient(timeout=30) as http:
                answer = await http.post(f"{self.webs[0].url}/api/v1/token/", json=body)
            self._tokens[email] = answer.raise_for_status().json()["access"]
        return self._tokens[email]

    # The database, read from outside ---------------------------------------------------------------------------------
    def query(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Rows from PostgreSQL or SQLite; write parameters as %s."""
        if self.services:
            with psycopg.connect(self.services.postgres.url, autocommit=True) as connection:
                return connection.execute(statement.encode(), parameters).fetchall()
        path = Path(self.variables["PARLEY_DATA"]) / "parley.sqlite3"
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as file:
            return file.execute(statement.replace("%s", "?"), parameters).fetchall()

    def query_sessions(self, statement: str, sessions: Sequence[str]) -> list[tuple[Any, ...]]:
        """`query` with `IN (…)` in place of IN_SESSIONS."""
        if not sessions:
            return []
        keys = list(sessions) if self.services else [session.replace("-", "") for session in sessions]
        marks = ",".join(["%s::uuid" if self.services else "%s"] * len(keys))
        return self.query(statement.replace("IN_SESSIONS", f"IN ({marks})"), *keys)


def _restart(process: ServerProcess) -> None:
    process.restart()
