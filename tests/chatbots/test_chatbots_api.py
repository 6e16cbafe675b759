"""Bots by REST: made, changed field by field, published, deleted, and by whom."""

from typing import Any

import pytest
from django.test import Client

from chatbots.models import BotVersion, Chatbot
from conversations.models import Conversation, Message
from organisations.models import User
from tests.cast import Cast, bearer, make_conversation, make_visitor

pytestmark = pytest.mark.django_db
FIELDS = {"name", "greeting", "appearance", "instructions", "handoff", "allowed_domains", "languages", "public_id",
          "fingerprint", "published", "suggested_questions", "threshold", "slug", "id", "knowledge_revision",
          "model"}  # fmt: skip


def call(method: str, path: str, user: User, body: Any = None) -> Any:
    send = getattr(Client(), method)
    return send(f"/api/v1/chatbots/{path}", body, content_type="application/json", headers=bearer(user))


def get(path: str, user: User) -> Any:
    return Client().get(f"/api/v1/chatbots/{path}", headers=bearer(user))


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


@pytest.fixture
def change(cast: Cast):
    """PATCHes acme's bot as its owner."""
    return lambda body: call("patch", "acme-shop/", cast.acme.owner, body)


def test_a_bot_is_made_read_changed_and_deleted(cast: Cast) -> None:
    made = call("post", "", cast.acme.owner, {"name": "Help Desk", "greeting": "Hi.", "threshold": 0.7})
    assert made.status_code == 201
    assert made.json()["slug"] == "help-desk"
    assert (made.json()["greeting"], made.json()["threshold"], made.json()["published"]) == ("Hi.", 0.7, None)
    assert made.json().keys() >= FIELDS
    assert get("help-desk/", cast.acme.owner).json() == made.json()
    assert call("delete", "help-desk/", cast.acme.owner).status_code == 204
    assert code_of(get("help-desk/", cast.acme.owner)) == (404, "not_found")


def test_a_bot_that_cannot_be_made_so_is_not_made_at_all(cast: Cast) -> None:
    answer = call("post", "", cast.acme.owner, {"name": "Help Desk", "threshold": 7})
    assert code_of(answer) == (400, "invalid")
    assert "threshold" in answer.json()["error"]["fields"]
    assert not Chatbot.objects.filter(slug="help-desk").exists()


@pytest.mark.parametrize(
    "body",
    [{}, [], None, 7, {"name": ""}, {"name": " "}, {"name": 7}, {"name": None}, {"name": "x" * 81}, {"name": "a\x00"},
     {"name": "a", "slug": "a b"}, {"name": "a", "slug": 7}, {"name": "a", "slug": None}, {"name": "a", "slug": "x" * 61},
     {"name": "a", "public_id": "0123"}, {"name": "a", "organisation": 2}],
)  # fmt: skip
def test_a_new_bot_that_cannot_be_is_refused(cast: Cast, body: Any) -> None:
    assert code_of(call("post", "", cast.acme.owner, body)) == (400, "invalid")
    assert Chatbot.objects.filter(organisation=cast.acme.organisation).count() == 1


def test_a_short_name_is_unique_in_its_organisation_only(cast: Cast) -> None:
    assert code_of(call("post", "", cast.acme.owner, {"name": "Acme Shop"})) == (409, "conflict")
    assert call("post", "", cast.rival.owner, {"name": "Acme Shop"}).status_code == 201


GOOD: dict[str, list[Any]] = {
    "name": ["Nora", "Ünïcödé 🤖", "x" * 80],
    "greeting": ["", "Hello.", "x" * 500],
    "instructions": ["", "Be kind.\nAnd brief.", "x" * 8_000],
    "suggested_questions": [[], ["How?"], ["x" * 120] * 6],
    "appearance": [{}, {"primary": "#ABCDEF", "on_primary": "#000000"}, {"position": "left", "theme": "dark"},
                   {"avatar_url": "https://cdn.example/a.png?x=1"}, {"avatar_url": ""}, {"avatar_url": "/static/a.png"}],
    "handoff": [{}, {"when_unsure": "offer"}, {"when_unsure": "hand_off", "offer_button": False}],
    "allowed_domains": [[], ["*"], ["shop.example.com", "*.example.com", "localhost:3000"]],
    "languages": [["en"], ["de", "pt-BR", "zh-Hant"]],
    "threshold": [0, 1, 0.25],
}  # fmt: skip
BAD: dict[str, list[Any]] = {
    "name": ["", " ", None, 7, [], {}, "x" * 81, "a\x00b"],
    "greeting": [None, 7, [], "x" * 501, "a\x00b"],
    "instructions": [None, 7, {}, "x" * 8_001, "a\x00b"],
    "suggested_questions": [None, "How?", [7], [None], ["x" * 121], ["How?"] * 7, ["a\x00b"], {}],
    "appearance": [None, [], "red", {"primary": "red"}, {"primary": 7}, {"primary": "#12345"}, {"primary": "#123456\n"},
                   {"position": "top"}, {"position": []}, {"position": {}}, {"theme": None}, {"theme": ["dark"]},
                   {"avatar_url": "javascript:alert(1)"}, {"avatar_url": "http://a.example/a.png"}, {"avatar_url": 7},
                   {"avatar_url": "https://a.example/\x00"}, {"avatar_url": "https://" + "x" * 500}, {"colour": "#123456"},
                   {"avatar_url": "https://a.example/a b"}, {"\x00": 1}],
    "handoff": [None, [], "offer", {"when_unsure": "never"}, {"when_unsure": []}, {"offer_button": 1}, {"x": 1}],
    "allowed_domains": [None, "a.example", [7], ["a b"], ["https://a.example"], ["a.example/x"], ["a\x00.example"], [{}],
                        ["-a.example"], ["*."], ["x" * 300], ["a.example:999999"], [f"a{n}.example" for n in range(101)]],
    "languages": [None, [], "en", [7], ["english!"], ["e"], ["en\x00"], ["en" + "-abcdefgh" * 9]],
    "threshold": [None, -0.1, 1.1, "high", [], True, {}, 10**400],
}  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value"), [(field, value) for field, values in GOOD.items() for value in values]
)
def test_every_field_of_the_draft_can_be_changed(change, field: str, value: Any) -> None:
    answer = change({field: value})
    assert answer.status_code == 200, answer.json()
    kept = answer.json()[field]
    assert kept.items() >= value.items() if isinstance(value, dict) else kept == value


@pytest.mark.parametrize(
    ("field", "value"), [(field, value) for field, values in BAD.items() for value in values]
)
def test_a_value_that_cannot_be_is_refused_by_its_field_and_changes_nothing(
    cast, change, field: str, value: Any
) -> None:
    before = get("acme-shop/", cast.acme.owner).json()
    answer = change({field: value, "greeting" if field != "greeting" else "name": "Changed"})
    assert code_of(answer) == (400, "invalid")
    assert [name for name in answer.json()["error"]["fields"] if name.startswith(field)]
    assert get("acme-shop/", cast.acme.owner).json() == before


@pytest.mark.parametrize(
    "body", [{"slug": "new"}, {"public_id": "x"}, {"published": None}, {"organisation": 2}, {"id": 7}, {"nonsense": 1},
             {"knowledge_revision": 9}]
)  # fmt: skip
def test_nothing_else_can_be_changed(change, body: Any) -> None:
    assert code_of(change(body)) == (400, "invalid")


@pytest.mark.parametrize("body", [[], "text", 7, None, [{"name": "x"}]])
def test_a_change_is_an_object(change, body: Any) -> None:
    assert code_of(change(body)) == (400, "invalid")


def test_all_faults_are_named_at_once(change) -> None:
    fields = change({"name": "", "threshold": 7, "languages": []}).json()["error"]["fields"]
    assert fields.keys() == {"name", "threshold", "languages"}


def test_a_change_to_the_draft_changes_its_fingerprint_and_not_what_visitors_get(cast: Cast, change) -> None:
    before = get("acme-shop/", cast.acme.owner).json()
    after = change({"greeting": "Something new."}).json()
    assert after["fingerprint"] != before["fingerprint"]
    assert after["published"] == before["published"]
    assert change({"greeting": before["greeting"]}).json()["fingerprint"] == before["fingerprint"]


# Publishing ----------------------------------------------------------------------------------------------------------
def test_publishing_freezes_the_draft_as_the_next_version(cast: Cast, change) -> None:
    draft = change({"greeting": "Something new."}).json()
    answer = call("post", "acme-shop/publish/", cast.acme.owner, {"note": "New greeting"})
    assert answer.status_code == 200
    assert answer.json().keys() == {"version", "fingerprint", "note", "author", "created_at"}
    assert (answer.json()["version"], answer.json()["fingerprint"]) == (2, draft["fingerprint"])
    versions = get("acme-shop/versions/", cast.acme.supervisor).json()["results"]
    assert [(row["version"], row["note"]) for row in versions] == [(2, "New greeting"), (1, "")]
    assert (
        BotVersion.objects.get(chatbot=cast.acme.bot, number=2).configuration["greeting"] == "Something new."
    )


def test_publishing_the_very_same_again_makes_no_new_version(cast: Cast) -> None:
    assert call("post", "acme-shop/publish/", cast.acme.owner, {}).json()["version"] == 1


@pytest.mark.parametrize("body", [[], {"note": "x" * 301}, {"note": []}, {"note": "a\x00"}])
def test_a_note_that_cannot_be_is_refused(cast: Cast, body: Any) -> None:
    assert code_of(call("post", "acme-shop/publish/", cast.acme.owner, body)) == (400, "invalid")


# Who may -------------------------------------------------------------------------------------------------------------
def test_agents_know_bots_by_name_and_no_more(cast: Cast) -> None:
    assert get("", cast.acme.agent).json()["results"] == [{"slug": "acme-shop", "name": "Acme Shop"}]
    assert code_of(get("acme-shop/", cast.acme.agent)) == (403, "forbidden")
    assert code_of(get("acme-shop/versions/", cast.acme.agent)) == (403, "forbidden")


@pytest.mark.parametrize("who", ["supervisor", "agent"])
def test_only_owners_change_bots(cast: Cast, who: str) -> None:
    user = cast.acme.people[who]
    assert code_of(call("post", "", user, {"name": "New"})) == (403, "forbidden")
    assert code_of(call("patch", "acme-shop/", user, {"name": "New"})) == (403, "forbidden")
    assert code_of(call("post", "acme-shop/publish/", user, {})) == (403, "forbidden")
    assert code_of(call("delete", "acme-shop/", user)) == (403, "forbidden")


def test_another_tenants_bot_is_not_found_to_the_letter(cast: Cast) -> None:
    for method, tail, body in (("patch", "", {"name": "X"}), ("delete", "", None), ("post", "publish/", {})):
        theirs, none = (
            call(method, f"{slug}/{tail}", cast.outsider, body) for slug in ("acme-shop", "no-such")
        )
        assert code_of(theirs) == (404, "not_found")
        assert theirs.content == none.content
    assert [row["slug"] for row in get("", cast.outsider).json()["results"]] == ["rival-shop"]
    assert Chatbot.objects.get(slug="acme-shop").name == "Acme Shop"


def test_deleting_a_bot_takes_its_conversations_with_it_and_nobody_elses(cast: Cast) -> None:
    make_conversation(make_visitor(cast.acme.bot), "Hello", handoff=True)
    other = make_conversation(make_visitor(cast.rival.bot), "Hello")
    assert call("delete", "acme-shop/", cast.acme.owner).status_code == 204
    assert list(Conversation.objects.values_list("pk", flat=True)) == [other.pk]
    assert Message.objects.exclude(conversation=other).count() == 0


def test_a_model_is_one_that_this_server_offers_or_none(change, settings: Any) -> None:
    refused = change({"model": "small"})
    assert code_of(refused) == (400, "invalid")
    assert "OPENAI_MODELS" in refused.json()["error"]["fields"]["model"]
    settings.OPENAI_BASE_URL, settings.OPENAI_MODELS = "http://127.0.0.1:9/v1", ["small"]
    assert change({"model": "small"}).json()["model"] == "small"
    for wrong in ("large", 7, None, ["small"]):
        assert code_of(change({"model": wrong})) == (400, "invalid")
    assert change({"model": ""}).json()["model"] == ""
