"""Commands that other programs read: exactly what is promised on the output, and one clear line on errors."""

import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from chatbots.models import Chatbot
from conversations.models import Message
from core.tokens import read_token
from organisations.actions.organisations import create_organisation
from organisations.api_tokens import read_api_token
from tests.cast import Cast, make_bot, make_conversation, make_visitor

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(capsys):
    """Runs a command; returns what it printed on standard output."""

    def run(*arguments: str) -> str:
        capsys.readouterr()
        call_command(*arguments)
        printed: str = capsys.readouterr().out
        return printed

    return run


def test_issue_token_prints_a_token_and_nothing_else(cast: Cast, run) -> None:
    printed = run("issue_token", "Owner@acme.test")
    assert printed.count("\n") == 1
    assert read_api_token(printed.strip()) == cast.acme.owner
    assert read_token(printed.strip(), audiences=("api",)).bearer == str(cast.acme.owner.pk)


def test_issue_token_refuses_the_unknown_and_the_switched_off(cast: Cast, run) -> None:
    cast.acme.agent.is_active = False
    cast.acme.agent.save()
    for email in ("nobody@acme.test", "agent@acme.test", ""):
        with pytest.raises(CommandError, match="no active account"):
            run("issue_token", email)


def create(run: Any, **options: str) -> str:
    return str(run("create_bot", *(part for name, value in options.items() for part in (f"--{name}", value))))


def test_create_bot_prints_its_ids_as_json(cast: Cast, run) -> None:
    printed = json.loads(create(run, organisation="acme", name="Help Desk", slug="help"))
    bot = Chatbot.objects.get(slug="help")
    assert printed == {"id": bot.pk, "slug": "help", "public_id": bot.public_id}
    assert bot.organisation == cast.acme.organisation
    assert json.loads(create(run, organisation="acme", name="Other Desk"))["slug"] == "other-desk"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"organisation": "none", "name": "X"}, "no organisation 'none'"),
        ({"organisation": "acme", "name": "X", "slug": "acme-shop"}, "already"),
        ({"organisation": "acme", "name": "X", "slug": "a b"}, "slug"),
        ({"organisation": "acme", "name": " "}, "name"),
    ],
)
def test_create_bot_says_what_is_wrong_in_a_line(
    cast: Cast, run, options: dict[str, str], words: str
) -> None:
    with pytest.raises(CommandError, match=words):
        create(run, **options)
    assert Chatbot.objects.count() == 2


def test_publish_bot_prints_version_and_fingerprint(cast: Cast, run) -> None:
    bot = cast.acme.bot
    bot.greeting = "Something new."
    bot.save()
    printed = json.loads(run("publish_bot", "acme-shop", "--override", "tried by hand"))
    bot.refresh_from_db()
    assert bot.published is not None
    assert printed == {"version": 2, "fingerprint": bot.published.fingerprint}
    assert bot.published.note == "tried by hand"
    assert json.loads(run("publish_bot", "acme/acme-shop"))["version"] == 2


def test_publish_bot_asks_which_where_several_have_the_name(cast: Cast, run) -> None:
    third = create_organisation(owner=cast.newcomer, name="Third", slug="third")
    make_bot(organisation=third, slug="acme-shop")
    with pytest.raises(
        CommandError, match=r"acme/acme-shop.*third/acme-shop|third/acme-shop.*acme/acme-shop"
    ):
        run("publish_bot", "acme-shop")
    assert json.loads(run("publish_bot", "third/acme-shop"))["version"] == 1
    with pytest.raises(CommandError, match="no bot 'none'"):
        run("publish_bot", "none")
    with pytest.raises(CommandError, match="no bot"):
        run("publish_bot", "rival/acme-shop")


def test_show_messages_prints_the_last_ones_a_line_each(cast: Cast, run) -> None:
    first = make_conversation(make_visitor(cast.acme.bot), "One", "Two\n with a second line", "Three")
    second = make_conversation(make_visitor(cast.rival.bot), "Four")
    lines = run("show_messages", "--last", "2").splitlines()
    assert [line.rpartition("visitor: ")[2] for line in lines] == ["Three", "Four"]
    assert f"{second.pk} #1" in lines[1]
    lines = run("show_messages", "--session", str(first.pk)).splitlines()
    assert [line.rpartition("visitor: ")[2] for line in lines] == ["One", "Two with a second line", "Three"]


def test_show_messages_says_what_became_of_a_reply_that_is_not_whole(cast: Cast, run) -> None:
    conversation = make_conversation(make_visitor(cast.acme.bot), "One", "Two")
    Message.objects.filter(conversation=conversation, seq=2).update(state="interrupted")
    first, second = run("show_messages").splitlines()
    assert first.endswith("visitor: One")
    assert second.endswith("visitor (interrupted): Two")


@pytest.mark.parametrize("session", ["00000000-0000-0000-0000-000000000000", "nonsense"])
def test_show_messages_of_a_session_that_is_none_says_so(cast: Cast, run, session: str) -> None:
    with pytest.raises(CommandError):
        run("show_messages", "--session", session)


def test_show_messages_on_an_empty_installation_prints_nothing(run) -> None:
    assert run("show_messages") == ""
