"""Fill a fresh installation for a run, through the product's own commands: `python -m bench.seed AGENTS`.

Prints `{"public_id", "agents", "questions"}`: a published bot that knows bench/knowledge.csv, and an API token for each
agent of its organisation.
"""

import csv
import io
import json
import os
import sys
from pathlib import Path
from typing import Any

import django

KNOWLEDGE = Path(__file__).with_name("knowledge.csv")
ORGANISATION = BOT = "bench"


def seed_installation(*, agents: int) -> dict[str, Any]:
    _command("migrate", "--noinput")
    tokens = _make_agents(agents)
    bot = json.loads(_command("create_bot", "--organisation", ORGANISATION, "--name", "Bench", "--slug", BOT))
    _command("import_knowledge", BOT, str(KNOWLEDGE))
    _command("publish_bot", BOT, "--override", "benchmark")
    return {"public_id": bot["public_id"], "agents": tokens, "questions": read_questions()}


def read_questions() -> list[str]:
    with KNOWLEDGE.open(newline="") as file:
        return [row["question"] for row in csv.DictReader(file)]


def _make_agents(count: int) -> list[str]:
    from organisations.api_tokens import issue_api_token
    from organisations.models import Membership, Organisation, Role, User

    organisation = Organisation.objects.create(name="Bench", slug=ORGANISATION)
    tokens = []
    for number in range(count):
        user = User.objects.create_user(f"agent{number}@bench.test", None, name=f"Agent {number}")
        Membership.objects.create(organisation=organisation, user=user, role=Role.AGENT)
        tokens.append(issue_api_token(user=user))
    return tokens


def _command(name: str, *arguments: str) -> str:
    """Run a management command and return the last line that it printed."""
    from django.core.management import call_command

    printed = io.StringIO()
    call_command(name, *arguments, stdout=printed)
    return printed.getvalue().strip().rpartition("\n")[2]


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    print(json.dumps(seed_installation(agents=int(sys.argv[1]))))
