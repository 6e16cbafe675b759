"""What waits to be written: one line an organisation, served in turn, so that a flood delays only its own tenant."""

import asyncio
import threading
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
    """Guarded by its own lock; the writer's thread takes, event loops put."""

    batch_rows: int
    park_seconds: float
    lock: threading.Lock = field(default_factory=threading.Lock)
    count: int = 0
    _lines: dict[int, deque[Request]] = field(default_factory=dict)
    _parked: dict[UUID, deque[Request]] = field(default_factory=dict)
    _retry_at: float = 0.0

    def put(self, request: Request) -> None:
        with self.lock:
            self.count += 1
            self._line(request.item.organisation_id).append(request)

    def park(self, requests: list[Request]) -> None:
        """Keep requests whose conversation is locked elsewhere, in order, until the next retry."""
        with self.lock:
            now = time.monotonic()
            for request in requests:
                request.parked_since = request.parked_since or now
                self._parked.setdefault(request.item.target, deque()).append(request)
                self.count += 1
            self._retry_at = now + self.park_seconds

    def take_parked(self) -> list[Request]:
        """The parked requests when it is time to try them again, else none."""
        with self.lock:
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
            self.count -= len(requests)
            return requests

    def take(self) -> list[Request]:
        """Up to `batch_rows` requests, one from each organisation in turn; those behind a parked one join it."""
        with self.lock:
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
                    self.count -= 1
            return requests

    def wait_seconds(self) -> float | None:
        """How long the writer may sleep: 0 with work waiting, None without any."""
        with self.lock:
            if self._lines:
                return 0.0
            return max(0.0, self._retry_at - time.monotonic()) if self._parked else None

    def _line(self, organisation: int) -> deque[Request]:
        line = self._lines.get(organisation)
        if line is None:
            line = self._lines[organisation] = deque()
        return line
