"""Draw latency against load from a run's figures: `python -m bench.charts FIGURES.json FOLDER`.

Writes `latency-sqlite.svg` and `latency-postgresql.svg`, a line for each contestant: p50 in full, p99 dashed.
"""

import json
import sys
from pathlib import Path
from typing import Any

import pygal
from pygal.style import Style

from bench.sections.curve import SIZES
from bench.sections.setup import DISTRIBUTED, EMBEDDED

FILES = {EMBEDDED: "latency-sqlite.svg", DISTRIBUTED: "latency-postgresql.svg"}
COLOURS = ("#0b6e4f", "#5aa786", "#c2410c", "#6d4aa8", "#8a6d1d")


def draw_charts(figures: dict[str, Any], folder: Path) -> list[Path]:
    """One file for each set-up of the run; returns those written."""
    machine = figures["machine"]["processor"]
    return [
        draw_chart(figures["figures"], setup=setup, machine=machine, file=folder / name)
        for setup, name in FILES.items()
        if f"curve, {SIZES[0]} · {setup}" in figures["figures"]
    ]


def draw_chart(figures: dict[str, Any], *, setup: str, machine: str, file: Path) -> Path:
    """A logarithmic scale, since one conversation takes a millisecond and two hundred take hundreds."""
    by_size = [figures[f"curve, {size} · {setup}"] for size in SIZES]
    names = list(by_size[0])
    chart = pygal.Line(
        style=Style(
            colors=tuple(colour for colour in COLOURS[: len(names)] for _ in range(2)),
            background="white", plot_background="white", font_family="system-ui, sans-serif",
        ),
        js=[], logarithmic=True, dots_size=2.5, width=900, height=520, legend_at_bottom=True, legend_at_bottom_columns=2,
        title=f"Durable bot rounds, {setup}: milliseconds (p50 full, p99 dashed), {machine}, one core",
        x_title="conversations at once, one message in flight each", y_title="ms",
    )  # fmt: skip
    chart.x_labels = [str(size) for size in SIZES]
    for name in names:
        for measure, dashes in (("p50_ms", ""), ("p99_ms", "6, 4")):
            values = [seen[name][measure] and round(seen[name][measure], 2) for seen in by_size]
            style = {"width": 2.5, "dasharray": dashes} if dashes else {"width": 2.5}
            chart.add(f"{name}, {measure[:3]}", values, stroke_style=style)
    chart.render_to_file(str(file))
    return file


if __name__ == "__main__":
    for written in draw_charts(json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2])):
        print(written)
