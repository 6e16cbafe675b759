"""Connecting, and what a connection that says nothing holds."""

from contextlib import ExitStack

from bench.contest import Contestant
from bench.sections.setup import Setup
from bench.servers import Server
from bench.worker import LoadWorker

BASE_CONNECTIONS = 100


def measure_connects(setup: Setup, server: Server) -> None:
    """Connecting with a token until `ready`, against a bare upgrade."""
    with ExitStack() as stack:
        bare = stack.enter_context(setup.reference_load("connect", setup.echo))
        product = stack.enter_context(setup.product_load("product-connect", [server], visitors=50))
        bare.open(50)
        product.open(50)
        figures = setup.contest("connects", [
            Contestant("product", product.window, [server.process]),
            Contestant("bare", bare.window, [setup.echo.process]),
        ])  # fmt: skip
    setup.row(
        "token connects against bare connects", figures["product"].ratio_to(figures["bare"]), "×",
        f"{figures['product'].per_s:,.0f}/s, bare {figures['bare'].per_s:,.0f}/s", 0.6,
    )  # fmt: skip


def measure_memory(setup: Setup, server: Server) -> None:
    """Resident memory that each idle visitor adds, after a first hundred have made what is made once."""
    wanted = setup.plan.idle
    with setup.product_load("product-idle", [server], visitors=wanted + BASE_CONNECTIONS) as product:
        mine = _kib_per_connection(product, server, wanted)
    with setup.reference_load("idle", setup.echo) as echo:
        bare = _kib_per_connection(echo, setup.echo, wanted)
    with LoadWorker("idle", cores=setup.cores.others, url=f"{setup.stock.ws}/relay/idle/") as stock:
        theirs = _kib_per_connection(stock, setup.stock, wanted)
    setup.report.keep(
        f"memory · {setup.name}", {"product": mine, "echo": bare, "stock": theirs, "connections": wanted}
    )
    setup.row(f"memory per idle visitor, {wanted:,} held", mine, "KiB",
              f"bare echo {bare:.0f} KiB, stock {theirs:.0f} KiB", 60.0, at_most=True)  # fmt: skip


def _kib_per_connection(worker: LoadWorker, server: Server, count: int) -> float:
    worker.open(BASE_CONNECTIONS)
    before = server.process.resident_bytes()
    worker.open(count)
    return (server.process.resident_bytes() - before) / count / 1024
