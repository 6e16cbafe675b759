"""One set-up with everything that is compared on it, and the words in which figures are reported."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.contest import Contestant, Figures, Plan, measure_in_turns
from bench.machine import Cores
from bench.product import AGENTS, Installation
from bench.report import Report, Row
from bench.servers import Server
from bench.worker import LoadWorker
from tests.services import Postgres

EMBEDDED, DISTRIBUTED = "SQLite", "PostgreSQL + Redis"


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
            spent = f"p99 {seen.p99_ms or 0:.1f} ms, {seen.cpu_us:.0f} µs of the server each, {share(seen.disturbed)}"
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


@contextmanager
def agents_load(
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


def reference_database(postgres: Postgres) -> str:
    return postgres.url_of("reference")


def compare(product: Figures, stock: Figures) -> str:
    """Both sides' figures, and the ratio of processor time, which strangers' load hardly moves."""
    return (
        f"{product.per_s:,.0f}/s, p99 {product.p99_ms or 0:.1f} ms; stock {stock.per_s:,.0f}/s, {stock.p99_ms or 0:.1f} ms;"
        f" {product.cpu_ratio_to(stock):.2g} times less CPU; {share(max(product.disturbed, stock.disturbed))}"
    )


def share(disturbed: float) -> str:
    return f"others had {disturbed * 100:.0f} % of the core"


def conversations_of(size: int) -> str:
    return f"{size} conversation{'s' if size > 1 else ''}"
