"""Messages between a visitor and an agent: durable, and without anything to store."""

from contextlib import ExitStack

from bench.contest import Contestant, Figures
from bench.references.inserts import run_pgbench
from bench.sections.setup import Setup, agents_load, compare, conversations_of, reference_database
from bench.servers import Server

PGBENCH_CLIENTS = 50


def measure_relay(setup: Setup, server: Server | None) -> None:
    """Durable messages visitor ↔ agent against the stock chat, and against the database's own plain inserts."""
    plan = setup.plan
    with ExitStack() as stack:
        stock = stack.enter_context(setup.reference_load("stock-relay", setup.stock, run="relay"))
        product = server and stack.enter_context(agents_load(setup, "product-relay", [server]))
        open_already = 0
        for size in plan.sizes:
            contestants = [
                Contestant("stock", stock.window, [setup.stock.process]),
                *_plain_inserts(setup, size),
            ]
            stock.open(size - open_already)
            if server and product:
                product.open(size - open_already)
                contestants.insert(0, Contestant("product", product.window, [server.process]))
            open_already = size
            figures = setup.contest(f"relay, {size}", contestants)
            if "product" in figures:
                _add_relay_rows(setup, size, figures)


def _add_relay_rows(setup: Setup, size: int, figures: dict[str, Figures]) -> None:
    product, stock = figures["product"], figures["stock"]
    conversations = conversations_of(size)
    setup.row(
        f"durable relay visitor ↔ agent against stock, {conversations}", product.ratio_to(stock), "×",
        compare(product, stock),
    )  # fmt: skip
    if "pgbench" in figures:
        plain = figures["pgbench"]
        setup.row(f"durable relay against pgbench's plain insert, {conversations}", product.ratio_to(plain), "×",
                  f"{product.per_s:,.0f}/s, pgbench {plain.per_s:,.0f}/s", 0.8 if size == 50 else None)  # fmt: skip


def _plain_inserts(setup: Setup, size: int) -> list[Contestant]:
    """pgbench as a contestant, with as many clients as there are conversations, at most 50."""
    postgres = setup.postgres
    if not postgres:
        return []
    url = reference_database(postgres)

    def window(seconds: float) -> dict[str, float]:
        clients = min(size, PGBENCH_CLIENTS)
        whole = max(1, round(seconds))
        per_s = run_pgbench(
            postgres, url=url, folder=setup.folder, clients=clients, seconds=whole, cores=setup.cores.others
        )
        return {"per_s": per_s, "count": per_s * whole, "seconds": whole}

    return [Contestant("pgbench", window)]


def measure_typing(setup: Setup, servers: list[Server]) -> None:
    """Relay without persistence against bare echo: in one process, or with visitors and agents on two."""
    goal, way = (0.35, "in one process") if len(servers) == 1 else (0.25, "across two processes")
    with ExitStack() as stack:
        echo = stack.enter_context(setup.reference_load("echo", setup.echo))
        product = stack.enter_context(agents_load(setup, "product-typing", servers, visitors=50))
        echo.open(50)
        product.open(50)
        figures = setup.contest(f"relay without persistence, {way}", [
            Contestant("product", product.window, [server.process for server in servers]),
            Contestant("echo", echo.window, [setup.echo.process]),
        ])  # fmt: skip
    product_seen, echo_seen = figures["product"], figures["echo"]
    setup.row(
        f"relay without persistence (typing) against bare echo, {way}", product_seen.ratio_to(echo_seen), "×",
        f"{product_seen.per_s:,.0f}/s, echo {echo_seen.per_s:,.0f}/s", goal,
    )  # fmt: skip
