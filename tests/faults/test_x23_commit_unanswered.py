"""X23: the answer to COMMIT is lost on the way. The caller is told `unavailable`, and the resend gets the first number."""

from dataclasses import dataclass

import pytest

from tests.faults.fault import Fault
from tests.faults.proxy import Link, Verdict, Way
from tests.faults.stage import Stage

TEXT = "the answer to its COMMIT is lost"
COUNT = "SELECT count(*) FROM conversations_message WHERE client_id = %s"
PLACE = "SELECT conversation_id, seq FROM conversations_message WHERE client_id = %s"


@dataclass
class CutAtCommit:
    """Lets one COMMIT through, or not, and cuts the connection in place of the answer.

    The writer sends it in one piece with the insert of the message.
    """

    arrives: bool
    done: bool = False

    def __call__(self, link: Link, way: Way, piece: bytes) -> Verdict:
        if link.notes.get("committed"):
            return "cut" if way == "down" else "drop"
        if way == "up" and TEXT.encode() in piece and not self.done:
            self.done = link.notes["committed"] = True
            return "pass" if self.arrives else "cut"
        return "pass"


@pytest.mark.parametrize("opens", [False, True], ids=["in a session", "opening a session"])
@pytest.mark.parametrize("arrives", [True, False], ids=["committed", "never arrived"])
async def test_the_resend_settles_what_nobody_knows(
    distributed: Stage, fault: Fault, arrives: bool, opens: bool
) -> None:
    [token] = await distributed.make_visitors(1)
    client = await fault.client(distributed.urls[1], token=token).start()
    if not opens:
        client.say("before the fault")
        await client.settle()
        await client.until(lambda: client.completes, seconds=10, what="the bot has answered")
    cut = distributed.database_proxy.watch = CutAtCommit(arrives)
    fault.begin()
    client_id = client.say(TEXT)
    await client.until(lambda: client.errors, seconds=10, what="the client is told")
    told = client.errors[-1]
    assert (told["code"], told["client_id"]) == ("unavailable", client_id)
    assert told["retry_after_s"] > 0
    assert distributed.query(COUNT, client_id) == [(int(arrives),)]
    await client.settle()
    fault.recovered()
    assert cut.done
    session, seq = client.acknowledged[client_id]
    assert [(str(row[0]), row[1]) for row in distributed.query(PLACE, client_id)] == [(session, seq)]
    await fault.check(distributed)
