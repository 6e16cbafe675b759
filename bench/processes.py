"""Start, watch and stop the processes of a run."""

import os
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from bench.machine import pinned

ROOT = Path(__file__).resolve().parent.parent
START_TIMEOUT_S = 120.0
STOP_TIMEOUT_S = 15.0


class Failed(Exception):
    """A process did not do what the run needs; the text says which and shows its last words."""


class Process:
    """One child in a process group of its own, with its output in a file."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        name: str,
        folder: Path,
        cores: frozenset[int] = frozenset(),
        env: Mapping[str, str] | None = None,
        user: str | None = None,
    ) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        with pinned(cores), self.log.open("ab") as output:
            self._child = subprocess.Popen(
                command,
                cwd=ROOT if user is None else "/",
                env={**os.environ, **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=user,
            )

    @property
    def pid(self) -> int:
        return self._child.pid

    def wait_for_port(self, port: int, *, host: str = "127.0.0.1") -> None:
        """Return when somebody listens; raise Failed with the log's end when nobody will."""
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            if self._child.poll() is not None:
                raise Failed(f"{self.name} ended with status {self._child.returncode}:\n{self.tail()}")
            with socket.socket() as probe:
                probe.settimeout(1)
                if probe.connect_ex((host, port)) == 0:
                    return
            time.sleep(0.05)
        raise Failed(f"{self.name} did not listen on port {port} in {START_TIMEOUT_S:.0f} s:\n{self.tail()}")

    def tail(self, lines: int = 25) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def cpu_seconds(self) -> float:
        """Processor time of the process and its children so far."""
        total = 0.0
        for process in self._family():
            try:
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            total += times.user + times.system
        return total

    def resident_bytes(self) -> int:
        """Memory that the process and its children hold."""
        return sum(process.memory_info().rss for process in self._family())

    def stop(self) -> None:
        """Ask by SIGTERM, insist by SIGKILL; safe to call twice."""
        family = self._family()
        if self._child.poll() is None:
            self._child.terminate()
            try:
                self._child.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()
        for process in family:
            if process.is_running() and process.pid != self._child.pid:
                process.kill()

    def _family(self) -> list[psutil.Process]:
        try:
            parent = psutil.Process(self._child.pid)
            return [parent, *parent.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []


def free_port() -> int:
    """A port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def run(
    command: Sequence[str], *, env: Mapping[str, str] | None = None, cores: frozenset[int] = frozenset()
) -> str:
    """Run to the end and return what it printed; raise Failed with its errors when it fails."""
    with pinned(cores):
        done = subprocess.run(
            command, cwd=ROOT, env={**os.environ, **(env or {})}, capture_output=True, text=True, check=False
        )
    if done.returncode:
        raise Failed(f"{' '.join(command[:4])} failed with status {done.returncode}:\n{done.stderr[-3000:]}")
    return done.stdout
