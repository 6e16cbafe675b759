"""What waits to be written: one line an organisation, served in turn, so that a flood delays only its own tenant."""

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field
from uuid import UUID

from conversations.writer.items import NewMessage, Result


@dataclass(slots=True)
class Request:
    """A message on its way, and the loop and future that wait for its place in the log."""

    item: NewMessage
    loop: asyncio.AbstractEventLoop
    future: "asyncio.Future[Result]"
    parked_since: float = 0.0


@dataclass(slots=True)
class WaitingLine:
    """Event loops put, the writer's thread does all else; no lock, since a deque's ends are safe between threads.

    (With a lock, loops waited for the interpreter in the middle of the writer's sorting.)
    """

    batch_rows: int
    park_seconds: float
    _arrived: deque[Request] = field(default_factory=deque)
    _held: int = 0
    _lines: dict[int, deque[Request]] = field(default_factory=dict)
    _parked: dict[UUID, deque[Request]] = field(default_factory=dict)
    _retry_at: float = 0.0

    @property
    def count(self) -> int:
        """How many wait, parked ones included; from any thread."""
        return len(self._arrived) + self._held

    def put(self, request: Request) -> None:
        self._arrived.append(request)

    def park(self, requests: list[Request]) -> None:
        """Keep requests whose conversation is locked elsewhere, in order, until the next retry."""
        now = time.monotonic()
        for request in requests:
            request.parked_since = request.parked_since or now
            self._parked.setdefault(request.item.target, deque()).append(request)
        self._held += len(requests)
        self._retry_at = now + self.park_seconds

    def take_parked(self) -> list[Request]:
        """The parked requests when it is time to try them again, else none."""
        if not self._parked or time.monotonic() < self._retry_at:
            return []
        requests = [request for line in self._parked.values() for request in line][: self.batch_rows]
        taken = set(map(id, requests))
        for key in list(self._parked):
            rest = deque(request for request in self._parked[key] if id(request) not in taken)
            if rest:
                self._parked[key] = rest
            else:
                del self._parked[key]
        self._held -= len(requests)
        return requests

    def take(self) -> list[Request]:
        """Up to `batch_rows` requests, one from each organisation in turn; those behind a parked one join it."""
        self._sort_arrived()
        requests: list[Request] = []
        while self._lines and len(requests) < self.batch_rows:
            organisation, line = next(iter(self._lines.items()))
            del self._lines[organisation]
            request = line.popleft()
            if line:
                self._lines[organisation] = line
            if request.item.target in self._parked:
                request.parked_since = time.monotonic()
                self._parked[request.item.target].append(request)
            else:
                requests.append(request)
        self._held -= len(requests)
        return requests

    def wait_seconds(self) -> float | None:
        """How long the writer may sleep: 0 with work waiting, None without any."""
        if self._lines or self._arrived:
            return 0.0
        return max(0.0, self._retry_at - time.monotonic()) if self._parked else None

    def _sort_arrived(self) -> None:
        while self._arrived:
            # Counted first: seen from a loop, nothing is ever missing.
            self._held += 1
            request = self._arrived.popleft()
            self._lines.setdefault(request.item.organisation_id, deque()).append(request)
