"""Which event loop runs on this thread, and random ids, without a system call for each.

`asyncio.get_running_loop` asks for the process id each time, `uuid.uuid4` for 16 random bytes: together a fifth of the
loop's time in a bot's round (docs/decisions/015-what-a-bot-round-costs.md). A forked child begins anew with both.
"""

import asyncio
import os
from threading import get_ident
from uuid import UUID

ID_BYTES = 16
IDS_AT_ONCE = 256

_loops: dict[int, asyncio.AbstractEventLoop] = {}
_random: list[bytes] = []


def find_running_loop() -> asyncio.AbstractEventLoop | None:
    """The loop that runs on this thread, or None."""
    known = _loops.get(get_ident())
    if known is not None and known.is_running():
        return known
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return None
    _loops[get_ident()] = loop
    return loop


def make_id() -> UUID:
    """A random UUID (RFC 9562, version 4) from the operating system's generator; from any thread."""
    try:
        drawn = _random.pop()
    except IndexError:
        pool = os.urandom(ID_BYTES * IDS_AT_ONCE)
        drawn, *rest = (pool[at : at + ID_BYTES] for at in range(0, len(pool), ID_BYTES))
        _random.extend(rest)
    return UUID(bytes=drawn, version=4)


def _forget() -> None:
    _loops.clear()
    _random.clear()


os.register_at_fork(after_in_child=_forget)
