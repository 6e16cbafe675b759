"""Repeats the faults with seeds and prints a table; exit status 0 only when every promise was kept.

python -m tests.faults --runs 20            all of them, twenty seeds each
python -m tests.faults --runs 2 x04 x05     two of them
python -m tests.faults --full x05           with the product's own times, and the fault as long as in real life
python -m tests.faults --seed 7 x04         begins with that seed: repeats what the table complained about
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.server import ROOT

FOLDER = ROOT / "tests" / "faults"
FAULTS = 25
# Playwright's loop and pytest-asyncio's do not get on in one process.
PARTS = ("fault and not journey", "fault and journey")
NO_TESTS = 5
ROW = "{:<5}{:<58}{:>5}{:>8}{:>6}{:>9}{:>14}{:>12}"


@dataclass
class Line:
    """One fault in the table; a run is a seed, and passed when each of the fault's tests did."""

    name: str
    what: str
    passed: dict[int, bool] = field(default_factory=dict)
    lost: int = 0
    doubled: int = 0
    out_of_order: int = 0
    recovery: float | None = None

    def add(self, record: dict[str, Any]) -> None:
        self.passed[record["seed"]] = self.passed.get(record["seed"], True) and record["passed"]
        self.lost += record["lost"]
        self.doubled += record["doubled"]
        self.out_of_order += record["out_of_order"]
        if record["recovery_s"] is not None:
            self.recovery = max(self.recovery or 0.0, record["recovery_s"])

    @property
    def is_clean(self) -> bool:
        kept = not (self.lost or self.doubled or self.out_of_order)
        return kept and bool(self.passed) and all(self.passed.values())

    def show(self) -> str:
        slowest = "-" if self.recovery is None else f"{self.recovery:.1f} s"
        counts = (len(self.passed), sum(self.passed.values()), self.lost, self.doubled, self.out_of_order)
        return ROW.format(self.name, self.what[:56], *counts, slowest)


def list_faults(names: Sequence[str]) -> dict[Path, Line]:
    """The chosen faults' files, all when none is named, each with its line of the table."""
    chosen: dict[Path, Line] = {}
    for path in sorted(FOLDER.glob("test_x*.py")):
        number = re.match(r"test_(x\d+)", path.name)
        heading = re.match(r'"""(X\d+): (.*?)[.\n]', path.read_text())
        if number is None or heading is None:
            raise SystemExit(f"{path.name} must begin with the fault's number and what it injects")
        if not names or number[1] in {name.lower() for name in names}:
            chosen[path] = Line(heading[1], heading[2])
    return chosen


def run_part(paths: Sequence[Path], marker: str, environment: dict[str, str]) -> int:
    """One pytest process over these files; returns its exit status."""
    command = [sys.executable, "-m", "pytest", "-q", "-m", marker, "-p", "no:cacheprovider"]
    return subprocess.run([*command, *map(str, paths)], cwd=ROOT, env=environment, check=False).returncode


def read_records(report: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in report.read_text().splitlines()]


def print_table(lines: Sequence[Line]) -> None:
    heads = ("id", "what", "runs", "passed", "lost", "doubled", "out of order", "slowest")
    print("\n" + ROW.format(*heads))
    for line in lines:
        print(line.show())
    clean = sum(line.is_clean for line in lines)
    print(f"\n{clean} of {len(lines)} faults survived in every run.")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description="Faults, repeated.")
    parser.add_argument("--runs", type=int, default=1, help="seeds a fault")
    parser.add_argument("--seed", type=int, default=1, help="the first of them")
    parser.add_argument("--full", action="store_true", help="real times instead of scaled ones")
    parser.add_argument("names", nargs="*", help="x04 x05 …; all when none is named")
    arguments = parser.parse_args()
    faults = list_faults(arguments.names)
    environment = {
        **os.environ,
        "PARLEY_TEST_SETUP": "embedded",  # each fault starts what it needs
        "PARLEY_FAULTS_RUNS": str(arguments.runs),
        "PARLEY_FAULTS_SEED": str(arguments.seed),
        "PARLEY_FAULTS_FULL": "1" if arguments.full else "",
    }
    with tempfile.TemporaryDirectory(prefix="parley-faults-") as folder:
        report = Path(folder) / "report.jsonl"
        report.touch()
        environment["PARLEY_FAULTS_REPORT"] = str(report)
        statuses = [run_part(list(faults), marker, environment) for marker in PARTS]
        for record in read_records(report):
            faults[ROOT / record["test"].partition("::")[0]].add(record)
    lines = list(faults.values())
    print_table(lines)
    complete = bool(arguments.names) or len(lines) == FAULTS
    if not complete:
        print(f"{FAULTS} faults are expected; there are tests for {len(lines)}.")
    ran = all(status in {0, NO_TESTS} for status in statuses)
    return 0 if ran and complete and all(line.is_clean for line in lines) else 1
