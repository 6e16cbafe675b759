"""`manage.py publish_bot BOT [--override REASON]`: prints {"version", "fingerprint"}."""

import json
from typing import Any

from django.core.management.base import CommandParser

from chatbots.access import find_chatbot_by_name
from chatbots.actions.publish_bot import publish_bot
from core.commands import ParleyCommand


class Command(ParleyCommand):
    help = "Publish a bot's draft and print the version as JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("bot", help="SLUG, or ORG/SLUG")
        parser.add_argument("--override", default="", metavar="REASON", help="kept as the version's note")

    def run(self, **options: Any) -> None:
        chatbot = find_chatbot_by_name(options["bot"])
        version = publish_bot(chatbot=chatbot, author=None, note=options["override"])
        self.stdout.write(json.dumps({"version": version.number, "fingerprint": version.fingerprint}))
