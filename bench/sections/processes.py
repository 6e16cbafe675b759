"""Two web processes against one."""

from contextlib import ExitStack

from bench.contest import Contestant
from bench.product import AGENTS
from bench.sections.relay import measure_typing
from bench.sections.setup import Setup, agents_load


def measure_two_processes(setup: Setup) -> None:
    """Messages for each second of the servers' processor time: two web processes against one, relay between them."""
    assert setup.product
    with ExitStack() as stack:
        servers = [stack.enter_context(setup.product.serve(label=f"-{number}")) for number in (1, 2)]
        measure_typing(setup, servers)
        one = stack.enter_context(
            agents_load(setup, "product-relay", servers[:1], visitors=50, agents=AGENTS // 2)
        )
        two = stack.enter_context(
            agents_load(setup, "product-relay", servers, visitors=50, first_agent=AGENTS // 2)
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
