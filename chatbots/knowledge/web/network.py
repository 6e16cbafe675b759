"""Connections that cannot be led inside: a name is resolved once, the answer is checked, and that very number is called.

Nothing is resolved between the check and the connection, so that a name whose answer changes (rebinding) gains nothing.
Every read and write also ends at one deadline for the whole exchange.
"""

import socket
import ssl
from collections.abc import Callable, Iterable
from time import monotonic
from typing import Any

import httpcore
import httpx

from chatbots.knowledge.web.addresses import check_number, is_allowed_host

Resolve = Callable[[str, int], list[str]]


def resolve_name(host: str, port: int) -> list[str]:
    """The numbers that a name stands for, as text."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return [str(address[0]) for *_, address in found]


class GuardedBackend(httpcore.NetworkBackend):
    """The network of one fetcher. `deadline` is in the time of `monotonic`."""

    def __init__(self, resolve: Resolve = resolve_name) -> None:
        self.deadline = float("inf")
        self._resolve = resolve
        self._network = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Raises Blocked where any number of the name is not public, httpcore.ConnectError and ConnectTimeout."""
        try:
            numbers = list(dict.fromkeys(self._resolve(host, port)))
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("name not found") from error
        if not is_allowed_host(host.lower(), port):
            numbers = [check_number(number) for number in numbers]
        fault: Exception = httpcore.ConnectError("no address")
        for number in numbers[:4]:
            try:
                opened = self._network.connect_tcp(
                    number, port, self.limit(timeout), local_address, socket_options
                )
                return TimedStream(opened, self)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                fault = error
        raise fault

    def connect_unix_socket(self, *arguments: Any, **options: Any) -> httpcore.NetworkStream:
        raise httpcore.ConnectError("no sockets of this machine")

    def limit(self, timeout: float | None) -> float:
        """What is left until the deadline, at most `timeout`. Raises httpcore.ReadTimeout when nothing is."""
        left = self.deadline - monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("deadline")
        return left if timeout is None else min(timeout, left)


class TimedStream(httpcore.NetworkStream):
    """A connection that also ends at its backend's deadline: a server that drips a byte a second gains nothing."""

    def __init__(self, stream: httpcore.NetworkStream, backend: GuardedBackend) -> None:
        self._stream = stream
        self._backend = backend

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._backend.limit(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._backend.limit(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """The certificate is checked against the name, though the number was called."""
        opened = self._stream.start_tls(ssl_context, server_hostname, self._backend.limit(timeout))
        return TimedStream(opened, self._backend)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class GuardedTransport(httpx.HTTPTransport):
    """httpx over a guarded network. Proxies of the environment are not used: they would connect on our behalf."""

    def __init__(self, backend: GuardedBackend) -> None:
        context = httpx.create_ssl_context(trust_env=False)
        super().__init__(verify=context, trust_env=False)
        self._pool = httpcore.ConnectionPool(
            ssl_context=context, network_backend=backend, max_connections=4, keepalive_expiry=20.0
        )
