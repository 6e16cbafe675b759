"""The same text twice: kept once, named, and lost with neither of its sources."""

import pytest

from chatbots.access import access_chunks
from chatbots.knowledge.importing import import_source, remove_source
from chatbots.models import Chatbot, KnowledgeSource
from chatbots.retrieval.index import load_index
from tests.cast import Cast

pytestmark = pytest.mark.django_db
SAME = "The zeppelin leaves from the roof at noon, and nobody may bring a piano on board."
OTHER = "Tickets for the balloon are sold at the harbour from ten in the morning until six."


def give(bot: Chatbot, title: str, text: str) -> KnowledgeSource:
    return import_source(chatbot=bot, title=title, kind="markdown", data=text)


def find(bot: Chatbot) -> list[str]:
    bot.refresh_from_db()
    found = load_index(chatbot_id=bot.pk, revision=bot.knowledge_revision).search("zeppelin piano roof")
    return [candidate.source for candidate in found if "zeppelin" in candidate.text]


def test_a_passage_that_stands_twice_in_a_source_is_kept_once_and_named(cast: Cast) -> None:
    twice = f"# Air\n\n{SAME}\n\n# Water\n\n{OTHER}\n\n# Air again\n\n{SAME.upper()}\n"
    source = give(cast.acme.bot, "a.md", twice)
    assert [chunk.title for chunk in access_chunks(source)] == ["Air", "Water"]
    assert source.chunk_count == 2
    assert source.warnings == ["“Air again” says the same as “Air”: kept once."]


def test_what_two_sources_say_is_searched_once_and_stays_when_one_is_deleted(cast: Cast) -> None:
    bot = cast.acme.bot
    first = give(bot, "a.md", f"# Air\n\n{SAME}")
    second = give(bot, "b.md", f"# Flight\n\n{SAME}")
    assert second.warnings == ["“Flight” says the same as a passage of “a.md”: it is searched once."]
    assert find(bot) == ["a.md"]
    remove_source(source=first)
    assert find(bot) == ["b.md"]


def test_entries_may_share_an_answer(cast: Cast) -> None:
    rows = f"title,question,answer\nAir,When does it leave?,{SAME!r}\nRoof,What is on the roof?,{SAME!r}\n".replace(
        "'", '"'
    )
    source = import_source(chatbot=cast.acme.bot, title="faq2.csv", kind="csv", data=rows)
    assert (source.chunk_count, source.warnings) == (2, [])
