"""Counting against budgets, in threads at once as well."""

import threading
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from chatbots.budgets.counting import (
    BudgetSpent,
    Spender,
    Spent,
    forget_old_counts,
    reserve_budget,
    settle_budget,
)
from chatbots.budgets.limits import check_limits, find_limits, read_defaults
from chatbots.models import Budget, BudgetCount, Chatbot, ModelUse
from core.errors import Invalid
from tests.cast import make_cast, make_conversation, make_visitor

DAY = datetime(2026, 3, 31, 23, 59, tzinfo=UTC)
NEXT = datetime(2026, 4, 1, 0, 1, tzinfo=UTC)


@pytest.fixture
def spender(settings) -> Spender:
    settings.BUDGET_VISITOR = settings.BUDGET_BOT = settings.BUDGET_ORGANISATION = {}
    return make_spender(make_cast().acme.bot)


def make_spender(bot, **rest) -> Spender:
    conversation = make_conversation(make_visitor(bot))
    return Spender(bot.organisation_id, bot.pk, conversation.pk, **rest)


def read_counts() -> dict[tuple[str, str], tuple[int, int]]:
    return {(row.scope, row.period): (row.messages, row.tokens) for row in BudgetCount.objects.all()}


@pytest.mark.django_db
def test_an_estimate_is_counted_everywhere_and_put_right_afterwards(spender):
    reservation = reserve_budget(spender=spender, tokens=1_000, now=DAY)
    assert set(read_counts().values()) == {(1, 1_000)}
    assert len(read_counts()) == 6
    spent = Spent("m", 90, 10, is_estimated=True, cost=0.5, currency="EUR")
    settle_budget(reservation=reservation, spent=spent)
    assert set(read_counts().values()) == {(1, 100)}
    settle_budget(
        reservation=reserve_budget(spender=spender, tokens=50, now=DAY),
        spent=Spent("m", 1, 2, cost=0.25, currency="EUR"),
    )
    [use] = ModelUse.objects.all()
    assert (use.messages, use.estimated, use.tokens_in, use.tokens_out, use.cost, use.currency) == (
        2,
        1,
        91,
        12,
        0.75,
        "EUR",
    )
    assert use.day.isoformat() == "2026-03-31"


@pytest.mark.django_db
def test_what_came_to_nothing_is_given_back(spender):
    settle_budget(reservation=reserve_budget(spender=spender, tokens=1_000), spent=None)
    assert set(read_counts().values()) == {(0, 0)}
    assert not ModelUse.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("scope", ["visitor", "bot", "organisation"])
@pytest.mark.parametrize("limits", [{"messages_day": "1"}, {"tokens_day": "150"}, {"messages_month": "1"}])
def test_who_is_over_a_limit_is_told_which_and_nothing_is_counted(spender, settings, scope, limits):
    setattr(settings, f"BUDGET_{scope.upper()}", limits)
    reserve_budget(spender=spender, tokens=100, now=DAY)
    before = read_counts()
    with pytest.raises(BudgetSpent) as raised:
        reserve_budget(spender=spender, tokens=100, now=DAY)
    assert scope in raised.value.detail
    assert "UTC" in raised.value.hint or "month" in raised.value.hint
    assert read_counts() == before
    reserve_budget(spender=spender, tokens=100, now=NEXT)


@pytest.mark.django_db
def test_a_visitors_budget_is_their_own(spender, settings):
    settings.BUDGET_VISITOR = {"messages_day": "1"}
    bot = Chatbot.objects.get(pk=spender.chatbot_id)
    reserve_budget(spender=spender, tokens=1)
    reserve_budget(spender=make_spender(bot), tokens=1)
    with pytest.raises(BudgetSpent):
        reserve_budget(spender=spender, tokens=1)


@pytest.mark.django_db
def test_no_message_at_all_is_a_limit_too(spender, settings):
    settings.BUDGET_BOT = {"messages_day": "0"}
    with pytest.raises(BudgetSpent):
        reserve_budget(spender=spender, tokens=1)


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_none_slips_past_a_limit(spender, settings):
    settings.BUDGET_ORGANISATION = {"messages_day": "5"}
    passed, start = [], threading.Barrier(4)

    def spend() -> None:
        start.wait(20)
        for _ in range(4):
            with suppress(BudgetSpent):
                passed.append(reserve_budget(spender=spender, tokens=10))
        connections.close_all()

    threads = [threading.Thread(target=spend) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(passed) == 5
    assert set(read_counts().values()) == {(5, 50)}


@pytest.mark.django_db
def test_the_nearest_limit_wins_and_the_deployers_key_is_the_deployers_to_limit(spender, settings):
    settings.BUDGET_BOT = {"tokens_day": "1000", "messages_day": "10"}
    organisation, bot = spender.organisation_id, spender.chatbot_id
    Budget.objects.create(
        organisation_id=organisation, limits={"bot": {"tokens_day": 5_000, "messages_month": 7}}
    )
    Budget.objects.create(organisation_id=organisation, chatbot_id=bot, limits={"bot": {"messages_day": 3}})
    own = find_limits(organisation_id=organisation, chatbot_id=bot, is_own_key=True)["bot"]
    assert own == {"tokens_day": 5_000, "messages_day": 3, "messages_month": 7}
    theirs = find_limits(organisation_id=organisation, chatbot_id=bot, is_own_key=False)["bot"]
    assert theirs == {"tokens_day": 1_000, "messages_day": 3, "messages_month": 7}
    assert (
        find_limits(organisation_id=organisation, chatbot_id=bot + 1, is_own_key=True)["bot"]["messages_day"]
        == 10
    )


@pytest.mark.django_db
def test_counts_of_long_ago_are_forgotten(spender):
    reserve_budget(spender=spender, tokens=1, now=DAY)
    assert forget_old_counts(now=NEXT) == 0
    assert forget_old_counts(now=datetime(2026, 7, 1, tzinfo=UTC)) == 6


@pytest.mark.parametrize(
    "value",
    [
        "no",
        {"visitor": 3},
        {"planet": {}},
        {"bot": {"tokens_day": -1}},
        {"bot": {"x": 1}},
        {"bot": {"tokens_day": True}},
        {"bot": {"tokens_day": 10**13}},
    ],
)
def test_what_is_no_limit_is_refused(value):
    with pytest.raises(Invalid) as raised:
        check_limits(value, scopes=("visitor", "bot"))
    assert raised.value.fields


def test_limits_are_kept_as_they_were_given():
    assert check_limits({"bot": {"tokens_day": 5}, "visitor": {}}, scopes=("visitor", "bot")) == {
        "bot": {"tokens_day": 5}
    }


@pytest.mark.parametrize("value", [{"tokens": "1"}, {"tokens_day": "many"}])
def test_settings_that_are_no_limits_are_named(settings, value):
    settings.BUDGET_BOT = value
    with pytest.raises(ImproperlyConfigured, match="BUDGET_BOT"):
        read_defaults("bot")
