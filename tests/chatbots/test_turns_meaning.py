"""Turns of a bot that searches by meaning: the loop that serves everybody never embeds."""

import pytest
from asgiref.sync import sync_to_async

from chatbots.actions.publish_bot import publish_bot
from chatbots.knowledge.importing import import_source
from chatbots.models import KnowledgeChunk
from chatbots.retrieval.embedding.questions import forget_questions
from chatbots.turns import finish_running_turns
from config.asgi import application
from tests.cast import Cast, issue_visitor_token, make_cast, make_visitor
from tests.embeddings import CountingEmbedder
from tests.sockets import ChatSocket

pytestmark = pytest.mark.django_db(transaction=True)
CSV = "title,question,answer\nReturns,Can I send it back?,Within 30 days.\nTea,Do you sell tea?,Green tea.\n"


def open_shop(embedder: CountingEmbedder) -> Cast:
    """Acme's bot knows two entries by their meaning, and is published."""
    cast = make_cast()
    KnowledgeChunk.objects.filter(chatbot=cast.acme.bot).delete()
    import_source(chatbot=cast.acme.bot, title="shop.csv", kind="csv", data=CSV)
    cast.acme.bot.refresh_from_db()
    publish_bot(chatbot=cast.acme.bot, author=None)
    embedder.forget()
    embedder.on_loop.clear()
    forget_questions()
    return cast


async def test_a_question_is_embedded_once_and_never_on_the_event_loop(embedder: CountingEmbedder) -> None:
    cast = await sync_to_async(open_shop)(embedder)
    visitor = await sync_to_async(make_visitor)(cast.acme.bot)
    async with await ChatSocket.connect_inside(application, token=issue_visitor_token(visitor)) as socket:
        await socket.expect("ready")
        session = ""
        for question in ("refund please?", "refund please?", "Do you sell tea?", "Hello"):
            await socket.say(question, session_id=session)
            session = str((await socket.expect("accepted"))["session_id"])
            await socket.expect("complete")
    await finish_running_turns(seconds=20)
    assert embedder.questions == ["refund please?"]
    assert embedder.on_loop == [False]
