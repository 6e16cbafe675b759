"""A bot that knows ten thousand things: how quick a search is, and the first answer after a start."""

import asyncio
import json
import sys
import time
from dataclasses import replace

from bench.meter import Meter
from bench.processes import ROOT, run
from bench.scenarios.people import Visitor, target_for
from bench.search import make_texts
from bench.sections.setup import Setup
from bench.servers import Server

SLUG = "bench-large"
P95_MS, FIRST_ANSWER_S = 25.0, 2.0


def measure_knowledge(setup: Setup) -> None:
    """The index is built by the import, as in the product; the server that answers first is started afterwards."""
    assert setup.product
    public_id = _make_bot(setup)
    env, cores = setup.product.env, setup.cores.server
    figures = json.loads(run([sys.executable, "-m", "bench.search", "time", SLUG], env=env, cores=cores))
    setup.report.keep(f"search · {setup.name}", figures)
    setup.row(
        "search by words over 10,000 chunks on one core, p95", figures["p95_ms"], "ms",
        f"p50 {figures['p50_ms']:.2f} ms; the index was mapped in {figures['load_ms']:.0f} ms", P95_MS, at_most=True,
    )  # fmt: skip
    with setup.product.serve(label="-first") as server:
        token = replace(setup.product, public_id=public_id).fetch_tokens(server, 1)[0]
        took, outcome = asyncio.run(_ask(server, token))
    setup.row(
        "first answer after a start, 10,000 chunks",
        took,
        "s",
        f"outcome {outcome}",
        FIRST_ANSWER_S,
        at_most=True,
    )


def _make_bot(setup: Setup) -> str:
    """Import, publish, and let one search build and save the index; returns the bot's public id."""
    assert setup.product
    file = setup.folder / "large.csv"
    run([sys.executable, "-m", "bench.search", "make", str(file)])

    def manage(*arguments: str) -> str:
        printed = run(
            [sys.executable, str(ROOT / "manage.py"), *arguments],
            env=setup.product.env if setup.product else {},
        )
        return printed.strip().rpartition("\n")[2]

    made = json.loads(manage("create_bot", "--organisation", "bench", "--name", "Large", "--slug", SLUG))
    manage("import_knowledge", SLUG, str(file))
    manage("publish_bot", SLUG, "--override", "benchmark")
    run([sys.executable, "-m", "bench.search", "time", SLUG], env=setup.product.env)
    return str(made["public_id"])


async def _ask(server: Server, token: str) -> tuple[float, str]:
    """Seconds from a visitor's first words to the end of the reply."""
    visitor = Visitor(Meter())
    await visitor.connect(target_for(f"{server.ws}/ws/chat/", token))
    began = time.perf_counter()
    visitor.send_message(next(make_texts(1, words=9, seed=2)))
    complete = await visitor.expect("complete")
    return time.perf_counter() - began, complete.outcome
