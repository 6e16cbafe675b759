"""Whether sending, reading and the queue stay as quick once a million messages are stored."""

import statistics
import sys
import time
from contextlib import ExitStack

import httpx

from bench.processes import run
from bench.sections.setup import Setup
from bench.servers import Server

FEW = 1_000
GOAL = 1.2
READS = 60
LISTS = {"waiting queue": "handoffs/waiting/", "history": "handoffs/history/"}


def measure_growth(setup: Setup, server: Server) -> None:
    """p50 of each with a thousand messages stored, then with `plan.stored`, on new conversations both times."""
    assert setup.product
    _fill(setup, FEW)
    before = _measure(setup, server)
    _fill(setup, setup.plan.stored - FEW)
    after = _measure(setup, server)
    setup.report.keep(f"growth · {setup.name}", {f"{FEW}": before, f"{setup.plan.stored}": after})
    for what in before:
        setup.row(
            f"{what}: with {setup.plan.stored:,} messages stored against {FEW:,}, p50",
            after[what] / before[what], "×", f"{before[what]:.2f} ms, then {after[what]:.2f} ms", GOAL, at_most=True,
        )  # fmt: skip


def _fill(setup: Setup, messages: int) -> None:
    assert setup.product
    run([sys.executable, "-m", "bench.fill", str(messages)], env=setup.product.env, cores=setup.cores.others)


def _measure(setup: Setup, server: Server) -> dict[str, float]:
    """Milliseconds by what was done, one conversation at a time."""
    with ExitStack() as stack:
        loads = {
            what: stack.enter_context(setup.product_load(scenario, [server], visitors=1))
            for what, scenario in (("a message's acknowledgement", "product-greeting"), ("session_sync", "product-sync"))
        }  # fmt: skip
        seen: dict[str, float] = {}
        for what, load in loads.items():
            load.open(1)
            load.window(setup.plan.warm_up)
            name = "accepted_p50_ms" if "acknowledgement" in what else "p50_ms"
            seen[what] = statistics.median(
                load.window(setup.plan.seconds)[name] for _ in range(setup.plan.windows)
            )
    return {**seen, **{what: _read_list(setup, server, path) for what, path in LISTS.items()}}


def _read_list(setup: Setup, server: Server, path: str) -> float:
    assert setup.product
    headers = {"Authorization": f"Bearer {setup.product.agents[0]}"}
    took = []
    with httpx.Client(base_url=f"{server.http}/api/v1/", headers=headers) as client:
        for _ in range(READS):
            begun_at = time.perf_counter()
            client.get(path).raise_for_status()
            took.append(time.perf_counter() - begun_at)
    return statistics.median(took) * 1000
