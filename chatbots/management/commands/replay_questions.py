"""`manage.py replay_questions BOT [--last N] [--days N] [--version draft]`: which answers to visitors would change."""

import json
from datetime import timedelta
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from chatbots.access import find_chatbot_by_name
from chatbots.evaluation.brains import choose_brain
from chatbots.evaluation.replay import MOST, Replayed, replay_questions
from core.commands import ParleyCommand
from core.errors import Invalid


class Command(ParleyCommand):
    help = "Ask the draft what visitors asked lately, and say which answers would change; test sessions left out."

    def create_parser(self, prog_name: str, subcommand: str, **options: Any) -> CommandParser:
        """Django's own --version gives way to ours."""
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **options)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("bot", help="SLUG, or ORG/SLUG")
        parser.add_argument("--last", type=int, default=500, help=f"different questions, at most {MOST:,}")
        parser.add_argument("--days", type=int, default=30, help="how far back")
        parser.add_argument("--version", dest="of", default="draft", help="draft, published, or a number")

    def run(self, **options: Any) -> None:
        if not (1 <= options["last"] <= MOST and 1 <= options["days"] <= 3_650):
            raise Invalid(f"--last takes 1 to {MOST:,}, --days 1 to 3650.")
        chatbot = find_chatbot_by_name(options["bot"])
        replayed = replay_questions(
            chatbot=chatbot,
            brain=choose_brain(chatbot=chatbot, version=options["of"]),
            since=timezone.now() - timedelta(days=options["days"]),
            last=options["last"],
            on_progress=lambda done, total: self.stderr.write(f"{done} of {total} questions asked"),
        )
        changed = [one for one in replayed if one.changed]
        for one in changed:
            self.stdout.write(f"{one.before.question!r}: {self.say(one)}")
        self.stdout.write(json.dumps({"questions": len(replayed), "changed": len(changed)}))

    def say(self, one: Replayed) -> str:
        before = f"{one.before.outcome} ({one.before.title or 'nothing found'})"
        return f"{before} -> {one.after.outcome} ({one.after.title or 'nothing found'})"
