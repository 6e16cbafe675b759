"""Management commands: Parley's errors become one clear line and exit status 1."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.errors import ParleyError


class ParleyCommand(BaseCommand):
    """Subclasses implement `run`; what it raises as ParleyError is printed without a traceback."""

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.run(**options)
        except ParleyError as error:
            fields = "".join(f"\n  {name}: {sentence}" for name, sentence in error.fields.items())
            raise CommandError(error.detail + fields) from error

    def run(self, **options: Any) -> None:
        raise CommandError(f"{type(self).__module__} has no run method.")
