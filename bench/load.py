"""The load generator: one process that obeys orders on its standard input, a JSON object a line.

    {"do": "open", "count": 50}      more conversations
    {"do": "window", "seconds": 3}   one window; answers with messages a second and latencies
    {"do": "totals"}                 what was sent and accepted so far, and every trouble seen
    {"do": "close"}

Its first line names the scenario with its options. It stays connected between windows, so that two
servers can be measured in turns: what disturbs the machine then disturbs both.
"""

import asyncio
import json
import resource
import sys
from typing import Any

import uvloop

from bench.meter import Conversation, Meter
from bench.scenarios import SCENARIOS

SETTLE_S = 0.5


async def obey(options: dict[str, Any]) -> None:
    meter = Meter()
    scenario = SCENARIOS[options.pop("scenario")](meter, **options)
    conversations: list[Conversation] = []
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        order = json.loads(line)
        answer: dict[str, Any] = {}
        match order["do"]:
            case "open":
                conversations += await scenario.open(order["count"])
                answer = {"open": len(conversations)}
            case "window":
                answer = await meter.measure(conversations, seconds=order["seconds"])
            case "totals":
                await asyncio.sleep(SETTLE_S)  # the last message's other readers
                answer = {"finished": meter.finished, "troubles": meter.troubles, "outcomes": meter.outcomes,
                          **scenario.totals()}  # fmt: skip
            case "close":
                return
        print(json.dumps(answer), flush=True)


def main() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    uvloop.run(obey(json.loads(sys.stdin.readline())))


if __name__ == "__main__":
    main()
