"""A process of the writer's test: posts its part of a plan, notes each acknowledgement, and may be killed at any time.

Started as `python -m tests.conversations.writer_worker PLAN ACKS`; PLAN is JSON, ACKS a file to which every
acknowledgement is appended before anything else happens. Run again, it sends everything once more that it has no
acknowledgement for, and some of what it has.
"""

import asyncio
import json
import os
import random
import sys
import uuid
from pathlib import Path
from typing import Any

import django

django.setup()

from chatbots.models import Chatbot  # noqa: E402
from conversations.access import read_heads  # noqa: E402
from conversations.actions.post_message import close_writer, post_message  # noqa: E402
from conversations.database import close_pool, run_query  # noqa: E402
from conversations.models import Visitor  # noqa: E402
from conversations.writer.items import NewMessage, OpenConversation  # noqa: E402
from core.errors import Conflict, Unavailable  # noqa: E402


class Worker:
    def __init__(self, plan: dict[str, Any], acks: Path) -> None:
        self.plan, self.file = plan, os.open(acks, os.O_APPEND | os.O_CREAT | os.O_WRONLY)
        self.known = {
            json.loads(line)["client_id"] for line in acks.read_text().splitlines() if line.endswith("}")
        }
        self.random = random.Random(plan["seed"])
        self.visitor = Visitor.objects.get(pk=plan["visitor"])
        self.bot = Chatbot.objects.get(pk=self.visitor.chatbot_id)

    async def run(self) -> None:
        lanes: dict[str, list[dict[str, Any]]] = {}
        for step in self.plan["steps"]:
            lanes.setdefault(step["lane"], []).append(step)
        await asyncio.gather(*(self.run_lane(steps) for steps in lanes.values()))

    async def run_lane(self, steps: list[dict[str, Any]]) -> None:
        for step in steps:
            if step["client_id"] in self.known and self.random.random() < 0.7:
                continue
            await self.send(step)
            if self.random.random() < 0.2:
                await self.answer_as_bot(step)
            if self.random.random() < 0.2:
                await self.send(step)

    async def send(self, step: dict[str, Any]) -> None:
        while True:
            try:
                written = await post_message(self.message(step))
                break
            except Unavailable:
                await asyncio.sleep(0.05)  # time is the fault: a client backs off
        place = {"conversation": str(written.conversation_id), "seq": written.seq}
        os.write(self.file, json.dumps({"client_id": step["client_id"], **place}).encode() + b"\n")

    def message(self, step: dict[str, Any]) -> NewMessage:
        opens = OpenConversation(uuid.uuid4(), self.bot.pk, self.visitor.pk, None, "live", "api")
        known = step["conversation"]
        place: dict[str, Any] = {"conversation_id": uuid.UUID(known)} if known else {"opens": opens}
        return NewMessage(
            organisation_id=self.bot.organisation_id,
            sender="visitor",
            text=step["text"],
            bearer=self.visitor.bearer,
            client_id=uuid.UUID(step["client_id"]),
            visitor_id=self.visitor.pk,
            **place,
        )

    async def answer_as_bot(self, step: dict[str, Any]) -> None:
        """Begin a reply under the owner version of now; by the commit somebody may have taken over."""
        if not step["conversation"]:
            return
        key = uuid.UUID(step["conversation"])
        version = (await run_query(read_heads, [key]))[key].owner_version
        await asyncio.sleep(self.random.random() * 0.01)  # time is the fault: a reply takes some
        item = NewMessage(
            organisation_id=self.bot.organisation_id,
            conversation_id=key,
            sender="bot",
            text=str(version),
            owner_version=version,
        )
        try:
            await post_message(item)
        except (Conflict, Unavailable):
            return


if __name__ == "__main__":
    worker = Worker(json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2]))
    asyncio.run(worker.run())
    close_writer()
    close_pool()
