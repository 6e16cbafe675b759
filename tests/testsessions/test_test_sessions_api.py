"""Test sessions by REST and on the socket: the draft answers, in a conversation apart from all real ones."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from django.utils import timezone

from chatbots.actions.edit_bot import edit_bot
from chatbots.models import KnowledgeChunk
from config.asgi import application
from conversations.models import Conversation, Message
from core.tokens import read_token
from handoff.models import HandoffSession
from organisations.actions.organisations import add_member
from organisations.models import User
from tests.cast import Cast, bearer, make_cast
from tests.sockets import ChatSocket, RefusedError
from testsessions.models import TestSession

SHAPE = {"id", "session_id", "token", "expires_at"}


def open_test(user: User, body: Any = None) -> Any:
    body = {"chatbot": "acme-shop"} if body is None else body
    return Client().post(
        "/api/v1/test-sessions/", body, content_type="application/json", headers=bearer(user)
    )


def get(path: str, user: User) -> Any:
    return Client().get(f"/api/v1/test-sessions/{path}", headers=bearer(user))


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


@pytest.mark.django_db
def test_opening_one_answers_with_its_ids_and_a_token_until_it_expires(cast: Cast) -> None:
    answer = open_test(cast.acme.owner)
    assert answer.status_code == 201
    body = answer.json()
    assert body.keys() >= SHAPE
    claims = read_token(body["token"], audiences=("test",))
    assert claims.bot == cast.acme.bot.public_id
    assert abs(claims.expires_at - timezone.now().timestamp() - 24 * 3600) < 60
    conversation = Conversation.objects.get(pk=body["session_id"])
    assert (conversation.kind, conversation.version_id, conversation.last_seq) == ("test", None, 0)
    assert get(f"{body['id']}/", cast.acme.owner).json()["session_id"] == body["session_id"]


@pytest.mark.django_db
def test_several_at_once_are_apart_and_listed_latest_first(cast: Cast) -> None:
    first, second = (open_test(cast.acme.owner).json() for _ in range(2))
    assert first["session_id"] != second["session_id"]
    listed = get("?chatbot=acme-shop", cast.acme.owner).json()
    assert [row["id"] for row in listed["results"]] == [second["id"], first["id"]]
    assert get("?limit=1", cast.acme.owner).json()["next"]


@pytest.mark.django_db
@pytest.mark.parametrize("body", [{}, [], {"chatbot": 7.5}, {"chatbot": []}, {"chatbot": ""}, {"chatbot": "x" * 61},
                                  {"chatbot": "a\x00"}])  # fmt: skip
def test_a_body_that_names_no_bot_is_refused(cast: Cast, body: Any) -> None:
    answer = open_test(cast.acme.owner, body)
    assert code_of(answer) in [(400, "invalid"), (404, "not_found")]
    assert TestSession.objects.count() == 0


@pytest.mark.django_db
def test_supervisors_test_too_and_agents_do_not(cast: Cast) -> None:
    assert open_test(cast.acme.supervisor).status_code == 201
    assert code_of(open_test(cast.acme.agent)) == (403, "forbidden")


@pytest.mark.django_db
def test_another_tenants_bot_is_not_found_to_the_letter(cast: Cast) -> None:
    theirs, none = open_test(cast.outsider), open_test(cast.outsider, {"chatbot": "no-such"})
    assert code_of(theirs) == (404, "not_found")
    assert theirs.content == none.content
    for query in ("?chatbot=acme-shop", "?chatbot=no-such", "?chatbot=%00"):
        assert code_of(get(query, cast.outsider)) == (404, "not_found")


@pytest.mark.django_db
def test_a_session_is_its_owners_own_also_among_colleagues(cast: Cast) -> None:
    pk = open_test(cast.acme.owner).json()["id"]
    add_member(organisation=cast.acme.organisation, user=cast.newcomer, role="owner")
    for user in (cast.acme.supervisor, cast.newcomer, cast.outsider):
        answer = get(f"{pk}/", user)
        assert code_of(answer) == (404, "not_found")
        assert answer.content == get(f"{uuid.uuid4()}/", user).content == get("nonsense/", user).content
        assert get("", user).json()["results"] == []
        deleted = Client().delete(f"/api/v1/test-sessions/{pk}/", headers=bearer(user))
        assert code_of(deleted) == (404, "not_found")
    assert TestSession.objects.filter(pk=pk).exists()


@pytest.mark.django_db
def test_an_expired_session_is_gone(cast: Cast) -> None:
    pk = open_test(cast.acme.owner).json()["id"]
    TestSession.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert code_of(get(f"{pk}/", cast.acme.owner)) == (404, "not_found")
    assert get("", cast.acme.owner).json()["results"] == []


# On the socket -------------------------------------------------------------------------------------------------------
@pytest.fixture
async def trial():
    """(cast, an open test session of acme's owner)."""
    cast = await sync_to_async(make_cast)()
    return cast, (await sync_to_async(open_test)(cast.acme.owner)).json()


async def connect(session: dict[str, Any]) -> ChatSocket:
    return await ChatSocket.connect_inside(application, token=session["token"])


def change_draft(cast: Cast) -> None:
    """Acme's draft knows another answer than what is published, and greets otherwise."""
    bot = cast.acme.bot
    edit_bot(chatbot=bot, changes={"greeting": "The draft's greeting."})
    bot.knowledge_revision += 1
    bot.save()
    old = KnowledgeChunk.objects.get(chatbot=bot, title="Returns")
    old.removed_in = bot.knowledge_revision
    old.save()
    KnowledgeChunk.objects.create(
        organisation=cast.acme.organisation, chatbot=bot, source=old.source, position=9, kind="faq", title="Returns",
        questions=old.questions, text="The draft's answer.", added_in=bot.knowledge_revision,
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
async def test_the_draft_answers_with_its_trace_and_not_what_is_published(trial) -> None:
    cast, session = trial
    await sync_to_async(change_draft)(cast)
    async with await connect(session) as socket:
        ready = await socket.expect("ready")
        assert ready["bot"]["greeting"] == "The draft's greeting."
        assert [row["session_id"] for row in ready["sessions"]] == [session["session_id"]]
        await socket.say("Can I send something back?", session_id=session["session_id"])
        saved = await socket.expect("saved")
        complete = await socket.expect("complete")
    assert saved["message"]["text"] == "The draft's answer."
    trace = complete["trace"]
    assert trace["decision"] == complete["outcome"] == "answered"
    assert trace["candidates"][0]["title"] == "Returns"
    assert trace["fingerprint"] == ready["fingerprint"]
    assert {stage["name"] for stage in trace["stages"]} >= {"rules", "search", "decision"}


@pytest.mark.django_db(transaction=True)
async def test_a_test_never_reaches_the_queue_nor_the_real_conversations(trial) -> None:
    cast, session = trial
    async with await connect(session) as socket:
        await socket.say("I want to talk to a person", session_id=session["session_id"])
        assert (await socket.expect("complete"))["outcome"] == "handed_off"
        await socket.send("request_agent", session_id=session["session_id"])
        await socket.settle()
        await socket.say("How can I pay?", session_id=session["session_id"])
        assert (await socket.expect("complete"))["outcome"] == "answered"
    assert await sync_to_async(HandoffSession.objects.count)() == 0

    def look() -> None:
        headers = bearer(cast.acme.owner)
        assert Client().get("/api/v1/conversations/", headers=headers).json()["results"] == []
        assert Client().get("/api/v1/handoffs/all/", headers=headers).json()["results"] == []
        path = f"/api/v1/conversations/{session['session_id']}/"
        assert code_of(Client().get(path, headers=headers)) == (404, "not_found")

    await sync_to_async(look)()


@pytest.mark.django_db(transaction=True)
async def test_one_test_cannot_reach_into_another(trial) -> None:
    cast, session = trial
    other = (await sync_to_async(open_test)(cast.acme.owner)).json()
    async with await connect(session) as socket:
        await socket.say("Hello", session_id=other["session_id"])
        await socket.expect_error("not_found")
    assert await sync_to_async(Message.objects.count)() == 0


@pytest.mark.django_db(transaction=True)
async def test_ending_a_test_deletes_it_and_its_token_opens_nothing(trial) -> None:
    cast, session = trial

    def end() -> Any:
        return Client().delete(f"/api/v1/test-sessions/{session['id']}/", headers=bearer(cast.acme.owner))

    assert (await sync_to_async(end)()).status_code == 204
    assert await sync_to_async(Conversation.objects.count)() == 0
    with pytest.raises(RefusedError):
        await connect(session)
