"""A visitor's way in over HTTP: who gets a token, for which bot, from which page."""

import time
import uuid
from typing import Any

import pytest
from django.test import Client

from chatbots.actions.publish_bot import publish_bot
from chatbots.models import Chatbot
from conversations.models import Visitor
from core.tokens import issue_signed_token, read_token
from tests.cast import Cast, issue_token, issue_visitor_token, make_visitor

pytestmark = pytest.mark.django_db(transaction=True)


def bootstrap(bot: Chatbot | str, *, client: Client | None = None, origin: str = "", **body: Any) -> Any:
    public_id = bot if isinstance(bot, str) else bot.public_id
    headers = {"Origin": origin} if origin else {}
    path = f"/api/v1/widget/{public_id}/bootstrap/"
    return (client or Client()).post(path, body, content_type="application/json", headers=headers)


def ask_session(token: str) -> Any:
    return Client().get("/api/v1/widget/session/", headers={"Authorization": f"Bearer {token}"})


def code_of(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


def allow_domains(bot: Chatbot, *domains: str) -> None:
    bot.allowed_domains = list(domains)
    bot.save()
    publish_bot(chatbot=bot, author=None)


def test_a_stranger_becomes_a_visitor_of_this_bot(cast: Cast) -> None:
    answer = bootstrap(cast.acme.bot, page="http://testserver/shop?secret=1#top", loader="1")
    assert answer.status_code == 200
    body = answer.json()
    claims = read_token(body["token"], audiences=("visitor",))
    visitor = Visitor.objects.get(pk=claims.bearer)
    assert (visitor.chatbot_id, visitor.organisation_id) == (cast.acme.bot.pk, cast.acme.organisation.pk)
    assert visitor.page == "http://testserver/shop"
    assert claims.bot == body["bot"]["public_id"] == cast.acme.bot.public_id
    assert cast.acme.bot.published
    assert body["fingerprint"] == cast.acme.bot.published.fingerprint
    assert body["socket_url"] == "ws://testserver/ws/chat/"
    assert body["expires_at"]


def test_a_body_is_not_needed(cast: Cast) -> None:
    assert bootstrap(cast.acme.bot).status_code == 200


@pytest.mark.parametrize("which", ["token", "visitor_token"])
def test_a_visitor_is_known_again_by_an_earlier_token(cast: Cast, which: str) -> None:
    first = bootstrap(cast.acme.bot).json()
    second = bootstrap(cast.acme.bot, visitor_token=first[which]).json()
    bearers = [read_token(answer["token"], audiences=("visitor",)).bearer for answer in (first, second)]
    assert bearers[0] == bearers[1]
    assert Visitor.objects.count() == 1


def test_the_remembered_token_opens_nothing_but_bootstrap(cast: Cast) -> None:
    remembered = bootstrap(cast.acme.bot).json()["visitor_token"]
    assert code_of(ask_session(remembered)) == (401, "unauthorised")


def make_bad_tokens(cast: Cast) -> list[str]:
    bot = cast.acme.bot
    known = str(make_visitor(bot).pk)
    good = issue_signed_token(audience="visitor", bearer=known, bot=bot.public_id, seconds=60)
    return [
        issue_signed_token(audience="visitor", bearer=known, bot=bot.public_id, seconds=-1),
        issue_signed_token(audience="visitor", bearer=str(uuid.uuid4()), bot=bot.public_id, seconds=60),
        issue_signed_token(audience="test", bearer=known, bot=bot.public_id, seconds=60),
        issue_visitor_token(make_visitor(cast.rival.bot)),
        issue_token(cast.acme.owner),
        good[:-2] + ("AA" if good[-2:] != "AA" else "BB"),
        "nonsense",
        "a" * 4096,
    ]


def test_a_bad_expired_or_foreign_token_begins_afresh_and_tells_nothing(cast: Cast) -> None:
    for token in make_bad_tokens(cast):
        before = set(Visitor.objects.values_list("pk", flat=True))
        answer = bootstrap(cast.acme.bot, visitor_token=token)
        assert answer.status_code == 200, token
        bearer = read_token(answer.json()["token"], audiences=("visitor",)).bearer
        assert uuid.UUID(bearer) not in before


def test_nobody_takes_a_test_visitors_place(cast: Cast) -> None:
    visitor = make_visitor(cast.acme.bot)
    visitor.bearer = f"test:{uuid.uuid4()}"
    visitor.save()
    answer = bootstrap(cast.acme.bot, visitor_token=issue_visitor_token(visitor)).json()
    assert read_token(answer["token"], audiences=("visitor",)).bearer != str(visitor.pk)


def test_unknown_unpublished_and_malformed_bots_are_nothing_alike(cast: Cast) -> None:
    hidden = cast.acme.bot
    hidden.published = None
    hidden.save()
    answers = [bootstrap(name) for name in (hidden, "0" * 16, "%00", "x" * 500, "'; drop")]
    assert {code_of(answer) for answer in answers} == {(404, "not_found")}
    assert len({answer.content for answer in answers}) == 1


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.test",
        "null",
        "http://testserver.evil.test",
        "https://testserver",
        "http://testserver:81",
    ],
)
def test_another_sites_page_cannot_make_visitors(cast: Cast, origin: str) -> None:
    assert code_of(bootstrap(cast.acme.bot, origin=origin)) == (403, "forbidden")
    assert Visitor.objects.count() == 0


def test_the_frames_own_origin_may(cast: Cast) -> None:
    assert bootstrap(cast.acme.bot, origin="http://testserver").status_code == 200


def test_a_page_that_is_not_listed_is_refused_until_it_is_published(cast: Cast) -> None:
    page = "https://shop.example/cart"
    assert code_of(bootstrap(cast.acme.bot, page=page)) == (403, "forbidden")
    allow_domains(cast.acme.bot, "https://shop.example")
    assert bootstrap(cast.acme.bot, page=page).status_code == 200
    assert code_of(bootstrap(cast.rival.bot, page=page)) == (403, "forbidden")


@pytest.mark.parametrize(
    "body",
    [
        {"page": 7 * "x" * 400},
        {"page": ["a"]},
        {"visitor_token": {"a": 1}},
        {"page": "a\x00b"},
        {"loader": "x" * 41},
    ],
)
def test_wrong_fields_are_named(cast: Cast, body: dict[str, Any]) -> None:
    answer = bootstrap(cast.acme.bot, **body)
    assert code_of(answer) == (400, "invalid")
    assert set(answer.json()["error"]["fields"]) == set(body)


@pytest.mark.parametrize("raw", ["{", "[]", "7", "\xff"])
def test_what_is_no_json_object_is_refused(cast: Cast, raw: str) -> None:
    path = f"/api/v1/widget/{cast.acme.bot.public_id}/bootstrap/"
    answer = Client().post(path, raw.encode("latin-1"), content_type="application/json")
    assert code_of(answer) == (400, "invalid")


def test_a_thousand_bootstraps_from_one_address_are_limited(cast: Cast, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "bootstrap": "3/3600"}
    codes = [bootstrap(cast.acme.bot).status_code for _ in range(5)]
    refused = bootstrap(cast.acme.bot)
    assert codes == [200, 200, 200, 429, 429]
    assert refused.json()["error"]["retry_after_s"] > 0
    assert int(refused["Retry-After"]) > 0


def test_the_session_check_lets_in_whom_the_socket_lets_in(cast: Cast) -> None:
    visitor = make_visitor(cast.acme.bot)
    answer = ask_session(issue_visitor_token(visitor))
    assert answer.status_code == 200
    assert answer.json()["visitor_id"] == str(visitor.pk)
    assert answer.json()["expires_at"] > time.strftime("%Y")


def test_the_session_check_refuses_all_others_with_the_code(cast: Cast) -> None:
    bot = cast.acme.bot
    gone = make_visitor(bot)
    orphan = issue_visitor_token(gone)
    gone.delete()
    elsewhere = issue_signed_token(
        audience="visitor", bearer=str(make_visitor(bot).pk), bot=cast.rival.bot.public_id, seconds=60
    )
    for token in [*make_bad_tokens(cast)[:3], issue_token(cast.acme.owner), orphan, elsewhere, "", "x"]:
        if read_audience(token) == "test":
            continue
        assert code_of(ask_session(token)) == (401, "unauthorised"), token
    assert Client().get("/api/v1/widget/session/").status_code == 401


def read_audience(token: str) -> str:
    try:
        return read_token(token, audiences=("visitor", "test", "api")).audience
    except Exception:  # noqa: BLE001  a bad token has none
        return ""
