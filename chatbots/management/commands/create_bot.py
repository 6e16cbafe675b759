"""`manage.py create_bot --organisation SLUG --name NAME --slug SLUG`: prints {"id", "slug", "public_id"}."""

import json
from typing import Any

from django.core.management.base import CommandParser

from chatbots.actions.edit_bot import create_bot
from core.commands import ParleyCommand
from organisations.access import access_organisation_by_slug


class Command(ParleyCommand):
    help = "Make a bot and print its ids as JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organisation", required=True, help="the organisation's short name")
        parser.add_argument("--name", required=True)
        parser.add_argument("--slug", default="", help="made from the name where left out")

    def run(self, **options: Any) -> None:
        organisation = access_organisation_by_slug(options["organisation"])
        chatbot = create_bot(organisation=organisation, name=options["name"], slug=options["slug"])
        self.stdout.write(
            json.dumps({"id": chatbot.pk, "slug": chatbot.slug, "public_id": chatbot.public_id})
        )
