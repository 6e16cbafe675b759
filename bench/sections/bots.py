"""A bot's rounds, and what one acknowledgement costs above the database."""

import json
import sys
from contextlib import ExitStack

from bench.contest import Contestant, Figures
from bench.processes import run
from bench.sections.setup import (
    DISTRIBUTED,
    EMBEDDED,
    Setup,
    compare,
    conversations_of,
    reference_database,
    share,
)
from bench.servers import Server

BOT_GOAL = {EMBEDDED: 5.0, DISTRIBUTED: 6.0}


def measure_bots(setup: Setup, server: Server | None) -> None:
    """Durable bot rounds against the stock chat, and a single conversation's acknowledgement against a raw insert."""
    plan = setup.plan
    with ExitStack() as stack:
        stock = stack.enter_context(setup.reference_load("stock-bot", setup.stock, run="bot"))
        product = server and stack.enter_context(
            setup.product_load("product-bot", [server], visitors=plan.sizes[-1])
        )
        greeting = server and stack.enter_context(
            setup.product_load("product-greeting", [server], visitors=plan.sizes[-1])
        )
        open_already = 0
        for size in plan.sizes:
            contestants = [Contestant("stock", stock.window, [setup.stock.process])]
            stock.open(size - open_already)
            if server and product and greeting:
                product.open(size - open_already)
                greeting.open(size - open_already)
                contestants.insert(0, Contestant("product", product.window, [server.process]))
                contestants.insert(0, Contestant("without search", greeting.window, [server.process]))
            open_already = size
            figures = setup.contest(f"bot rounds, {size}", contestants)
            if "product" in figures:
                _add_bot_rows(setup, size, figures["product"], figures["stock"])
                setup.row(
                    f"the same without search (a rule answers, as in stock), {conversations_of(size)}",
                    figures["without search"].ratio_to(figures["stock"]), "×",
                    compare(figures["without search"], figures["stock"]),
                )  # fmt: skip


def _add_bot_rows(setup: Setup, size: int, product: Figures, stock: Figures) -> None:
    setup.row(
        f"durable bot rounds against stock Channels + ORM, {conversations_of(size)}",
        product.ratio_to(stock), "×",
        compare(product, stock),
        BOT_GOAL[setup.name] if size > 1 else None,
    )  # fmt: skip
    if size == 50:
        setup.row("bot round's p99 at 50 conversations", product.p99_ms or 0.0, "ms",
                  f"p50 {product.p50_ms or 0:.1f} ms, {share(product.disturbed)}", 25.0, at_most=True)  # fmt: skip
    if size == 1:
        raw = measure_raw_insert(setup)
        setup.row(
            "one conversation: acknowledgement above one raw insert, p50",
            (product.accepted_p50_ms or 0.0) - raw["p50_ms"], "ms",
            f"{product.accepted_p50_ms:.2f} ms, raw insert {raw['p50_ms']:.2f} ms", 2.0, at_most=True,
        )  # fmt: skip


def measure_raw_insert(setup: Setup) -> dict[str, float]:
    """One connection on the load's core that inserts and commits, row after row."""
    if setup.postgres:
        place = ["postgres", reference_database(setup.postgres)]
    else:
        place = ["sqlite", str(setup.folder / "plain.sqlite3")]
    command = [sys.executable, "-m", "bench.references.inserts", *place, str(setup.plan.seconds)]
    figures: dict[str, float] = json.loads(run(command, cores=setup.cores.others))
    setup.report.keep(f"raw insert · {setup.name}", dict(figures))
    return figures
