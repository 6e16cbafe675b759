"""`manage.py import_knowledge BOT FILE_OR_URL…`: progress on stderr, {"sources", "chunks", "errors"} as the last line."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from chatbots.access import find_chatbot_by_name
from chatbots.knowledge.importing import import_file
from chatbots.knowledge.web.pages import import_address
from chatbots.models import Chatbot, KnowledgeSource, SourceKind
from core.commands import ParleyCommand
from core.errors import ParleyError


class Command(ParleyCommand):
    help = (
        "Import files (CSV, JSON, Markdown, text, HTML, PDF, DOCX), pages and sites (https://…) into a bot's knowledge; "
        "done when they are searchable."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("bot", help="SLUG, or ORG/SLUG")
        parser.add_argument("files", nargs="+", metavar="FILE_OR_URL")
        parser.add_argument(
            "--site",
            action="store_true",
            help="take each address for a site and import all pages of its sitemap "
            "(an address that is called sitemap….xml is taken so anyway)",
        )

    def run(self, **options: Any) -> None:
        chatbot = find_chatbot_by_name(options["bot"])
        imported: list[KnowledgeSource] = []
        errors: list[dict[str, str]] = []
        for name in options["files"]:
            try:
                imported.append(self.import_one(chatbot, name, is_site=options["site"]))
            except ParleyError as error:
                self.stderr.write(f"{name}: {error.detail} {error.extra.get('hint', '')}".rstrip())
                errors.append({"file": name, "code": error.code, "detail": error.detail})
        chunks = sum(source.chunk_count for source in imported)
        self.stdout.write(json.dumps({"sources": len(imported), "chunks": chunks, "errors": errors}))
        if errors:
            raise CommandError(f"{len(errors)} of {len(options['files'])} not imported.")

    def import_one(self, chatbot: Chatbot, name: str, *, is_site: bool) -> KnowledgeSource:
        shown = -1

        def on_progress(percent: int) -> None:
            nonlocal shown
            if percent // 10 > shown:
                shown = percent // 10
                self.stderr.write(f"{name}: {percent} %")

        if "://" in name:
            kind = SourceKind.SITEMAP if is_site else ""
            source = import_address(chatbot=chatbot, address=name, kind=kind, on_progress=on_progress)
        else:
            source = import_file(chatbot=chatbot, path=Path(name), on_progress=on_progress)
        for warning in source.warnings:
            self.stderr.write(f"{name}: warning: {warning}")
        return source
