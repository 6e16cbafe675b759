"""Latency against load: the same bot rounds with more and more conversations at once, for the charts."""

from contextlib import ExitStack
from dataclasses import replace

from bench.contest import Contestant
from bench.processes import Process
from bench.sections.peers import start_peers
from bench.sections.setup import Setup
from bench.servers import Server
from bench.worker import LoadWorker

SIZES = (1, 5, 10, 25, 50, 100, 200)


def measure_curve(setup: Setup, server: Server) -> None:
    """p50 and p99 of everybody at each size; kept in the figures, drawn by bench/charts.py."""
    with ExitStack() as stack:
        loads: list[tuple[str, LoadWorker, Process]] = [
            (
                name,
                stack.enter_context(setup.product_load(scenario, [server], visitors=SIZES[-1])),
                server.process,
            )
            for name, scenario in (("Parley", "product-bot"), ("Parley, by a rule", "product-greeting"))
        ]
        stock = stack.enter_context(setup.reference_load("stock-bot", setup.stock, run="curve"))
        loads.append(("Channels + ORM", stock, setup.stock.process))
        if setup.postgres:
            loads += start_peers(setup, stack)
        one_window = replace(setup, plan=replace(setup.plan, windows=1, warm_up=setup.plan.warm_up / 2))
        open_already = 0
        for size in SIZES:
            for _, load, _ in loads:
                load.open(size - open_already)
            open_already = size
            one_window.contest(f"curve, {size}", [
                Contestant(name, load.window, [process]) for name, load, process in loads
            ])  # fmt: skip
