"""The two sockets' addresses, and what the server does at start and stop."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from channels.routing import ProtocolTypeRouter
from django.conf import settings

from chatbots.consumers import ChatSocket
from chatbots.llm.base import close_providers
from chatbots.llm.choices import prepare_providers
from chatbots.retrieval.embedding.base import warm_up
from chatbots.turns import finish_running_turns, sweep_turns
from conversations.actions.post_message import close_writer
from conversations.database import close_pool
from conversations.delivery import remember_main_loop, settle_hints
from embed.polling.asgi import carry_polls
from handoff.consumers import AgentSocket
from operations.drain import measure_turns_left, watch_signals

logger = logging.getLogger(__name__)
Application = Callable[..., Awaitable[None]]
SOCKETS: dict[str, Application] = {"/ws/chat/": ChatSocket.as_asgi(), "/ws/agent/": AgentSocket.as_asgi()}


def build_application(django_application: Any) -> Any:
    """HTTP, sockets and lifespan in one ASGI application."""
    return ProtocolTypeRouter(
        {
            "http": carry_polls(django_application),
            "websocket": find_socket,
            "lifespan": run_lifespan,
        }
    )


async def find_socket(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """The socket at an address; at one that is none it is refused, which is no error in the log."""
    socket = SOCKETS.get(scope["path"])
    if socket is not None:
        await socket(scope, receive, send)
        return
    await receive()
    await send({"type": "websocket.close"})


async def run_lifespan(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """ASGI lifespan: at start the loop is remembered and lost turns are swept for; at stop what runs is finished."""
    sweeper: asyncio.Task[None] | None = None
    preparing: asyncio.Future[Any] | None = None
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            remember_main_loop()
            watch_signals()
            sweeper = asyncio.create_task(_sweep())
            preparing = asyncio.gather(prepare_providers(), asyncio.to_thread(warm_up))
            await send({"type": "lifespan.startup.complete"})
        else:
            for task in (sweeper, preparing):
                if task is not None:
                    task.cancel()
            await finish_running_turns(seconds=measure_turns_left())
            await close_providers()
            close_writer()
            await settle_hints()
            close_pool()
            await send({"type": "lifespan.shutdown.complete"})
            return


async def _sweep() -> None:
    while True:
        await asyncio.sleep(settings.TURN_LEASE_SECONDS / 4)
        try:
            await sweep_turns()
        except Exception as error:  # noqa: BLE001 - the next sweep tries again
            logger.warning("lost turns were not swept for: %s", type(error).__name__)
