"""What every address of the API has in common: one shape of errors, and pages of lists that can be walked."""

import base64
from typing import Any

import pytest
from django.test import Client

from chatbots.actions.edit_bot import create_bot
from core.api import error_body
from core.errors import Invalid
from handoff.actions.end_handoff import end_handoff
from tests.cast import Cast, bearer, make_conversation, make_visitor

pytestmark = pytest.mark.django_db


def code_of(answer: Any) -> tuple[int, str]:
    error = answer.json()["error"]
    assert error.keys() >= {"code", "detail", "fields"}
    assert error["detail"]
    return answer.status_code, error["code"]


def send(
    cast: Cast, body: bytes | str, *, content_type: str = "application/json", path: str = "chatbots/"
) -> Any:
    return Client().post(f"/api/v1/{path}", body, content_type=content_type, headers=bearer(cast.acme.owner))


@pytest.mark.parametrize(
    "body", [b"{", b"", b"nonsense", b"{'a': 1}", b'{"name": NaN}', b"\xff\xfe", b'{"name": "\xc3\x28"}', b"[" * 100_000,
             b'{"a":' * 50_000, b'{"threshold": ' + b"9" * 5_000 + b"}"]
)  # fmt: skip
def test_json_that_cannot_be_read_is_invalid(cast: Cast, body: bytes) -> None:
    assert code_of(send(cast, body)) == (400, "invalid")


def test_another_media_type_and_another_method_are_refused_in_the_same_shape(cast: Cast) -> None:
    assert code_of(send(cast, "<a/>", content_type="application/xml")) == (415, "invalid")
    assert code_of(send(cast, "name=x", content_type="application/x-www-form-urlencoded")) == (415, "invalid")
    answer = Client().put(
        "/api/v1/chatbots/", {}, content_type="application/json", headers=bearer(cast.acme.owner)
    )
    assert code_of(answer) == (405, "invalid")


def test_a_body_over_the_limit_is_too_large(cast: Cast, settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    assert code_of(send(cast, b'{"name": "' + b"x" * 2_000 + b'"}')) == (413, "too_large")


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
@pytest.mark.parametrize(
    "path", ["no-such/", "chatbots", "chatbots/a b/", "chatbots/a%0Ab/", "..%2f", "%00", "members/x/"]
)
def test_an_unknown_address_is_not_found_whoever_asks_and_however(method: str, path: str) -> None:
    assert code_of(getattr(Client(), method)(f"/api/v1/{path}")) == (404, "not_found")


def test_what_nobody_expected_is_internal_and_tells_no_details(cast: Cast, monkeypatch, caplog) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("the secret inside")

    monkeypatch.setattr("chatbots.api.chatbots.access_chatbots", fail)
    client = Client(raise_request_exception=False, headers=bearer(cast.acme.owner))
    answer = client.get("/api/v1/chatbots/")
    assert code_of(answer) == (500, "internal")
    assert "secret" not in answer.content.decode()
    assert "the secret inside" in caplog.text


def test_people_get_a_page_where_programs_get_json(monkeypatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr("organisations.views.home.go_home", fail)
    assert Client().get("/no/such/page/").headers["Content-Type"].startswith("text/html")


def test_half_a_character_that_an_error_quotes_can_be_sent(cast: Cast) -> None:
    body = error_body(Invalid("\ud800", fields={"a\udfff": "\ud800 is wrong"}))
    assert body["fields"] == {"a?": "? is wrong"}
    for sent in (
        '{"\\ud800": 1, "name": "x"}',
        '{"name": "x", "appearance": {"\\ud800": 1}}',
        '{"name": "\\ud800"}',
    ):
        assert code_of(send(cast, sent)) == (400, "invalid")


# Pages of lists ------------------------------------------------------------------------------------------------------
def walk(path: str, headers: dict[str, str]) -> tuple[list[dict[str, Any]], int]:
    """All rows of a list, and on how many pages they came."""
    rows: list[dict[str, Any]] = []
    pages = 0
    while path:
        page = Client().get(path, headers=headers).json()
        rows, pages = rows + page["results"], pages + 1
        path = page["next"]
    return rows, pages


def test_bots_come_in_pages_also_when_all_have_the_same_name(cast: Cast) -> None:
    for number in range(6):
        create_bot(organisation=cast.acme.organisation, name="Same", slug=f"same-{number}")
    rows, pages = walk("/api/v1/chatbots/?limit=2", bearer(cast.acme.owner))
    assert pages == 4
    assert len({row["slug"] for row in rows}) == 7


def test_handoffs_come_in_pages_though_their_order_is_the_conversations(cast: Cast) -> None:
    for _ in range(3):
        make_conversation(make_visitor(cast.acme.bot), agent=cast.acme.agent)
    membership = cast.acme.membership_of(cast.acme.owner)
    rows, pages = walk("/api/v1/handoffs/all/?limit=1", bearer(cast.acme.owner))
    assert pages == len({row["id"] for row in rows}) == 3
    end_handoff(membership=membership, handoff_id=rows[0]["id"])
    assert walk("/api/v1/handoffs/history/?limit=1", bearer(cast.acme.owner))[1] == 1


@pytest.mark.parametrize(
    ("limit", "expected"), [("1", 1), ("0", 3), ("-1", 3), ("many", 3), ("1000000", 3), ("", 3)]
)
def test_a_limit_that_is_none_is_the_usual_one(cast: Cast, limit: str, expected: int) -> None:
    for number in range(2):
        create_bot(organisation=cast.acme.organisation, name="Bot", slug=f"bot-{number}")
    answer = Client().get(f"/api/v1/chatbots/?limit={limit}", headers=bearer(cast.acme.owner))
    assert len(answer.json()["results"]) == expected


def test_at_most_two_hundred_rows_come_at_once(cast: Cast) -> None:
    for number in range(205):
        create_bot(organisation=cast.acme.organisation, name="Bot", slug=f"bot-{number}")
    answer = Client().get("/api/v1/chatbots/?limit=1000", headers=bearer(cast.acme.agent))
    assert len(answer.json()["results"]) == 200


@pytest.mark.parametrize(
    "path", ["chatbots/", "members/", "invitations/", "test-sessions/", "conversations/", "handoffs/all/"]
)
@pytest.mark.parametrize("position", ["nonsense", "\x00", "9" * 60, "2026-13-45"])
def test_a_cursor_that_no_answer_gave_out_breaks_nothing(cast: Cast, path: str, position: str) -> None:
    cursor = base64.b64encode(f"p={position}".encode()).decode()
    answer = Client().get(f"/api/v1/{path}", {"cursor": cursor}, headers=bearer(cast.acme.owner))
    assert answer.status_code in (200, 404)
    garbage = Client().get(f"/api/v1/{path}", {"cursor": "ö"}, headers=bearer(cast.acme.owner))
    assert code_of(garbage) == (404, "not_found")
