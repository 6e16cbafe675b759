"""Telling whoever runs a turn that it is cancelled: here at once, in another process by a hint.

The wish stands in the turn's row (chatbots/actions/cancel_turn.py), where a lost hint is made up for by the next save.
"""

import asyncio
import logging
from typing import Any
from uuid import UUID

from channels.layers import get_channel_layer

from chatbots.turns.ending import end_without_reply
from chatbots.turns.registry import find_running, keep_running
from conversations.delivery import Event, publish
from conversations.models import TurnState

logger = logging.getLogger(__name__)
GROUP_OF_TURNS = "turns"
_hearing: dict[asyncio.AbstractEventLoop, tuple[Any, "asyncio.Task[None]"]] = {}


def tell_cancelled(turn_id: UUID) -> bool:
    """Stop the turn wherever it runs; returns whether it runs here."""
    if _stop(turn_id):
        return True
    publish(GROUP_OF_TURNS, {"type": "turn.cancelled", "turn_id": str(turn_id)})
    return False


def hear_cancels() -> None:
    """Hear from now on of turns that are cancelled in other processes; begins with a loop's first streamed reply."""
    loop, layer = asyncio.get_running_loop(), get_channel_layer()
    known = _hearing.get(loop)
    if known is not None and known[0] is layer and not known[1].done():
        return
    for old in [other for other in _hearing if other.is_closed()]:
        del _hearing[old]
    if known is not None:
        known[1].cancel()
    _hearing[loop] = (layer, loop.create_task(_hear(layer)))


async def _hear(layer: Any) -> None:
    try:
        channel = await layer.new_channel("turns")
        await layer.group_add(GROUP_OF_TURNS, channel)
        while True:
            _take(await layer.receive(channel))
    except Exception as error:  # noqa: BLE001 - whatever the layer raises: the next streamed reply listens again
        logger.warning("cancels in other processes are not heard of: %s", type(error).__name__)


def _take(event: Event) -> None:
    _stop(UUID(event["turn_id"]))


def _stop(turn_id: UUID) -> bool:
    found = find_running(turn_id)
    for running in found:
        if running.stop("cancelled") and not running.has_streamed:
            # The engine cannot be stopped in the middle, and nobody waits for it any more.
            keep_running(running, end_without_reply(running.job, TurnState.CANCELLED))
    return bool(found)
