"""What is measured, section by section; each adds its rows to the report. The goals are those of docs/performance.md."""

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.contest import Contestant, Figures, Plan, measure_in_turns
from bench.machine import Cores
from bench.processes import run
from bench.product import AGENTS, Installation
from bench.references.inserts import run_pgbench
from bench.report import Report, Row
from bench.servers import Server
from bench.worker import LoadWorker
from tests.services import Postgres

EMBEDDED, DISTRIBUTED = "SQLite", "PostgreSQL + Redis"
BOT_GOAL = {EMBEDDED: 5.0, DISTRIBUTED: 6.0}
PGBENCH_CLIENTS = 50
BASE_CONNECTIONS = 100


@dataclass(frozen=True, slots=True)
class Setup:
    """One of the two set-ups, with everything that is compared on it. Without `product`, references only."""

    name: str
    folder: Path
    cores: Cores
    plan: Plan
    report: Report
    echo: Server
    stock: Server
    product: Installation | None
    postgres: Postgres | None = None

    def contest(self, section: str, contestants: list[Contestant]) -> dict[str, Figures]:
        core = min(self.cores.server) if self.cores.pinned else None
        figures = measure_in_turns(contestants, self.plan, core=core)
        self.report.keep(f"{section} · {self.name}", {name: asdict(seen) for name, seen in figures.items()})
        for name, seen in figures.items():
            spent = f"p99 {seen.p99_ms or 0:.1f} ms, {seen.cpu_us:.0f} µs of the server each, {_share(seen.disturbed)}"
            print(f"    {section}: {name} {seen.per_s:,.0f}/s, {spent}", flush=True)
        return figures

    @contextmanager
    def product_load(
        self, scenario: str, servers: list[Server], *, visitors: int, **options: Any
    ) -> Iterator[LoadWorker]:
        """A generator against the product; what it was told is compared with the database when it is done."""
        assert self.product
        with self.product.load(scenario, servers, visitors=visitors, **options) as worker:
            yield worker
            for fault in self.product.find_faults(worker.totals()):
                self.report.complain(f"{scenario}, {self.name}: {fault}")

    def reference_load(self, scenario: str, server: Server, **options: str) -> LoadWorker:
        return LoadWorker(scenario, cores=self.cores.others, url=server.ws, **options)

    def row(
        self,
        what: str,
        value: float,
        unit: str,
        measured: str,
        goal: float | None = None,
        *,
        at_most: bool = False,
    ) -> None:
        self.report.add(Row(what, self.name, value, unit, measured, goal, at_most))


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
                    f"the same without search (a rule answers, as in stock), {_conversations(size)}",
                    figures["without search"].ratio_to(figures["stock"]), "×",
                    _compare(figures["without search"], figures["stock"]),
                )  # fmt: skip


def _add_bot_rows(setup: Setup, size: int, product: Figures, stock: Figures) -> None:
    setup.row(
        f"durable bot rounds against stock Channels + ORM, {_conversations(size)}",
        product.ratio_to(stock), "×",
        _compare(product, stock),
        BOT_GOAL[setup.name] if size > 1 else None,
    )  # fmt: skip
    if size == 50:
        setup.row("bot round's p99 at 50 conversations", product.p99_ms or 0.0, "ms",
                  f"p50 {product.p50_ms or 0:.1f} ms, {_share(product.disturbed)}", 25.0, at_most=True)  # fmt: skip
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
        place = ["postgres", _reference_database(setup.postgres)]
    else:
        place = ["sqlite", str(setup.folder / "plain.sqlite3")]
    command = [sys.executable, "-m", "bench.references.inserts", *place, str(setup.plan.seconds)]
    figures: dict[str, float] = json.loads(run(command, cores=setup.cores.others))
    setup.report.keep(f"raw insert · {setup.name}", dict(figures))
    return figures


def measure_relay(setup: Setup, server: Server | None) -> None:
    """Durable messages visitor ↔ agent against the stock chat, and against the database's own plain inserts."""
    plan = setup.plan
    with ExitStack() as stack:
        stock = stack.enter_context(setup.reference_load("stock-relay", setup.stock, run="relay"))
        product = server and stack.enter_context(_agents_load(setup, "product-relay", [server]))
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
    conversations = _conversations(size)
    setup.row(
        f"durable relay visitor ↔ agent against stock, {conversations}", product.ratio_to(stock), "×",
        _compare(product, stock),
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
    url = _reference_database(postgres)

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
        product = stack.enter_context(_agents_load(setup, "product-typing", servers, visitors=50))
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


def measure_two_processes(setup: Setup) -> None:
    """Messages for each second of the servers' processor time: two web processes against one, relay between them."""
    assert setup.product
    with ExitStack() as stack:
        servers = [stack.enter_context(setup.product.serve(label=f"-{number}")) for number in (1, 2)]
        measure_typing(setup, servers)
        one = stack.enter_context(
            _agents_load(setup, "product-relay", servers[:1], visitors=50, agents=AGENTS // 2)
        )
        two = stack.enter_context(
            _agents_load(setup, "product-relay", servers, visitors=50, first_agent=AGENTS // 2)
        )
        one.open(50)
        two.open(50)
        processes = [server.process for server in servers]
        figures = setup.contest("relay, two processes", [
            Contestant("one", one.window, processes), Contestant("two", two.window, processes),
        ])  # fmt: skip
    first, second = figures["one"], figures["two"]
    setup.row(
        "two web processes against one: messages for a second of server CPU", first.cpu_us / second.cpu_us, "×",
        f"{1e6 / second.cpu_us:,.0f} against {1e6 / first.cpu_us:,.0f} a CPU second", 0.85,
    )  # fmt: skip


@contextmanager
def _agents_load(
    setup: Setup,
    scenario: str,
    servers: list[Server],
    *,
    visitors: int = 0,
    first_agent: int = 0,
    agents: int = AGENTS,
) -> Iterator[LoadWorker]:
    """Visitors on the first server (and every other), agents on the last."""
    assert setup.product
    tokens = setup.product.agents[first_agent : first_agent + agents]
    with setup.product_load(
        scenario,
        servers,
        visitors=visitors or setup.plan.sizes[-1],
        agent_tokens=tokens,
        agent_url=servers[-1].ws,
    ) as worker:
        yield worker


def _reference_database(postgres: Postgres) -> str:
    return postgres.url_of("reference")


def _compare(product: Figures, stock: Figures) -> str:
    """Both sides' figures, and the ratio of processor time, which strangers' load hardly moves."""
    return (
        f"{product.per_s:,.0f}/s, p99 {product.p99_ms or 0:.1f} ms; stock {stock.per_s:,.0f}/s, {stock.p99_ms or 0:.1f} ms;"
        f" {product.cpu_ratio_to(stock):.2g} times less CPU; {_share(max(product.disturbed, stock.disturbed))}"
    )


def _share(disturbed: float) -> str:
    return f"others had {disturbed * 100:.0f} % of the core"


def _conversations(size: int) -> str:
    return f"{size} conversation{'s' if size > 1 else ''}"
