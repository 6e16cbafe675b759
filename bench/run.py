"""`make bench`: start everything, measure, print one table, stop everything.

    python -m bench                 the full run, half an hour
    python -m bench --quick         a short one, about 15 minutes: shorter windows
    BENCH_JSON=file                 writes the figures with the machine that they came from

The exit status is 1 when an answer was wrong (a message lost, doubled or misnumbered), whatever the speed.
"""

import argparse
import os
import resource
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from bench.contest import Plan
from bench.machine import describe_machine, pinned, plan_cores
from bench.processes import Failed
from bench.product import install
from bench.report import Report
from bench.sections.bots import measure_bots
from bench.sections.connections import measure_connects, measure_memory
from bench.sections.curve import measure_curve
from bench.sections.growth import measure_growth
from bench.sections.knowledge import measure_knowledge
from bench.sections.pages import measure_pages
from bench.sections.peers import measure_layers, measure_peers
from bench.sections.processes import measure_two_processes
from bench.sections.relay import measure_relay, measure_typing
from bench.sections.setup import DISTRIBUTED, EMBEDDED, Setup
from bench.servers import Server, start_echo, start_stock
from tests.services import Services

FULL = Plan(windows=3, retries=1, seconds=3.0, warm_up=1.0, sizes=(1, 50, 200), idle=1000, stored=1_000_000)
QUICK = Plan(windows=3, retries=0, seconds=1.2, warm_up=0.5, sizes=(1, 50, 200), idle=500, stored=100_000)
# With or without the product; on one server of it, in this order; on servers of their own.
COMPARED = {"bots": measure_bots, "relay": measure_relay}
OF_THE_PRODUCT: dict[str, Callable[[Setup, Server], None]] = {
    "typing": lambda setup, server: measure_typing(setup, [server]),
    "connects": measure_connects,
    "memory": measure_memory,
    "peers": measure_peers,
    "layers": measure_layers,
    "curve": measure_curve,
    "pages": measure_pages,
    "growth": measure_growth,
}
DISTRIBUTED_ONLY = ("peers",)
SECTIONS = (*COMPARED, *OF_THE_PRODUCT, "knowledge", "processes")


def main(arguments: list[str] | None = None) -> int:
    options = _parse(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    _raise_file_limit()
    report = Report(machine=describe_machine(plan_cores()))
    try:
        with ExitStack() as stack:
            _measure(stack, options, report)
    except KeyboardInterrupt:
        print("\nStopped; the servers are down.")
        return 130
    except Failed as failure:
        print(f"\n{failure}", file=sys.stderr)
        return 1
    return _finish(report)


def _measure(stack: ExitStack, options: argparse.Namespace, report: Report) -> None:
    folder = Path(tempfile.mkdtemp(prefix="parley-bench-"))
    folder.chmod(0o755)
    if options.keep:
        print(f"Logs stay in {folder}")
    else:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
    if "embedded" in options.setups:
        with ExitStack() as embedded:
            _run_sections(_prepare_embedded(embedded, folder, options, report), options)
    if "distributed" in options.setups:
        with ExitStack() as distributed:
            _run_sections(_prepare_distributed(distributed, folder, options, report), options)


def _run_sections(setup: Setup, options: argparse.Namespace) -> None:
    wanted = options.sections
    with ExitStack() as stack:
        server = stack.enter_context(setup.product.serve()) if setup.product else None
        for section, measure in COMPARED.items():
            if section in wanted:
                measure(setup, server)
        for section, measure_product in OF_THE_PRODUCT.items():
            if server and section in wanted and (setup.postgres or section not in DISTRIBUTED_ONLY):
                measure_product(setup, server)
    if setup.product and "knowledge" in wanted:
        measure_knowledge(setup)
    if setup.product and setup.postgres and "processes" in wanted:
        measure_two_processes(setup)


def _prepare_embedded(stack: ExitStack, folder: Path, options: argparse.Namespace, report: Report) -> Setup:
    print("Embedded: SQLite, in-process layer", flush=True)
    cores = plan_cores()
    echo = start_echo(folder=folder, cores=cores.server)
    stack.callback(echo.process.stop)
    stock_env = {"STOCK_SQLITE": str(folder / "stock.sqlite3")}
    stock = start_stock(name="stock-embedded", folder=folder, cores=cores.server, env=stock_env)
    stack.callback(stock.process.stop)
    product = (
        None if options.references_only else install(name="embedded", folder=folder, env={}, cores=cores)
    )
    return Setup(EMBEDDED, folder, cores, _plan(options), report, echo, stock, product)


def _prepare_distributed(
    stack: ExitStack, folder: Path, options: argparse.Namespace, report: Report
) -> Setup:
    print("Distributed: PostgreSQL and Redis", flush=True)
    cores = plan_cores()
    with pinned(cores.others):
        services = stack.enter_context(Services.start(durable=True, settings={"shared_buffers": "256MB"}))
    services.postgres.make_database("reference")
    echo = start_echo(folder=folder, cores=cores.server)
    stack.callback(echo.process.stop)
    stock_env = {"DATABASE_URL": services.postgres.make_database("stock"), "REDIS_URL": services.redis.url}
    stock = start_stock(name="stock-distributed", folder=folder, cores=cores.server, env=stock_env)
    stack.callback(stock.process.stop)
    env = {**services.environment(), "REDIS_URL": services.redis.url.replace("/0", "/1")}
    product = (
        None if options.references_only else install(name="distributed", folder=folder, env=env, cores=cores)
    )
    return Setup(DISTRIBUTED, folder, cores, _plan(options), report, echo, stock, product, services.postgres)


def _plan(options: argparse.Namespace) -> Plan:
    plan = QUICK if options.quick else FULL
    return plan if options.idle is None else replace(plan, idle=options.idle)


def _finish(report: Report) -> int:
    print(f"\n{report.machine['processor']}, {report.machine['cores']} cores; {report.machine['pinning']}\n")
    print(report.table())
    for trouble in report.troubles:
        print(f"WRONG: {trouble}")
    file = os.environ.get("BENCH_JSON")
    if file:
        report.write(Path(file))
    return 1 if report.troubles else 0


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Parley against bare references.")
    parser.add_argument("--quick", action="store_true", help="short windows: about 15 minutes")
    parser.add_argument("--idle", type=int, help="how many idle connections to hold (1000; quick 500)")
    parser.add_argument(
        "--setups", nargs="+", choices=("embedded", "distributed"), default=["embedded", "distributed"]
    )
    parser.add_argument("--sections", nargs="+", choices=SECTIONS, default=list(SECTIONS))
    parser.add_argument("--references-only", action="store_true", help="leave the product out")
    parser.add_argument("--keep", action="store_true", help="keep logs and databases of the run")
    return parser.parse_args(arguments)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _raise_file_limit() -> None:
    """Thousands of sockets for the servers too: children inherit it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
