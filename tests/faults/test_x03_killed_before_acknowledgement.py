"""X3: kill -9 between commit and acknowledgement. The resend gets the same number."""

import asyncio

import pytest

from tests.faults.fault import Fault
from tests.faults.proxy import Link, Verdict, Way
from tests.faults.stage import Stage
from tests.faults.waiting import wait_until_in_thread

TEXT = "committed, and then the process dies"
FIND = "SELECT conversation_id, seq FROM conversations_message WHERE client_id = %s"


@pytest.mark.parametrize("opens", [False, True], ids=["in a session", "opening a session"])
async def test_the_resend_gets_the_number_of_the_commit_that_nobody_heard_of(
    distributed: Stage, fault: Fault, opens: bool
) -> None:
    [token] = await distributed.make_visitors(1)
    client = await fault.client([distributed.urls[1], distributed.urls[0]], token=token).start()
    if not opens:
        client.say("before the fault")
        await client.settle()
    distributed.database_proxy.watch = hold_answers_to_commit
    client_id = client.say(TEXT)
    [(session, seq)] = await wait_until_in_thread(
        lambda: distributed.query(FIND, client_id), seconds=10, what="the row is committed"
    )
    assert client_id not in client.acknowledged
    fault.begin()
    await asyncio.to_thread(distributed.webs[1].kill)
    await client.settle()
    fault.recovered()
    assert client.acknowledged[client_id] == (str(session), seq)
    await fault.check(distributed)


def hold_answers_to_commit(link: Link, way: Way, piece: bytes) -> Verdict:
    """The commit goes through, and its answer never comes back: the writer sends it in one piece with the insert."""
    if way == "up" and TEXT.encode() in piece:
        link.notes["committed"] = True
    return "drop" if way == "down" and link.notes.get("committed") else "pass"
