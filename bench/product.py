"""The product under test: installed in a folder of its own, started as `manage.py serve`, driven from outside."""

import http.client
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.check import find_faults
from bench.machine import Cores
from bench.processes import ROOT, Failed, Process, free_port, run
from bench.servers import Server
from bench.worker import LoadWorker

AGENTS = 20


@dataclass(frozen=True, slots=True)
class Installation:
    """A seeded database and data folder; `env` is what every process of it gets."""

    name: str
    folder: Path
    env: dict[str, str]
    public_id: str
    agents: list[str]
    questions: list[str]
    cores: Cores

    @contextmanager
    def serve(self, *, label: str = "", env: dict[str, str] | None = None) -> Iterator[Server]:
        """One web process, listening when this returns; `env` adds to the installation's."""
        port = free_port()
        env = {**self.env, **(env or {}), "PORT": str(port)}
        process = Process(
            [sys.executable, str(ROOT / "manage.py"), "serve", "--no-demo"],
            name=f"product-{self.name}{label}", folder=self.folder, cores=self.cores.server, env=env,
        )  # fmt: skip
        try:
            process.wait_for_port(port)
            yield Server(process, port)
        finally:
            process.stop()

    def fetch_tokens(self, server: Server, count: int) -> list[str]:
        """Visitors' tokens, each of a new visitor, from bootstrap as the widget asks for it."""
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        tokens = []
        for _ in range(count):
            connection.request(
                "POST",
                f"/api/v1/widget/{self.public_id}/bootstrap/",
                b"{}",
                {"Content-Type": "application/json"},
            )
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200:
                raise Failed(f"bootstrap answered {answer.status}: {body[:300]!r}")
            tokens.append(str(json.loads(body)["token"]))
        connection.close()
        return tokens

    def load(self, scenario: str, servers: list[Server], *, visitors: int, **options: Any) -> LoadWorker:
        """A generator with tokens for so many visitors, spread over the servers."""
        tokens = self.fetch_tokens(servers[0], visitors)
        url = ",".join(server.ws for server in servers)
        return LoadWorker(
            scenario, cores=self.cores.others, url=url, tokens=tokens, questions=self.questions, **options
        )

    def find_faults(self, totals: dict[str, Any]) -> list[str]:
        """What the clients were told against what is stored, and the clients' own complaints."""
        stored = json.loads(run([sys.executable, "-m", "bench.check"], env=self.env))
        faults = find_faults(
            stored=stored,
            sessions=totals.get("sessions", {}),
            visitors=totals.get("accepted", 0),
            agents=totals.get("agents_accepted", 0),
        )
        return faults + [f"{what} ({count} times)" for what, count in totals["troubles"].items()]


def install(*, name: str, folder: Path, env: dict[str, str], cores: Cores) -> Installation:
    """Migrate and seed; `env` has DATABASE_URL and REDIS_URL, or neither for the embedded set-up."""
    data = folder / f"data-{name}"
    data.mkdir()
    env = {**env, "PARLEY_DATA": str(data), "PARLEY_RATE_LIMITS": "off", "HOST": "127.0.0.1",
           "DJANGO_SETTINGS_MODULE": "config.settings"}  # fmt: skip
    seeded = json.loads(run([sys.executable, "-m", "bench.seed", str(AGENTS)], env=env))
    return Installation(name, folder, env, seeded["public_id"], seeded["agents"], seeded["questions"], cores)
