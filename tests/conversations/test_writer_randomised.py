"""The writer under several processes, resends, kill -9 and changes of owner: no lost acknowledgement, no wrong number."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import uuid
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from conversations.actions.post_message import post_messages_in_transaction, system_row
from conversations.models import Conversation, Message
from handoff.actions.lock import change_owner, lock_conversation
from tests.cast import make_conversation, make_visitor
from tests.conversations.database_url import url_of_test_database

PROCESSES, CONVERSATIONS, STEPS, KILLS = 3, 6, 70, 4
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]


def make_plan(
    *, seed: int, visitor: Any, conversations: list[str], shared: list[dict[str, Any]]
) -> dict[str, Any]:
    """What one process sends: its own messages, and some that every process sends with the same client ids."""
    rng = random.Random(seed)
    own = [
        {
            "lane": str(rng.randrange(8)),
            "client_id": str(uuid.UUID(int=rng.getrandbits(128), version=4)),
            "conversation": rng.choice([*conversations, ""]) if number % 7 else "",
            "text": f"message {number} of {seed}",
        }
        for number in range(STEPS)
    ]
    steps = own + shared
    rng.shuffle(steps)
    return {"seed": seed, "visitor": str(visitor.pk), "steps": steps}


def start_worker(plan: Path, acks: Path) -> "subprocess.Popen[bytes]":
    environment = {
        **os.environ,
        "DATABASE_URL": url_of_test_database(connection),
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    command = [sys.executable, "-m", "tests.conversations.writer_worker", str(plan), str(acks)]
    return subprocess.Popen(command, env=environment, cwd=Path(__file__).parents[2])


def change_owners(conversations: list[str], stop: threading.Event, rng: random.Random) -> None:
    """What accepting and ending do: a new owner version and a row that says it, in one transaction."""
    try:
        while not stop.wait(rng.random() * 0.05):
            with transaction.atomic():
                row = lock_conversation(uuid.UUID(rng.choice(conversations)))
                change_owner(row, state="bot", agent_id=None)
                post_messages_in_transaction(
                    system_row(
                        organisation_id=row.organisation_id,
                        conversation_id=row.pk,
                        text=str(row.owner_version),
                        event="joined",
                    )
                )
    finally:
        connection.close()


def wait_for_acknowledgements(acks: Path, more: int, process: "subprocess.Popen[bytes]") -> None:
    """Until the process has acknowledged `more` messages, or has ended."""
    before = acks.read_text().count("\n") if acks.exists() else 0
    while process.poll() is None and (acks.read_text().count("\n") if acks.exists() else 0) < before + more:
        try:
            process.wait(0.01)
        except subprocess.TimeoutExpired:
            continue


def check_log(acks: list[dict[str, Any]], plans: list[dict[str, Any]]) -> None:
    stored = {str(m.client_id): m for m in Message.objects.filter(client_id__isnull=False)}
    counts = Counter(Message.objects.filter(client_id__isnull=False).values_list("client_id", flat=True))
    assert set(counts.values()) == {1}
    for ack in acks:
        message = stored[ack["client_id"]]
        assert (str(message.conversation_id), message.seq) == (ack["conversation"], ack["seq"])
    assert {step["client_id"] for plan in plans for step in plan["steps"]} <= stored.keys()
    for conversation in Conversation.objects.all():
        rows = list(Message.objects.filter(conversation=conversation).order_by("seq"))
        assert [row.seq for row in rows] == list(range(1, conversation.last_seq + 1))
        check_owner_versions(rows)


def check_owner_versions(rows: list[Message]) -> None:
    version = 0
    for row in rows:
        if row.sender == "system":
            version = int(row.text)
        elif row.sender == "bot":
            assert int(row.text) == version, "a bot's reply landed after somebody else had taken over"


@pytest.mark.parametrize("seed", [20261121])
def test_no_acknowledgement_is_lost_and_no_number_wrong_while_processes_are_killed(cast, tmp_path, seed):
    rng = random.Random(seed)
    visitor = make_visitor(cast.acme.bot)
    conversations = [str(make_conversation(visitor).pk) for _ in range(CONVERSATIONS)]
    shared = [
        {"lane": f"shared {n}", "client_id": str(uuid.uuid4()), "conversation": "", "text": f"from all {n}"}
        for n in range(8)
    ]
    plans = [
        make_plan(seed=seed + n, visitor=visitor, conversations=conversations, shared=shared)
        for n in range(PROCESSES)
    ]
    files = [(tmp_path / f"plan-{n}", tmp_path / f"acks-{n}") for n in range(PROCESSES)]
    for plan, (path, acks) in zip(plans, files, strict=True):
        path.write_text(json.dumps(plan))
        acks.touch()
    stop = threading.Event()
    owners = threading.Thread(target=change_owners, args=(conversations, stop, random.Random(seed)))
    owners.start()
    workers = [start_worker(*pair) for pair in files]
    try:
        for _ in range(KILLS):
            victim = rng.randrange(PROCESSES)
            wait_for_acknowledgements(files[victim][1], rng.randrange(3, 15), workers[victim])
            workers[victim].send_signal(signal.SIGKILL)
            workers[victim].wait()
            workers[victim] = start_worker(*files[victim])
        assert [worker.wait(120) for worker in workers] == [0] * PROCESSES
    finally:
        stop.set()
        for worker in workers:
            worker.kill()
            worker.wait()
        owners.join()
    acks = [
        json.loads(line) for _, path in files for line in path.read_text().splitlines() if line.endswith("}")
    ]
    assert len({ack["client_id"] for ack in acks}) == PROCESSES * STEPS + len(shared)
    check_log(acks, plans)
