"""Other ways to build a chat, and Channels' own layers: measured in the same run, not quoted."""

import sys
from contextlib import ExitStack

from bench.contest import Contestant, Figures
from bench.processes import Process, free_port
from bench.sections.setup import Setup
from bench.servers import Server, start_uvicorn
from bench.worker import LoadWorker

CONVERSATIONS = 50


def measure_peers(setup: Setup, server: Server) -> None:
    """Durable bot rounds: Parley's against Flask-SocketIO's and FastAPI's on the same PostgreSQL."""
    with ExitStack() as stack:
        contestants = [*_start_product(setup, server, stack), *start_peers(setup, stack)]
        for name, worker, _ in contestants:
            worker.open(CONVERSATIONS)
            stack.callback(_complain, setup, name, worker)
        figures = setup.contest(f"peers, {CONVERSATIONS}", [
            Contestant(name, worker.window, [process]) for name, worker, process in contestants
        ])  # fmt: skip
    for name in ("FastAPI", "Flask-SocketIO"):
        for product, words in (("product", ""), ("without search", ", a rule answers here too")):
            setup.row(
                f"durable bot rounds against {name}{words}, {CONVERSATIONS} conversations",
                figures[product].ratio_to(figures[name]), "×", _compare(figures[product], figures[name]),
            )  # fmt: skip


def start_peers(setup: Setup, stack: ExitStack) -> list[tuple[str, LoadWorker, Process]]:
    """Each peer on a database of its own, with its load: (name, load, server's process)."""
    assert setup.postgres
    fastapi = start_uvicorn(
        "bench.peers.fastapi_chat:application", name="fastapi", folder=setup.folder, cores=setup.cores.server,
        env={"DATABASE_URL": setup.postgres.make_database("fastapi")}, lifespan=True,
    )  # fmt: skip
    stack.callback(setup.postgres.drop_database, "fastapi")
    stack.callback(fastapi.process.stop)
    flask = _start_flask(setup, setup.postgres.make_database("flask"))
    stack.callback(setup.postgres.drop_database, "flask")
    stack.callback(flask.process.stop)
    loads = (
        ("FastAPI", fastapi, setup.reference_load("stock-bot", fastapi, run="bot")),
        ("Flask-SocketIO", flask, setup.reference_load("socketio-bot", flask, run="bot")),
    )
    return [(name, stack.enter_context(load), server.process) for name, server, load in loads]


def _start_flask(setup: Setup, database: str) -> Server:
    port = free_port()
    process = Process(
        [sys.executable, "-m", "bench.peers.flask_chat", str(port)], name="flask", folder=setup.folder,
        cores=setup.cores.server, env={"DATABASE_URL": database},
    )  # fmt: skip
    process.wait_for_port(port)
    return Server(process, port)


def _start_product(setup: Setup, server: Server, stack: ExitStack) -> list[tuple[str, LoadWorker, Process]]:
    names = {"product": "product-bot", "without search": "product-greeting"}
    return [
        (name, stack.enter_context(setup.product_load(scenario, [server], visitors=CONVERSATIONS)), server.process)
        for name, scenario in names.items()
    ]  # fmt: skip


def _complain(setup: Setup, name: str, worker: LoadWorker) -> None:
    for what, count in worker.totals()["troubles"].items():
        setup.report.complain(f"{name}: {what} ({count} times)")


def measure_layers(setup: Setup, server: Server) -> None:
    """Parley's own channel layer against Channels' (one setting), under the same product."""
    assert setup.product
    with ExitStack() as stack:
        other = stack.enter_context(setup.product.serve(label="-channels", env={"CHANNEL_LAYER": "channels"}))
        loads = {
            name: stack.enter_context(setup.product_load("product-greeting", [one], visitors=CONVERSATIONS))
            for name, one in (("own layer", server), ("Channels' layer", other))
        }
        for load in loads.values():
            load.open(CONVERSATIONS)
        processes = {"own layer": server.process, "Channels' layer": other.process}
        figures = setup.contest("layers", [
            Contestant(name, load.window, [processes[name]]) for name, load in loads.items()
        ])  # fmt: skip
    own, theirs = figures["own layer"], figures["Channels' layer"]
    setup.row(
        f"bot rounds by a rule on Parley's layer against CHANNEL_LAYER=channels, {CONVERSATIONS} conversations",
        own.ratio_to(theirs), "×", _compare(own, theirs),
    )  # fmt: skip


def _compare(mine: Figures, other: Figures) -> str:
    return (
        f"{mine.per_s:,.0f}/s, p99 {mine.p99_ms or 0:.1f} ms; theirs {other.per_s:,.0f}/s, {other.p99_ms or 0:.1f} ms;"
        f" {mine.cpu_ratio_to(other):.2g} times less CPU"
    )
