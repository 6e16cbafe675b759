"""What a worded answer takes is counted, told and limited, however it ends; by an organisation's own account too."""

from typing import Any

import pytest
from asgiref.sync import sync_to_async

from chatbots.actions.budgets import set_budget
from chatbots.actions.edit_bot import edit_bot
from chatbots.actions.provider_accounts import create_account, edit_account
from chatbots.actions.publish_bot import publish_bot
from chatbots.models import BudgetCount, ModelUse, ProviderAccount
from config.asgi import application
from conversations.models import Turn
from tests.cast import Cast, issue_token, issue_visitor_token, make_cast, make_visitor
from tests.chatbots.streams import OFFLINE, QUESTION, Visit, begin_reply, closed_within
from tests.provider import BROKEN, MODEL, Gate, Provider, Script
from tests.sockets import ChatSocket

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("closing_clients")]
KINDS = ("openai", "anthropic")
NAME = f"shop/{MODEL}"


def make_account_cast(provider: Provider, kind: str) -> Cast:
    """acme's published bot answers with a model of acme's own account; 1,000 tokens of either sort cost a euro."""
    cast = make_cast()
    fields = {
        "kind": kind,
        "base_url": provider.url,
        "key": provider.key,
        "models": [{"name": MODEL, "price_in": 1_000, "price_out": 1_000}],
        "currency": "EUR",
    }
    create_account(organisation=cast.acme.organisation, name="shop", fields=fields)
    edit_bot(chatbot=cast.acme.bot, changes={"model": NAME})
    publish_bot(chatbot=cast.acme.bot, author=None)
    cast.acme.bot.refresh_from_db()
    return cast


@pytest.fixture
def make(provider: Provider) -> Any:
    async def make(kind: str = "anthropic") -> Cast:
        return await sync_to_async(make_account_cast)(provider, kind)

    return make


async def read_use() -> tuple[int, int, int, int, float]:
    use = await sync_to_async(ModelUse.objects.get)()
    return use.messages, use.estimated, use.tokens_in, use.tokens_out, round(use.cost, 4)


async def read_tokens() -> set[tuple[int, int]]:
    return {row async for row in BudgetCount.objects.values_list("messages", "tokens")}


@pytest.mark.parametrize("kind", KINDS)
async def test_an_answer_by_an_account_is_counted_priced_and_traced(make, provider, kind) -> None:
    cast = await make(kind)
    provider.default = Script("It takes two to four working days [1].", tokens_in=90, tokens_out=10)
    visit = await ask_once(cast)
    trace = (await visit.read_turn()).trace
    assert (trace["model"], trace["provider"], trace["tokens_in"], trace["tokens_out"]) == (
        NAME,
        kind,
        90,
        10,
    )
    assert (trace["cost"], trace["currency"], trace["estimated"], trace["uncited"]) == (0.1, "EUR", False, [])
    assert trace["first_ms"] > 0
    assert await read_use() == (1, 0, 90, 10, 0.1)
    assert await read_tokens() == {(1, 100)}


@pytest.mark.parametrize("kind", KINDS)
async def test_a_stopped_answer_tells_what_it_took_and_is_paid_for(make, provider, kind) -> None:
    cast = await make(kind)
    visit = await begin_reply(cast, provider, "It takes two to four days. ")
    await visit.cancel()
    assert await closed_within(provider) < 1
    saved = await visit.socket.expect("saved", turn_id=visit.turn_id)
    await visit.socket.expect("complete", outcome="cancelled")
    [usage] = [part for part in saved["message"]["parts"] if part["type"] == "usage"]
    assert usage["estimated"] is True
    assert usage["tokens_out"] == 7
    if kind == "anthropic":
        assert usage["tokens_in"] == 40, "it was told in time"
    assert (await visit.read_turn()).trace["tokens_in"] == usage["tokens_in"] > 0
    assert (await read_use())[1:4] == (1, usage["tokens_in"], 7)
    assert await read_tokens() == {(1, usage["tokens_in"] + 7)}


async def test_who_stops_before_the_first_word_has_had_the_question_read(make, provider) -> None:
    cast = await make("openai")
    visit = await begin_reply(cast, provider)
    await visit.cancel()
    await visit.socket.expect("complete", outcome="cancelled")
    messages, estimated, tokens_in, tokens_out, _ = await read_use()
    assert (messages, estimated, tokens_out) == (1, 1, 0)
    assert tokens_in > 50


async def test_a_provider_that_fails_without_a_word_costs_nothing(make, provider) -> None:
    cast = await make("openai")
    provider.default = BROKEN
    await ask_once(cast)
    assert await read_tokens() == {(0, 0)}
    assert not await sync_to_async(ModelUse.objects.exists)()


@pytest.mark.parametrize("scope", ["visitor", "bot", "organisation"])
async def test_a_spent_budget_leaves_the_bots_own_answer_and_says_so_in_the_trace(
    make, provider, scope
) -> None:
    cast = await make()
    limits = {scope: {"messages_day": 1}}
    await sync_to_async(set_budget)(organisation=cast.acme.organisation, limits=limits)
    visit = await ask_once(cast)
    await visit.socket.say(QUESTION, session_id=visit.session)
    saved = await visit.socket.expect("saved")
    complete = await visit.socket.expect("complete", outcome="answered")
    assert saved["message"]["text"] == OFFLINE
    assert saved["message"]["citations"][0]["title"] == "Delivery time"
    [error] = (await sync_to_async(Turn.objects.get)(pk=complete["turn_id"])).trace["errors"]
    assert "budget" in error["detail"]
    assert error["hint"]
    assert len(provider.answers) == 1


async def test_an_account_that_is_switched_off_leaves_the_bot_to_itself_and_names_the_model(
    make, provider
) -> None:
    cast = await make()
    account = await sync_to_async(ProviderAccount.objects.get)()
    await sync_to_async(edit_account)(account=account, changes={"is_on": False})
    visit = await ask_once(cast)
    [error] = (await visit.read_turn()).trace["errors"]
    assert NAME in error["detail"]
    assert "Language models" in error["hint"]
    assert provider.requests == []


async def test_claims_without_a_source_are_marked_in_the_message_and_the_trace(make, provider) -> None:
    cast = await make()
    provider.default = Script("It takes two days [1]. We have delivered since 1950.")
    visit = await ask_once(cast)
    [saved] = [frame for frame in visit.socket.frames if frame["type"] == "saved"][-1:]
    assert {"type": "uncited", "sentences": ["We have delivered since 1950."]} in saved["message"]["parts"]
    assert (await visit.read_turn()).trace["uncited"] == ["We have delivered since 1950."]


async def test_an_answer_in_another_language_is_noticed(make, provider) -> None:
    cast = await make()
    provider.default = Script(
        "Die Lieferung ist in der Regel nach zwei bis vier Tagen bei ihr und mit der Post da [1]."
    )
    visit = await ask_once(cast)
    trace = (await visit.read_turn()).trace
    assert trace["language"] == {"asked": "en", "answered": "de"}
    assert "German" in trace["errors"][0]["detail"]


async def test_a_member_may_name_an_accounts_model_for_one_message_and_no_other_organisations(
    make, provider
) -> None:
    cast = await make()
    for user, bot in ((cast.acme.agent, "acme-shop"), (cast.rival.agent, "rival-shop")):
        token = await sync_to_async(issue_token)(user)
        path = f"/ws/chat/?bot={bot}"
        async with await ChatSocket.connect_inside(application, path=path, token=token) as socket:
            client_id = "0192d3a0-0000-7000-8000-000000000000"
            await socket.send("message", client_id=client_id, session_id="", text=QUESTION, model=NAME)
            if bot == "acme-shop":
                await socket.expect("complete", outcome="answered")
            else:
                await socket.expect_error("invalid")
    assert len(provider.answers) == 1


async def ask_once(cast: Cast) -> Visit:
    """Ask, and wait for the end."""
    visitor = await sync_to_async(make_visitor)(cast.acme.bot)
    socket = await ChatSocket.connect_inside(application, token=issue_visitor_token(visitor))
    visit = Visit(visitor, socket, Gate())
    await socket.say(QUESTION)
    complete = await socket.expect("complete")
    visit.session, visit.turn_id = complete["session_id"], complete["turn_id"]
    return visit
