"""Changing and deleting bots."""

from pathlib import Path

import pytest
from django.conf import settings

from chatbots.actions.edit_bot import delete_bot, edit_bot
from chatbots.models import Chatbot
from chatbots.retrieval.index import load_index
from conversations.models import Conversation
from tests.cast import make_cast, make_conversation, make_visitor

pytestmark = pytest.mark.django_db(transaction=True)


def test_another_first_language_is_a_new_revision_of_the_knowledge():
    bot = make_cast().acme.bot
    before = bot.knowledge_revision
    edit_bot(chatbot=bot, changes={"languages": ["de", "en"]})
    assert Chatbot.objects.get(pk=bot.pk).knowledge_revision == bot.knowledge_revision == before + 1
    edit_bot(chatbot=bot, changes={"languages": ["de"], "name": "Another"})
    assert Chatbot.objects.get(pk=bot.pk).knowledge_revision == before + 1


def test_deleting_a_bot_takes_its_conversations_and_files_along_and_nobody_elses():
    cast = make_cast()
    bot, other = cast.acme.bot, cast.rival.bot
    for owner in (bot, other):
        make_conversation(make_visitor(owner), "Hello")
        load_index(chatbot_id=owner.pk, revision=owner.knowledge_revision)
    folders = [Path(settings.PARLEY_DATA) / "indexes" / str(owner.pk) for owner in (bot, other)]
    assert all(folder.exists() for folder in folders)
    delete_bot(chatbot=bot)
    assert [folder.exists() for folder in folders] == [False, True]
    assert Conversation.objects.get().chatbot_id == other.pk
