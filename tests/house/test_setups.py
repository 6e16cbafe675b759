"""The two set-ups are what they say: the same tests run on SQLite in one process and on PostgreSQL with Redis."""

import asyncio
import uuid
from pathlib import Path
from typing import Any

import pytest
from channels.layers import get_channel_layer
from django.conf import settings
from django.core.cache import cache
from django.db import connection

from conversations.actions.post_message import post_message
from conversations.models import Message, Visitor
from conversations.writer.items import NewMessage, OpenConversation
from tests.cast import Cast


@pytest.mark.django_db
def test_the_database_is_the_set_ups_own(setup: str) -> None:
    assert connection.vendor == ("postgresql" if setup == "distributed" else "sqlite")
    with connection.cursor() as cursor:
        if setup == "distributed":
            cursor.execute("SHOW listen_addresses")
            assert cursor.fetchone() == ("127.0.0.1",)
            return
        assert Path(connection.settings_dict["NAME"]).is_file()
        cursor.execute("PRAGMA journal_mode")
        assert cursor.fetchone() == ("wal",)
        cursor.execute("PRAGMA synchronous")
        assert cursor.fetchone() == (2,)


def test_tests_keep_their_data_out_of_the_developers_folder() -> None:
    assert settings.PARLEY_DATA != settings.BASE_DIR / "var"
    assert "parley-test-data-" in str(settings.PARLEY_DATA)


async def test_the_channel_layer_and_the_cache_work(setup: str) -> None:
    layer = get_channel_layer()
    assert ("Redis" in type(layer).__name__) == (setup == "distributed")
    name = await layer.new_channel()
    await layer.group_add("a-group", name)
    await layer.group_send("a-group", {"type": "hello"})
    async with asyncio.timeout(5):
        assert (await layer.receive(name))["type"] == "hello"
    await cache.aset("key", "value", timeout=5)
    assert await cache.aget("key") == "value"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round", [1, 2])
async def test_the_writer_commits_and_leaves_nothing_to_the_next_test(cast: Cast, round: int) -> None:
    visitor = await Visitor.objects.acreate(
        organisation=cast.acme.organisation, chatbot=cast.acme.bot, bearer="visitor:1"
    )
    opens = OpenConversation(uuid.uuid4(), cast.acme.bot.pk, visitor.pk, None, "live", "widget")
    common: dict[str, Any] = {
        "organisation_id": cast.acme.organisation.pk,
        "sender": "visitor",
        "bearer": visitor.bearer,
    }
    first = await post_message(NewMessage(**common, text="hello", client_id=uuid.uuid4(), opens=opens))
    assert first.seq == 1
    assert [row.text async for row in Message.objects.all()] == ["hello"]
