"""Measure two or more contestants in turns, so that what disturbs the machine disturbs them all."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import psutil

from bench.processes import Process

TOLERATED = 0.1
Window = Callable[[float], dict[str, float]]


@dataclass(frozen=True, slots=True)
class Plan:
    """How long to measure, and with how many conversations at once; a disturbed turn is repeated `retries` times.

    `idle` connections are held, and `stored` messages lie in the database where growth is measured.
    """

    windows: int
    retries: int
    seconds: float
    warm_up: float
    sizes: tuple[int, ...]
    idle: int
    stored: int


@dataclass(frozen=True, slots=True)
class Contestant:
    """`window` runs the load for so many seconds; `servers` are the processes whose processor time it costs."""

    name: str
    window: Window
    servers: Sequence[Process] = ()


@dataclass(slots=True)
class Figures:
    """Medians over the windows; `each` are the windows' messages a second.

    `cpu_us` is the server's processor time for one message; `busy` and `disturbed` are the shares of the server's core
    that the server and strangers had.
    """

    per_s: float
    each: list[float]
    cpu_us: float = 0.0
    busy: float = 0.0
    disturbed: float = 0.0
    p50_ms: float | None = None
    p99_ms: float | None = None
    accepted_p50_ms: float | None = None
    extra: dict[str, float] = field(default_factory=dict)

    def ratio_to(self, reference: "Figures") -> float:
        """The median of the ratios turn by turn: steadier than the ratio of medians on a shared machine.

        A reference that got nothing done in a window (somebody else had the machine) makes that turn count as 0.
        """
        turns = zip(self.each, reference.each, strict=True)
        return statistics.median(mine / other if other else 0.0 for mine, other in turns)

    def cpu_ratio_to(self, reference: "Figures") -> float:
        """How many times less processor time of the server a message takes; hardly moved by strangers' load."""
        return reference.cpu_us / self.cpu_us if self.cpu_us else 0.0


def measure_in_turns(
    contestants: Sequence[Contestant], plan: Plan, *, core: int | None
) -> dict[str, Figures]:
    """Warm everybody up, then let each have a window, and again; `core` is the servers', where they are pinned."""
    for contestant in contestants:
        contestant.window(plan.warm_up)
    turns = [_run_turn(contestants, plan, core) for _ in range(plan.windows)]
    return {
        contestant.name: _summarise([turn[contestant.name] for turn in turns]) for contestant in contestants
    }


def _run_turn(contestants: Sequence[Contestant], plan: Plan, core: int | None) -> dict[str, dict[str, float]]:
    """One window each; the least disturbed of a few tries, where strangers work on the servers' core."""
    best: dict[str, dict[str, float]] = {}
    for _ in range(1 + plan.retries):
        turn = {contestant.name: _run_window(contestant, plan.seconds, core) for contestant in contestants}
        if not best or _disturbance(turn) < _disturbance(best):
            best = turn
        if _disturbance(best) <= TOLERATED:
            break
    return best


def _disturbance(turn: dict[str, dict[str, float]]) -> float:
    return max(window["disturbed"] for window in turn.values())


def _run_window(contestant: Contestant, seconds: float, core: int | None) -> dict[str, float]:
    before, busy_before = sum(server.cpu_seconds() for server in contestant.servers), _busy_seconds(core)
    begun_at = time.monotonic()
    figures = contestant.window(seconds)
    length = time.monotonic() - begun_at
    spent = sum(server.cpu_seconds() for server in contestant.servers) - before
    figures["cpu_us"] = spent / figures["count"] * 1e6 if figures.get("count") else 0.0
    figures["busy"] = spent / length
    taken = (_busy_seconds(core) - busy_before - spent) / length
    figures["disturbed"] = max(0.0, taken) if contestant.servers else 0.0
    return figures


def _busy_seconds(core: int | None) -> float:
    """What everybody together has used of the core so far."""
    if core is None:
        return 0.0
    times = psutil.cpu_times(percpu=True)[core]
    return float(times.user + times.nice + times.system)


def _summarise(windows: list[dict[str, float]]) -> Figures:
    def middle(name: str) -> float | None:
        values = [window[name] for window in windows if name in window]
        return statistics.median(values) if values else None

    return Figures(
        per_s=statistics.median(window["per_s"] for window in windows),
        each=[window["per_s"] for window in windows],
        cpu_us=middle("cpu_us") or 0.0,
        busy=middle("busy") or 0.0,
        disturbed=middle("disturbed") or 0.0,
        p50_ms=middle("p50_ms"),
        p99_ms=middle("p99_ms"),
        accepted_p50_ms=middle("accepted_p50_ms"),
    )
