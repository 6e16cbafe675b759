"""`manage.py check_session_persistence`: proves over a real socket, against any running server, that a session persists."""

import asyncio
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from core.commands import ParleyCommand
from operations.session_check import Check, CheckFailed, check_session


class Command(ParleyCommand):
    help = (
        "Two messages over a real socket must land in one session. BACKEND_WS_URL, JWT_TOKEN, BOT and, if you "
        "like, MODEL come from the environment. Prints each frame and the verdict; exit status 0 or 1."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seconds", type=float, default=30.0, help="how long to wait for each reply")

    def run(self, **options: Any) -> None:
        check = Check(
            url=settings.CHECKED_URL,
            token=settings.CHECKED_TOKEN,
            bot=settings.CHECKED_BOT,
            model=settings.CHECKED_MODEL,
            seconds=options["seconds"],
        )
        try:
            session = asyncio.run(check_session(check, self._say))
        except CheckFailed as error:
            raise CommandError(f"FAILED. {error}") from error
        self._say(
            f"PASSED. Both messages are in session {session}, whose id came before the first reply ended."
        )

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
