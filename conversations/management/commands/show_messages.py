"""`manage.py show_messages [--last 5] [--session ID]`: what is stored, a line each."""

from typing import Any

from django.core.management.base import CommandParser

from conversations.access import read_stored_messages
from conversations.models import MessageState
from core.commands import ParleyCommand


class Command(ParleyCommand):
    help = "Print stored messages, oldest first, a line each."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--last", type=int, default=5, help="how many (default 5)")
        parser.add_argument("--session", default="", help="of one conversation only")

    def run(self, **options: Any) -> None:
        for message in read_stored_messages(last=options["last"], session_id=options["session"]):
            text = " ".join(message.text.split())
            place = f"{message.conversation_id} #{message.seq}"
            who = (
                message.sender
                if message.state == MessageState.SENT
                else f"{message.sender} ({message.state})"
            )
            self.stdout.write(f"{message.created_at:%Y-%m-%d %H:%M:%S} {place} {who}: {text}")
