"""One table and one JSON file of a run."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One measured line. `goal` is the bound on `value`: at least it, or at most it where `at_most` is set."""

    what: str
    setup: str
    value: float
    unit: str
    measured: str
    goal: float | None = None
    at_most: bool = False

    @property
    def reached(self) -> bool | None:
        if self.goal is None:
            return None
        return self.value <= self.goal if self.at_most else self.value >= self.goal

    def verdict(self) -> str:
        if self.goal is None:
            return ""
        if self.reached:
            return "reached"
        share = self.goal / self.value if self.at_most and self.value else self.value / self.goal
        return f"{share * 100:.0f} % of the way"

    def bound(self) -> str:
        if self.goal is None:
            return "–"
        return f"{'≤' if self.at_most else '≥'} {self.goal:g}{_space(self.unit)}"


@dataclass(slots=True)
class Report:
    """Rows as they come in; troubles make a run invalid, and it says so."""

    machine: dict[str, Any]
    rows: list[Row] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)

    def add(self, row: Row) -> None:
        self.rows.append(row)
        print(f"  {row.what} · {row.setup}: {row.value:.3g}{_space(row.unit)} ({row.measured})", flush=True)

    def keep(self, name: str, figures: dict[str, Any]) -> None:
        """Raw figures for the file, by scenario, set-up and contestant."""
        self.figures[name] = figures

    def complain(self, trouble: str) -> None:
        self.troubles.append(trouble)
        print(f"  ! {trouble}", flush=True)

    def table(self) -> str:
        """Markdown, as docs/performance.md has it."""
        head = ["goal", "set-up", "at least / at most", "measured", "from", "reached"]
        lines = [head, ["---"] * len(head)]
        lines += [
            [
                row.what,
                row.setup,
                row.bound(),
                f"{row.value:.3g}{_space(row.unit)}",
                row.measured,
                row.verdict(),
            ]
            for row in self.rows
        ]
        return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)

    def write(self, file: Path) -> None:
        rows = [{**asdict(row), "reached": row.reached} for row in self.rows]
        content = {"machine": self.machine, "rows": rows, "troubles": self.troubles, "figures": self.figures}
        file.write_text(json.dumps(content, indent=1) + "\n")


def _space(unit: str) -> str:
    return unit if unit == "×" else f" {unit}" if unit else ""
