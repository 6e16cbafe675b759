"""A bot that knows ten thousand things: how quick a search is, what its index costs, and the first answer after a start."""

import asyncio
import json
import sys
import time
from dataclasses import replace
from typing import Any

from bench.meter import Meter
from bench.processes import ROOT, run
from bench.scenarios.people import Visitor, target_for
from bench.search import make_texts
from bench.sections.setup import Setup
from bench.servers import Server

SLUG = "bench-large"
P95_MS, EMBEDDING_MS, FIRST_ANSWER_S = 25.0, 10.0, 2.0


def measure_knowledge(setup: Setup) -> None:
    """The index is built by a job, as in the product; the server that answers first is started afterwards."""
    assert setup.product
    public_id, built = _make_bot(setup)
    figures = _search(setup, "time", cores=setup.cores.server)
    setup.report.keep(f"search · {setup.name}", {**figures, **built})
    _report_search(setup, figures)
    setup.row(
        "index of 10,000 chunks built from their vectors", built["build_s"], "s",
        f"in a job; embedding takes {built['embedding_ms']:.0f} ms a text before that",
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


def _report_search(setup: Setup, figures: dict[str, float]) -> None:
    setup.row(
        "search by words and meaning over 10,000 chunks on one core, p95", figures["p95_ms"], "ms",
        f"p50 {figures['p50_ms']:.2f} ms; ranking alone {figures['ranking_p50_ms']:.2f} ms, p95 "
        f"{figures['ranking_p95_ms']:.2f}; the index was mapped in {figures['load_ms']:.0f} ms", P95_MS, at_most=True,
    )  # fmt: skip
    setup.row(
        "of which the question's embedding, p95", figures["embedding_p95_ms"], "ms",
        f"p50 {figures['embedding_p50_ms']:.2f} ms, the library's bare call {figures['bare_embedding_ms']:.2f} ms",
        EMBEDDING_MS, at_most=True,
    )  # fmt: skip
    bare = figures["bare_embedding_ms"] + figures["bare_product_ms"]
    setup.row(
        "a search against the bare library's call and one matrix product", figures["p50_ms"] / bare, "×",
        f"{bare:.2f} ms, of which the product {figures['bare_product_ms']:.2f}",
    )  # fmt: skip


def _make_bot(setup: Setup) -> tuple[str, dict[str, float]]:
    """Import, embed, build, publish; returns the bot's public id and what the building took."""
    assert setup.product
    file = setup.folder / "large.csv"
    run([sys.executable, "-m", "bench.search", "make", str(file)])
    env = setup.product.env
    made = json.loads(
        _manage(env, "create_bot", "--organisation", "bench", "--name", "Large", "--slug", SLUG)
    )
    _manage({**env, "EMBEDDER": "none"}, "import_knowledge", SLUG, str(file))
    built = _search(setup, "embed")
    _manage(env, "publish_bot", SLUG, "--override", "benchmark")
    return str(made["public_id"]), built


def _search(setup: Setup, what: str, **options: Any) -> dict[str, float]:
    assert setup.product
    printed = run([sys.executable, "-m", "bench.search", what, SLUG], env=setup.product.env, **options)
    figures: dict[str, float] = json.loads(printed.strip().rpartition("\n")[2])
    return figures


def _manage(env: dict[str, str], *arguments: str) -> str:
    printed = run([sys.executable, str(ROOT / "manage.py"), *arguments], env=env)
    return printed.strip().rpartition("\n")[2]


async def _ask(server: Server, token: str) -> tuple[float, str]:
    """Seconds from a visitor's first words to the end of the reply. The question is none of the knowledge's own."""
    visitor = Visitor(Meter())
    await visitor.connect(target_for(f"{server.ws}/ws/chat/", token))
    began = time.perf_counter()
    visitor.send_message(next(make_texts(1, words=9, seed=6)))
    complete = await visitor.expect("complete")
    return time.perf_counter() - began, complete.outcome
