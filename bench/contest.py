"""Measure two or more contestants in turns, so that what disturbs the machine disturbs them all."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bench.processes import Process

Window = Callable[[float], dict[str, float]]


@dataclass(frozen=True, slots=True)
class Plan:
    """How long to measure, and with how many conversations at once."""

    windows: int
    seconds: float
    warm_up: float
    sizes: tuple[int, ...]
    idle: int


@dataclass(frozen=True, slots=True)
class Contestant:
    """`window` runs the load for so many seconds; `servers` are the processes whose processor time it costs."""

    name: str
    window: Window
    servers: Sequence[Process] = ()


@dataclass(slots=True)
class Figures:
    """Medians over the windows; `each` are the windows' messages a second, `cpu_us` the server's time for one message."""

    per_s: float
    each: list[float]
    cpu_us: float = 0.0
    busy: float = 0.0
    p50_ms: float | None = None
    p99_ms: float | None = None
    accepted_p50_ms: float | None = None
    extra: dict[str, float] = field(default_factory=dict)

    def ratio_to(self, reference: "Figures") -> float:
        """The median of the ratios turn by turn: steadier than the ratio of medians on a shared machine."""
        return statistics.median(mine / other for mine, other in zip(self.each, reference.each, strict=True))


def measure_in_turns(contestants: Sequence[Contestant], plan: Plan) -> dict[str, Figures]:
    """Warm everybody up, then let each have a window, and again."""
    for contestant in contestants:
        contestant.window(plan.warm_up)
    seen: dict[str, list[dict[str, float]]] = {contestant.name: [] for contestant in contestants}
    for _ in range(plan.windows):
        for contestant in contestants:
            seen[contestant.name].append(_run_window(contestant, plan.seconds))
    return {name: _summarise(windows) for name, windows in seen.items()}


def _run_window(contestant: Contestant, seconds: float) -> dict[str, float]:
    before = sum(server.cpu_seconds() for server in contestant.servers)
    figures = contestant.window(seconds)
    spent = sum(server.cpu_seconds() for server in contestant.servers) - before
    figures["cpu_us"] = spent / figures["count"] * 1e6 if figures.get("count") else 0.0
    figures["busy"] = spent / figures.get("seconds", seconds)
    return figures


def _summarise(windows: list[dict[str, float]]) -> Figures:
    def middle(name: str) -> float | None:
        values = [window[name] for window in windows if name in window]
        return statistics.median(values) if values else None

    return Figures(
        per_s=statistics.median(window["per_s"] for window in windows),
        each=[window["per_s"] for window in windows],
        cpu_us=middle("cpu_us") or 0.0,
        busy=middle("busy") or 0.0,
        p50_ms=middle("p50_ms"),
        p99_ms=middle("p99_ms"),
        accepted_p50_ms=middle("accepted_p50_ms"),
    )
