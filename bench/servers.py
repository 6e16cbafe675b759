"""Start the servers that are measured: the references, and the product as `make run` starts it."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.processes import Process, free_port, run


@dataclass(frozen=True, slots=True)
class Server:
    process: Process
    port: int

    @property
    def ws(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def start_uvicorn(
    application: str,
    *,
    name: str,
    folder: Path,
    cores: frozenset[int],
    env: Mapping[str, str] | None = None,
    lifespan: bool = False,
) -> Server:
    """uvicorn's fastest WebSocket implementation, one process, uvloop: what the product uses too."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", application, "--ws", "websockets-sansio", "--loop", "uvloop",
               "--http", "httptools", "--port", str(port), "--log-level", "warning", "--no-access-log",
               "--lifespan", "on" if lifespan else "off"]  # fmt: skip
    process = Process(command, name=name, folder=folder, cores=cores, env=env)
    process.wait_for_port(port)
    return Server(process, port)


def start_echo(*, folder: Path, cores: frozenset[int]) -> Server:
    return start_uvicorn("bench.references.echo:application", name="echo", folder=folder, cores=cores)


def start_stock(*, name: str, folder: Path, cores: frozenset[int], env: Mapping[str, str]) -> Server:
    """The stock chat on fresh tables; `env` has STOCK_SQLITE, or DATABASE_URL and REDIS_URL."""
    run([sys.executable, "-m", "bench.references.stock.database", "make"], env=env)
    return start_uvicorn(
        "bench.references.stock.asgi:application", name=name, folder=folder, cores=cores, env=env
    )
