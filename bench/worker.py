"""A load generator as the run sees it: a child process that is given orders."""

import json
import subprocess
import sys
from contextlib import suppress
from typing import Any

from bench.machine import pinned
from bench.processes import ROOT, Failed


class LoadWorker:
    """Starts `bench.load` with a scenario; use as a context manager, so that it never outlives the run."""

    def __init__(self, scenario: str, *, cores: frozenset[int], **options: Any) -> None:
        self.scenario = scenario
        with pinned(cores):
            self._child = subprocess.Popen(
                [sys.executable, "-m", "bench.load"],
                cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
            )  # fmt: skip
        self._say({"scenario": scenario, **options})

    def open(self, count: int) -> None:
        self._order({"do": "open", "count": count})

    def window(self, seconds: float) -> dict[str, float]:
        """Messages a second and latencies of one window; see bench.meter."""
        return self._order({"do": "window", "seconds": seconds})

    def totals(self) -> dict[str, Any]:
        return self._order({"do": "totals"})

    def __enter__(self) -> "LoadWorker":
        return self

    def __exit__(self, *reason: object) -> None:
        self._child.terminate()
        self._child.wait()

    def _order(self, order: dict[str, Any]) -> dict[str, Any]:
        assert self._child.stdout is not None
        self._say(order)
        answer = self._child.stdout.readline()
        if not answer:
            raise Failed(f"the load generator ({self.scenario}) ended with status {self._child.wait()}")
        answered: dict[str, Any] = json.loads(answer)
        return answered

    def _say(self, words: dict[str, Any]) -> None:
        assert self._child.stdin is not None
        with suppress(BrokenPipeError):  # it has ended: the missing answer tells
            self._child.stdin.write(json.dumps(words) + "\n")
            self._child.stdin.flush()
