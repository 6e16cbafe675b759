"""A conversation as one client shows it, by the rules of the browser's timeline, and what it may never do."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Entry:
    """A message as somebody sees it."""

    seq: int
    sender: str
    text: str
    client_id: str
    state: str = "sent"

    @classmethod
    def of(cls, message: dict[str, Any]) -> "Entry":
        return cls(
            message["seq"],
            message["sender"],
            message["text"],
            message["client_id"] or "",
            message.get("state", "sent"),
        )


class LogView:
    """Shows what follows without a gap from number 1; what lies beyond a gap is kept aside until it is filled."""

    def __init__(self) -> None:
        self.shown: list[Entry] = []
        self.complaints: list[str] = []
        self._aside: dict[int, Entry] = {}

    @property
    def head(self) -> int:
        """The last number shown."""
        return len(self.shown)

    @property
    def client_ids(self) -> set[str]:
        return {entry.client_id for entry in self.shown if entry.client_id}

    @property
    def has_gap(self) -> bool:
        return bool(self._aside)

    def put(self, entry: Entry) -> None:
        """Take a message in, however often and in whatever order it comes."""
        if entry.seq <= self.head:
            self._see_again(entry)
            return
        self._aside[entry.seq] = entry
        while self.head + 1 in self._aside:
            self.shown.append(self._aside.pop(self.head + 1))

    def _see_again(self, entry: Entry) -> None:
        known = self.shown[entry.seq - 1]
        if (known.sender, known.client_id) != (entry.sender, entry.client_id):
            self.complaints.append(f"number {entry.seq} was {known}, and then {entry}")
        elif known.state != entry.state:
            self.shown[entry.seq - 1] = entry
