"""One message in a client's outbox."""

import asyncio
from dataclasses import dataclass


@dataclass(slots=True, eq=False)
class Said:
    """`session` is "" while the one before it opens the conversation; `timer` sends it again."""

    client_id: str
    text: str
    session: str
    timer: asyncio.TimerHandle | None = None
    sending: bool = False

    def rest(self) -> None:
        """It is not on its way any more."""
        if self.timer:
            self.timer.cancel()
        self.timer, self.sending = None, False
