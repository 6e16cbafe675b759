"""`manage.py evaluate_bot BOT CASES.csv [--version draft|published|N] [--json OUT]`: progress goes to stderr."""

import json
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import CommandError, CommandParser

from chatbots.access import find_chatbot_by_name
from chatbots.evaluation.asking import evaluate_questions, find_unknown_titles
from chatbots.evaluation.brains import choose_brain, name_brain
from chatbots.evaluation.cases import Case, read_cases
from chatbots.evaluation.report import describe_failures, describe_metrics, make_report
from core.commands import ParleyCommand
from core.errors import Invalid, NotFound

SHOWN_TITLES = 10


class Command(ParleyCommand):
    help = "Ask a bot the questions of a file (question,expect) and say how many came out as expected."

    def create_parser(self, prog_name: str, subcommand: str, **options: Any) -> CommandParser:
        """Django's own --version gives way to ours."""
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **options)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("bot", help="SLUG, or ORG/SLUG")
        parser.add_argument("cases", metavar="CASES", help="a .csv or .json file with question and expect")
        parser.add_argument(
            "--version",
            dest="of",
            default="draft",
            help="draft (the default), published, or a version's number",
        )
        parser.add_argument("--json", default="", metavar="OUT", help="file for all figures and results")

    def run(self, **options: Any) -> None:
        brain = choose_brain(chatbot=find_chatbot_by_name(options["bot"]), version=options["of"])
        cases = self.read(Path(options["cases"]))
        self.warn(find_unknown_titles(brain=brain, cases=cases))
        results = evaluate_questions(brain=brain, cases=cases, on_progress=self.show_progress(len(cases)))
        report = make_report(results=results, subject=name_brain(brain), fingerprint=brain.fingerprint)
        if options["json"]:
            self.write(Path(options["json"]), report)
        for line in [*describe_metrics(report), *describe_failures(results)]:
            self.stdout.write(line)

    def read(self, path: Path) -> list[Case]:
        try:
            opened: BinaryIO = path.open("rb")
        except FileNotFoundError as error:
            raise NotFound(f"There is no file {path}.") from error
        except OSError as error:
            raise Invalid(f"{path} cannot be read: {error.strerror}.") from error
        with opened:
            return read_cases(opened)

    def write(self, path: Path, report: dict[str, Any]) -> None:
        try:
            path.write_text(json.dumps(report, ensure_ascii=False, indent=1), encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}.") from error

    def warn(self, unknown: list[str]) -> None:
        if unknown:
            more = f" and {len(unknown) - SHOWN_TITLES} more" if len(unknown) > SHOWN_TITLES else ""
            shown = ", ".join(f"“{title}”" for title in unknown[:SHOWN_TITLES])
            self.stderr.write(f"warning: nothing in the knowledge is called {shown}{more}")

    def show_progress(self, total: int) -> Any:
        shown = -1

        def show(done: int) -> None:
            nonlocal shown
            if (tenth := done * 10 // total) > shown:
                shown = tenth
                self.stderr.write(f"{done} of {total} questions asked ({done * 100 // total} %)")

        return show
