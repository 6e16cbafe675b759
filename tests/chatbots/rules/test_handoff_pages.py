"""/bots/<slug>/handoff/: the rules as an ordered list that saves as one types, opening hours, and the box to try them."""

import html
from collections.abc import Callable

import pytest
from django.test import Client

from chatbots.actions.edit_bot import edit_bot
from chatbots.configuration import draft_configuration
from chatbots.forms.handoff import HandoffForm
from chatbots.models import Chatbot
from chatbots.rules.defaults import effective_rules
from tests.cast import Cast

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
PARTIAL = {"HX-Request": "true"}
Fields = dict[str, str | list[str]]


def read_fields(bot: Chatbot) -> Fields:
    """What a browser sends for the page as it stands."""
    values = HandoffForm.read(draft_configuration(bot))
    fields: Fields = {"rule": values.pop("keys")}
    return fields | {
        name: "on" if value is True else str(value) for name, value in values.items() if value is not False
    }


def save(client: Client, data: Fields) -> str:
    answer = client.post("/bots/acme-shop/handoff/", data, headers=PARTIAL)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def error_at(parts: str, field: str) -> str:
    return parts.split(f'id="id_{field}_error"')[1].split("</div>", maxsplit=1)[0]


def names(bot: Chatbot) -> list[str]:
    bot.refresh_from_db()
    return [rule["name"] for rule in effective_rules(draft_configuration(bot))]


def test_the_page_as_it_stands_changes_nothing(cast: Cast, sign_in: SignIn) -> None:
    bot = cast.acme.bot
    assert 'data-state="saved"' in save(sign_in(cast.acme.owner), read_fields(bot))
    before = draft_configuration(bot)
    bot.refresh_from_db()
    assert draft_configuration(bot) == before
    assert (bot.rules, bot.opening_hours) == ([], {})


def test_words_switches_counts_and_the_order_are_saved(cast: Cast, sign_in: SignIn) -> None:
    bot, client = cast.acme.bot, sign_in(cast.acme.owner)
    fields = read_fields(bot)
    fields["rule"] = ["keywords-1", *fields["rule"]]
    del fields["greeting-on"]
    fields |= {
        "keywords-1-on": "on", "keywords-1-keywords": "refund, money back\nrückerstattung", "keywords-1-outcome": "hand_off",
        "keywords-1-text": "", "thanks-text": "Any time.", "repeated_abstention-after": "3", "cannot_help-outcome": "offer",
    }  # fmt: skip
    assert 'data-state="saved"' in save(client, fields)
    bot.refresh_from_db()
    rules = {rule["name"]: rule for rule in effective_rules(draft_configuration(bot))}
    assert names(bot)[:2] == ["keywords", "asked_for_person"]
    assert rules["keywords"]["keywords"] == ["refund", "money back", "rückerstattung"]
    assert (rules["greeting"]["on"], rules["thanks"]["text"]) == (False, "Any time.")
    assert rules["repeated_abstention"]["after"] == 3
    assert (bot.handoff["when_unsure"], rules["cannot_help"]["outcome"]) == ("offer", "offer")


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("repeated_abstention-after", "0", "greater than or equal to 1"),
        ("cannot_help-outcome", "panic", "valid choice"),
        ("thanks-text", "x" * 1001, "at most 1000"),
        ("time_zone", "Berlin", "Europe/Berlin"),
        ("hours_mon", "nine to five", "Write times like"),
        ("hours_tue", "09:00-12:00, 11:00-13:00", "overlap"),
        ("closed_on", "25.12.2026", "2026-12-25"),
    ],
)
def test_a_fault_is_said_at_its_field(
    cast: Cast, sign_in: SignIn, field: str, value: str, sentence: str
) -> None:
    fields = read_fields(cast.acme.bot) | {"hours": "hours", field: value, "greeting-text": "Ahoy."}
    parts = save(sign_in(cast.acme.owner), fields)
    assert 'data-state="failed"' in parts
    assert sentence in error_at(parts, field)


def test_a_fault_in_the_hours_does_not_hold_up_the_rules(cast: Cast, sign_in: SignIn) -> None:
    bot = cast.acme.bot
    fields = read_fields(bot) | {"hours": "hours", "hours_mon": "soon", "greeting-text": "Ahoy."}
    save(sign_in(cast.acme.owner), fields)
    bot.refresh_from_db()
    assert "Ahoy." in str(bot.rules)
    assert bot.opening_hours == {}


def test_a_new_rule_is_left_alone_while_empty_and_explained_while_half_written(
    cast: Cast, sign_in: SignIn
) -> None:
    bot, client = cast.acme.bot, sign_in(cast.acme.owner)
    fields = read_fields(bot)
    new: Fields = {
        "rule": ["keywords-1", *fields["rule"]],
        "keywords-1-on": "on",
        "keywords-1-outcome": "answer",
        "keywords-1-keywords": "",
        "keywords-1-text": "",
    }
    assert 'data-state="saved"' in save(client, fields | new)
    assert "keywords" not in names(bot)
    parts = save(client, fields | new | {"keywords-1-keywords": "refund"})
    assert "Write what it answers." in error_at(parts, "keywords-1-text")
    parts = save(client, fields | new | {"keywords-1-text": "We pay back."})
    assert "Write at least one word" in error_at(parts, "keywords-1-keywords")


def test_hours_are_read_as_people_write_them_and_say_whether_it_is_open(cast: Cast, sign_in: SignIn) -> None:
    bot = cast.acme.bot
    week = {f"hours_{day}": "00:00-24:00" for day in ("mon", "tue", "wed", "thu", "fri", "sat")}
    fields = read_fields(bot) | week
    fields |= {
        "hours": "hours",
        "time_zone": "Asia/Tokyo",
        "hours_sun": "0-12, 13 to 24",
        "closed_on": "2026-12-25\n2027-01-01",
    }
    assert "Open now" in save(sign_in(cast.acme.owner), fields)
    bot.refresh_from_db()
    assert bot.opening_hours["days"]["sun"] == [["00:00", "12:00"], ["13:00", "24:00"]]
    assert bot.opening_hours["closed_on"] == ["2026-12-25", "2027-01-01"]
    none = fields | {f"hours_{day}": "" for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    assert "no opening is planned" in save(sign_in(cast.acme.owner), none)


def test_without_script_buttons_move_remove_and_set_back(cast: Cast, sign_in: SignIn) -> None:
    bot, client = cast.acme.bot, sign_in(cast.acme.owner)
    edit_bot(chatbot=bot, changes={"rules": [{"name": "keywords", "keywords": ["a1"], "text": "x"}]})
    fields = read_fields(bot)
    assert client.post("/bots/acme-shop/handoff/", fields | {"move": "keywords-1:down"}).status_code == 302
    assert names(bot)[:2] == ["asked_for_person", "keywords"]
    fields = read_fields(bot)
    client.post("/bots/acme-shop/handoff/", fields | {"move": "asked_for_person:up"})
    assert names(bot)[0] == "asked_for_person"
    client.post("/bots/acme-shop/handoff/", fields | {"remove": "keywords-2"})
    assert "keywords" not in names(bot)
    edit_bot(
        chatbot=bot, changes={"rules": [{"name": "thanks", "on": False}], "handoff": {"when_unsure": "offer"}}
    )
    client.post("/bots/acme-shop/handoff/", {"reset": "rules"})
    bot.refresh_from_db()
    assert (bot.rules, bot.handoff["when_unsure"]) == ([], "hand_off")


def test_keys_that_nobody_could_have_sent_are_ignored(cast: Cast, sign_in: SignIn) -> None:
    bot = cast.acme.bot
    fields = read_fields(bot)
    fields["rule"] = ["nonsense", "keywords", "keywords-x", "__class__", "thanks", *fields["rule"]]
    assert 'data-state="saved"' in save(sign_in(cast.acme.owner), fields)
    assert sorted(set(names(bot))) == sorted(names(bot))


def test_what_an_owner_writes_in_a_rule_never_becomes_markup(cast: Cast, sign_in: SignIn) -> None:
    words = '"><img src=x onerror=alert(1)>'
    rule = {"name": "keywords", "keywords": [words, "refund"], "text": words}
    edit_bot(chatbot=cast.acme.bot, changes={"rules": [rule]})
    client = sign_in(cast.acme.owner)
    assert "<img src=x" not in client.get("/bots/acme-shop/handoff/").content.decode()
    tried = client.get("/bots/acme-shop/handoff/try/", {"q": "refund"}, headers=PARTIAL)
    assert "<img src=x" not in tried.content.decode()


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (
            {"q": "Ich möchte mit einem Menschen sprechen"},
            "Rule 1 fires: Fetch a person. Visitors read: Of course.",
        ),
        (
            {"q": "where is my parcel?"},
            "No rule fires. The bot goes on by itself: it looks in its knowledge.",
        ),
        ({"event": "abstained", "times": "2"}, "Rule 4 fires: Fetch a person."),
        ({"event": "thumbs_down", "times": "x"}, "Rule 6 fires: Offer a person."),
        ({"event": "provider_failed"}, "Rule 7 fires: Answer without it."),
        ({"event": "made up", "q": "thanks"}, "Rule 3 fires: Say this."),
    ],
)
def test_a_sentence_is_tried_and_every_rule_says_why(
    cast: Cast, sign_in: SignIn, query: dict[str, str], said: str
) -> None:
    page = sign_in(cast.acme.supervisor).get("/bots/acme-shop/handoff/try/", query, headers=PARTIAL)
    words = " ".join(
        html.unescape(page.content.decode())
        .replace("<q>", "")
        .replace("<strong>", "")
        .replace("</strong>", "")
        .split()
    )
    assert said in words
    assert words.count('class="tried__why"') == len(names(cast.acme.bot))
    whole = sign_in(cast.acme.supervisor).get("/bots/acme-shop/handoff/try/", query).content.decode()
    assert "tried__why" in whole
    assert "</html>" in whole


def test_nothing_is_tried_without_words(cast: Cast, sign_in: SignIn) -> None:
    page = sign_in(cast.acme.owner).get("/bots/acme-shop/handoff/try/", {"q": "  "}, headers=PARTIAL)
    assert "tried" not in page.content.decode()


def test_the_api_answers_with_the_rules_in_force_and_takes_them_back(cast: Cast) -> None:
    from tests.cast import bearer

    client, address = Client(), "/api/v1/chatbots/acme-shop/"
    headers = bearer(cast.acme.owner)
    data = client.get(address, headers=headers).json()
    assert [rule["name"] for rule in data["rules"]] == names(cast.acme.bot)
    data["rules"][4]["outcome"] = "offer"
    body = {
        "rules": data["rules"],
        "handoff": data["handoff"],
        "opening_hours": {"time_zone": "Europe/Berlin", "days": {"mon": [["9:00", "17:00"]]}},
    }
    answer = client.patch(address, body, content_type="application/json", headers=headers)
    assert answer.status_code == 200
    assert answer.json()["handoff"]["when_unsure"] == "offer"
    assert answer.json()["opening_hours"]["days"]["mon"] == [["09:00", "17:00"]]
    wrong = client.patch(
        address,
        {"rules": [{"name": "keywords", "text": "x"}]},
        content_type="application/json",
        headers=headers,
    )
    assert wrong.status_code == 400
    assert list(wrong.json()["error"]["fields"]) == ["rules.0.keywords"]
