"""The SDKs' clients: one a loop and account, whose connections answers share."""

import asyncio
import socket
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any, Generic, Protocol, TypeVar
from weakref import WeakKeyDictionary

import httpcore2
import httpx2
from django.conf import settings

from chatbots.llm.base import Access
from chatbots.llm.faults import PrivateAddress
from core.addresses import is_public

CONNECT_SECONDS = 5.0
# Of a loop with more accounts than this, those that were asked least lately open new connections.
MOST_CLIENTS = 64
LIMITS = httpx2.Limits(max_connections=1000, max_keepalive_connections=100)


class Client(Protocol):
    async def close(self) -> None: ...


C = TypeVar("C", bound=Client)


class Clients(Generic[C]):
    """Made by `make` as they are asked for."""

    def __init__(self, make: Callable[[Access], C]) -> None:
        self._make = make
        self._of_loops: WeakKeyDictionary[asyncio.AbstractEventLoop, OrderedDict[Access, C]] = (
            WeakKeyDictionary()
        )
        self._closing: set[asyncio.Task[None]] = set()

    def get(self, access: Access) -> C:
        """This loop's client for that address and key."""
        own = self._of_loops.setdefault(asyncio.get_running_loop(), OrderedDict())
        client = own.get(access)
        if client is None:
            client = own[access] = self._make(access)
        own.move_to_end(access)
        if len(own) > MOST_CLIENTS:
            self._close_soon(own.popitem(last=False)[1])
        return client

    async def close(self) -> None:
        """Close this loop's connections; the next answer opens new ones."""
        for client in self._of_loops.pop(asyncio.get_running_loop(), {}).values():
            await client.close()

    def _close_soon(self, client: C) -> None:
        task = asyncio.get_running_loop().create_task(client.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


def make_http_client(access: Access) -> httpx2.AsyncClient:
    """What carries an SDK's requests. Redirects are not followed: the key goes where its owner said and nowhere else.

    No read limit: silence is judged by pieces of text, not by bytes.
    """
    options: dict[str, Any] = {
        "timeout": httpx2.Timeout(None, connect=min(CONNECT_SECONDS, settings.PROVIDER_TIMEOUT_SECONDS)),
        "follow_redirects": False,
        "limits": LIMITS,
    }
    if access.may_be_private:
        return httpx2.AsyncClient(**options)
    # A proxy of the environment would connect in our place, and ask nobody.
    return httpx2.AsyncClient(**options, transport=_PublicTransport(limits=LIMITS), trust_env=False)


class _PublicTransport(httpx2.AsyncHTTPTransport):
    """Connects to public addresses only; TLS still asks for the certificate of the name."""

    def __init__(self, *, limits: httpx2.Limits) -> None:
        super().__init__(limits=limits, trust_env=False)
        # The library has no argument for it.
        self._pool._network_backend = _PublicBackend()


class _PublicBackend(httpcore2.AsyncNetworkBackend):
    """Looks a name up once, and connects to what it looked at: no second answer can lead elsewhere."""

    def __init__(self) -> None:
        self._inner = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's own signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        addresses = await _look_up(host, port)
        if not addresses or not all(map(is_public, addresses)):
            raise PrivateAddress(f"{host} is not on the open internet")
        return await self._inner.connect_tcp(
            addresses[0], port, timeout=timeout, local_address=local_address, socket_options=socket_options
        )

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


async def _look_up(host: str, port: int) -> list[str]:
    """Its addresses, IPv4 first: not every server has a way out for the other."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    ordered = sorted(found, key=lambda one: one[0] != socket.AF_INET)
    return list(dict.fromkeys(str(one[4][0]) for one in ordered))
