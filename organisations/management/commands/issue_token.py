"""`manage.py issue_token EMAIL`: prints an API token, and nothing else."""

from typing import Any

from django.core.management.base import CommandParser

from core.commands import ParleyCommand
from organisations.access import access_user_by_email
from organisations.api_tokens import issue_api_token


class Command(ParleyCommand):
    help = "Print an API token for the person with this e-mail address."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def run(self, **options: Any) -> None:
        self.stdout.write(issue_api_token(user=access_user_by_email(options["email"])))
