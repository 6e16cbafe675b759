"""`manage.py load_demo`: two organisations with people, bots and knowledge."""

from typing import Any

from core.commands import ParleyCommand
from operations.demo import load_demo


class Command(ParleyCommand):
    help = "Load the demo (on a loopback address only); what is there already stays."

    def run(self, **options: Any) -> None:
        self.stdout.write("The demo is loaded." if load_demo() else "The demo was there already.")
