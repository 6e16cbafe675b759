"""`manage.py import_knowledge BOT FILE…`: progress on stderr, {"sources", "chunks", "errors"} as the last line."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from chatbots.access import find_chatbot_by_name
from chatbots.knowledge.importing import import_file
from chatbots.models import Chatbot, KnowledgeSource
from core.commands import ParleyCommand
from core.errors import Invalid, ParleyError


class Command(ParleyCommand):
    help = "Import files (.csv, .json, .md, .txt) into a bot's knowledge; done when they are searchable."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("bot", help="SLUG, or ORG/SLUG")
        parser.add_argument("files", nargs="+", metavar="FILE")

    def run(self, **options: Any) -> None:
        chatbot = find_chatbot_by_name(options["bot"])
        imported: list[KnowledgeSource] = []
        errors: list[dict[str, str]] = []
        for name in options["files"]:
            try:
                imported.append(self.import_one(chatbot, name))
            except ParleyError as error:
                self.stderr.write(f"{name}: {error.detail}")
                errors.append({"file": name, "code": error.code, "detail": error.detail})
        chunks = sum(source.chunk_count for source in imported)
        self.stdout.write(json.dumps({"sources": len(imported), "chunks": chunks, "errors": errors}))
        if errors:
            raise CommandError(f"{len(errors)} of {len(options['files'])} not imported.")

    def import_one(self, chatbot: Chatbot, name: str) -> KnowledgeSource:
        if name.startswith(("http://", "https://")):
            raise Invalid("Addresses cannot be imported. Save the page as .md or .txt and import the file.")

        shown = -1

        def on_progress(percent: int) -> None:
            nonlocal shown
            if percent // 10 > shown:
                shown = percent // 10
                self.stderr.write(f"{name}: {percent} %")

        source = import_file(chatbot=chatbot, path=Path(name), on_progress=on_progress)
        for warning in source.warnings:
            self.stderr.write(f"{name}: warning: {warning}")
        return source
