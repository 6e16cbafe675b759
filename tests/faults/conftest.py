"""What faults share: the stages, a seeded source of chance, clients, and the record for the table.

A fault's test takes `seed` (through `rng` or `fault`), and is repeated with as many as PARLEY_FAULTS_RUNS says.
"""

import json
import os
import random
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.faults.checker import take_verdicts
from tests.faults.fault import Fault
from tests.faults.stage import Stage

FIRST_SEED = int(os.environ.get("PARLEY_FAULTS_SEED", "1"))
RUNS = int(os.environ.get("PARLEY_FAULTS_RUNS", "1"))
REPORT = os.environ.get("PARLEY_FAULTS_REPORT", "")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every fault is repeated, whether its test takes the seed or not."""
    is_fault = metafunc.module.__name__.rpartition(".")[2].startswith("test_x")
    if is_fault and "seed" not in metafunc.fixturenames:
        metafunc.fixturenames.append("seed")
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(FIRST_SEED, FIRST_SEED + RUNS))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/faults/test_x" in item.nodeid:
            item.add_marker("fault")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined] # pluggy's
    if not hasattr(item, "fault_passed"):
        item.fault_passed = True  # type: ignore[attr-defined]
    item.fault_passed &= not report.failed  # type: ignore[attr-defined]
    if report.when == "teardown" and REPORT and "fault" in item.keywords:
        _write_record(item)


def _write_record(item: pytest.Item) -> None:
    verdicts = take_verdicts()
    record = {
        "test": item.nodeid,
        "seed": item.callspec.params["seed"],  # type: ignore[attr-defined]
        "passed": item.fault_passed,  # type: ignore[attr-defined]
        "lost": sum(verdict.lost for verdict in verdicts),
        "doubled": sum(verdict.doubled for verdict in verdicts),
        "out_of_order": sum(verdict.out_of_order for verdict in verdicts),
        "recovery_s": getattr(item, "fault_recovery", None),
    }
    with Path(REPORT).open("a") as file:
        file.write(json.dumps(record) + "\n")


class Stages:
    """Started when a fault first asks; one of each kind a run."""

    def __init__(self) -> None:
        self._stages: dict[bool, Stage] = {}

    def get(self, *, distributed: bool) -> Stage:
        if distributed not in self._stages:
            self._stages[distributed] = Stage(distributed=distributed)
        return self._stages[distributed]

    def stop(self) -> None:
        for stage in self._stages.values():
            stage.stop()


@pytest.fixture(scope="session")
def stages() -> Iterator[Stages]:
    held = Stages()
    yield held
    held.stop()


@pytest.fixture
def distributed(stages: Stages) -> Iterator[Stage]:
    """Two web processes on PostgreSQL and Redis, whole again after each fault."""
    stage = stages.get(distributed=True)
    stage.mend()
    yield stage
    stage.mend()


@pytest.fixture
def embedded(stages: Stages) -> Iterator[Stage]:
    """One process on SQLite, whole again after each fault."""
    stage = stages.get(distributed=False)
    stage.mend()
    yield stage
    stage.mend()


@pytest.fixture
def rng(seed: int) -> random.Random:
    """Chance that comes out the same for the same seed."""
    return random.Random(seed)


@pytest_asyncio.fixture
async def fault(rng: random.Random, request: pytest.FixtureRequest) -> AsyncIterator[Fault]:
    take_verdicts()
    fault = Fault(rng, request.node)
    yield fault
    for client in fault.clients:
        await client.stop()
