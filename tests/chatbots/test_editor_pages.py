"""/bots/<slug>/: tabs that save as one types, publishing, deleting."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from chatbots.actions.edit_bot import create_bot
from chatbots.models import BotVersion, Chatbot
from tests.cast import Cast

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
TABS = ["", "knowledge/", "menu/", "appearance/", "handoff/", "embed/"]
PARTIAL = {"HX-Request": "true"}
BEHAVIOUR = {
    "name": "Acme Shop",
    "greeting": "Hello.",
    "suggested_questions": "",
    "instructions": "",
    "threshold": "50",
    "clarify": "on",
}


def save(client: Client, tab: str, data: dict[str, str]) -> str:
    answer = client.post(f"/bots/acme-shop/{tab}", data, headers=PARTIAL)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("tab", TABS)
def test_each_tab_opens_for_owners_and_reads_only_for_supervisors(
    cast: Cast, sign_in: SignIn, tab: str
) -> None:
    mine = sign_in(cast.acme.owner).get(f"/bots/acme-shop/{tab}").content.decode()
    assert "You may look and test" not in mine
    assert "hx-post" in mine
    page = sign_in(cast.acme.supervisor).get(f"/bots/acme-shop/{tab}").content.decode()
    assert "You may look and test" in page
    assert "hx-post" not in page
    assert "Publish<" not in page


@pytest.mark.parametrize("tab", TABS)
def test_agents_outsiders_and_strangers_do_not_get_in(cast: Cast, sign_in: SignIn, tab: str) -> None:
    address = f"/bots/acme-shop/{tab}"
    assert sign_in(cast.acme.agent).get(address).status_code == 403
    foreign = sign_in(cast.outsider).get(address)
    missing = sign_in(cast.outsider).get(f"/bots/no-such-bot/{tab}")
    assert foreign.status_code == missing.status_code == 404
    assert sign_in().get(address).status_code == 302


@pytest.mark.parametrize("path", ["", "menu/", "appearance/", "handoff/", "embed/", "publish/", "delete/"])
def test_nobody_but_an_owner_writes(cast: Cast, sign_in: SignIn, path: str) -> None:
    before = Chatbot.objects.filter(slug="acme-shop").values().get()
    for person, status in (
        (cast.acme.supervisor, 403),
        (cast.acme.agent, 403),
        (cast.outsider, 404),
        (None, 302),
    ):
        answer = sign_in(person).post(f"/bots/acme-shop/{path}", {"name": "Broken in", "primary": "#000000"})
        assert answer.status_code == status
    assert Chatbot.objects.filter(slug="acme-shop").values().get() == before


def test_a_change_is_saved_while_typing_and_shows_that_it_differs_from_what_is_published(
    cast: Cast, sign_in: SignIn
) -> None:
    parts = save(sign_in(cast.acme.owner), "", BEHAVIOUR | {"greeting": "Ahoy."})
    assert 'data-state="saved"' in parts
    assert "Differs from version 1: greeting" in parts
    assert Chatbot.objects.get(slug="acme-shop").greeting == "Ahoy."


def test_one_wrong_field_is_named_and_does_not_hold_up_the_others(cast: Cast, sign_in: SignIn) -> None:
    parts = save(sign_in(cast.acme.owner), "", BEHAVIOUR | {"name": "", "greeting": "Ahoy."})
    assert 'data-state="failed"' in parts
    assert "This field is required" in parts.split('id="id_name_error"')[1].split("</div>")[0]
    bot = Chatbot.objects.get(slug="acme-shop")
    assert (bot.name, bot.greeting) == ("Acme Shop", "Ahoy.")


@pytest.mark.parametrize(
    ("tab", "field", "value", "sentence"),
    [
        ("", "threshold", "101", "less than or equal to 100"),
        ("", "threshold", "warm", "whole number"),
        ("", "greeting", "x" * 501, "at most 500"),
        ("", "suggested_questions", "\n".join("abcdefg"), "At most six"),
        ("", "suggested_questions", "x" * 121, "At most six, of at most 120"),
        ("", "instructions", "x" * 8001, "at most 8000"),
        ("appearance/", "primary", "red", "Give a colour like"),
        ("appearance/", "position", "middle", "valid choice"),
        ("appearance/", "avatar_url", "javascript:alert(1)", "https://"),
        ("handoff/", "time_zone", "x" * 65, "at most 64"),
        ("embed/", "allowed_domains", "https://shop.example.com/path", "is no domain"),
    ],
)
def test_bad_input_is_explained_at_its_field_and_not_saved(
    cast: Cast, sign_in: SignIn, tab: str, field: str, value: str, sentence: str
) -> None:
    before = (
        Chatbot.objects.filter(slug="acme-shop").values("threshold", "greeting", "suggested_questions").get()
    )
    parts = save(sign_in(cast.acme.owner), tab, (BEHAVIOUR if not tab else {}) | {field: value})
    assert 'data-state="failed"' in parts
    assert sentence in parts.split(f'id="id_{field}_error"')[1].split("</div>")[0]
    after = (
        Chatbot.objects.filter(slug="acme-shop").values("threshold", "greeting", "suggested_questions").get()
    )
    assert after["threshold"] == before["threshold"]
    assert after["suggested_questions"] == before["suggested_questions"]


def test_every_setting_reaches_the_draft(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.acme.owner)
    save(client, "", BEHAVIOUR | {"threshold": "72", "suggested_questions": "One?\n\n Two? "})
    look = {
        "primary": "#123456",
        "on_primary": "#ffffff",
        "position": "left",
        "theme": "dark",
        "avatar_url": "",
    }
    save(client, "appearance/", look)
    rule = {
        "rule": "cannot_help",
        "cannot_help-on": "on",
        "cannot_help-outcome": "offer",
        "cannot_help-text": "",
    }
    save(client, "handoff/", rule)
    save(client, "embed/", {"allowed_domains": "Shop.example.com\n*.example.org\n"})
    bot = Chatbot.objects.get(slug="acme-shop")
    assert bot.threshold == 0.72
    assert bot.suggested_questions == ["One?", "Two?"]
    assert bot.appearance == look
    assert bot.handoff == {"when_unsure": "offer", "offer_button": False}
    assert bot.allowed_domains == ["shop.example.com", "*.example.org"]


def test_what_an_owner_writes_never_becomes_markup(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.acme.owner)
    save(client, "", BEHAVIOUR | {"name": "</script><b>x", "greeting": "<img src=x onerror=alert(1)>"})
    page = client.get("/bots/acme-shop/").content.decode()
    assert "<img src=x" not in page
    assert "</script><b>" not in page


def test_without_script_a_form_is_saved_by_its_button(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.acme.owner)
    assert "Saved." in client.post("/bots/acme-shop/", BEHAVIOUR, follow=True).content.decode()
    assert client.post("/bots/acme-shop/", BEHAVIOUR | {"name": ""}).status_code == 400


def test_publishing_makes_the_draft_what_visitors_get(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.acme.owner)
    bot = create_bot(organisation=cast.acme.organisation, name="Fresh", slug="fresh")
    assert "Not published" in client.get("/bots/fresh/").content.decode()
    answer = client.post("/bots/fresh/publish/", headers=PARTIAL)
    assert "Version 1 is live" in answer.content.decode()
    assert json.loads(answer["HX-Trigger"])["toast"]["tone"] == "success"
    assert BotVersion.objects.get(chatbot=bot).author == cast.acme.owner
    client.post("/bots/fresh/publish/")
    assert BotVersion.objects.filter(chatbot=bot).count() == 1


def test_the_snippet_names_the_bots_public_id_and_warns_before_it_is_published(
    cast: Cast, sign_in: SignIn
) -> None:
    bot = create_bot(organisation=cast.acme.organisation, name="Fresh", slug="fresh")
    page = sign_in(cast.acme.owner).get("/bots/fresh/embed/").content.decode()
    assert f"data-bot=&quot;{bot.public_id}&quot;" in page
    assert "Publish the bot first" in page


def test_a_bot_that_any_site_may_show_is_warned_about(cast: Cast, sign_in: SignIn) -> None:
    parts = save(sign_in(cast.acme.owner), "embed/", {"allowed_domains": "*"})
    assert "Every page on the web" in parts


def test_deleting_takes_the_bot_from_the_list(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.acme.owner)
    answer: Any = client.post("/bots/acme-shop/delete/", follow=True)
    assert "Acme Shop is deleted" in answer.content.decode()
    assert client.get("/bots/acme-shop/").status_code == 404


def test_who_was_signed_out_while_typing_is_told_so_and_keeps_the_page(cast: Cast, sign_in: SignIn) -> None:
    answer = sign_in().post("/bots/acme-shop/", BEHAVIOUR, headers=PARTIAL)
    assert answer.status_code == 401
    assert "Sign in again in another tab" in json.loads(answer["HX-Trigger"])["toast"]["text"]


def test_an_error_answers_htmx_with_a_toast_and_the_same_for_foreign_and_missing(
    cast: Cast, sign_in: SignIn
) -> None:
    client = sign_in(cast.outsider)
    foreign = client.post("/bots/acme-shop/", BEHAVIOUR, headers=PARTIAL)
    missing = client.post("/bots/no-such-bot/", BEHAVIOUR, headers=PARTIAL)
    assert foreign.status_code == missing.status_code == 404
    assert foreign.content == missing.content
    assert foreign["HX-Trigger"] == missing["HX-Trigger"]


def test_the_models_that_are_offered_can_be_chosen_and_what_leaves_the_house_is_said(
    cast: Cast, sign_in: SignIn, settings: Any
) -> None:
    settings.OPENAI_API_KEY, settings.OPENAI_MODELS = "sk-never-in-a-page", ["small", "large"]
    owner = sign_in(cast.acme.owner)
    page = owner.get("/bots/acme-shop/").content.decode()
    assert 'value="small"' in page
    assert 'value="large"' in page
    assert "sent to the model&#x27;s provider" in page
    assert "never-in-a-page" not in page
    assert 'data-state="saved"' in save(owner, "", BEHAVIOUR | {"model": "large"})
    assert Chatbot.objects.get(slug="acme-shop").model == "large"
    assert "Choose one of: small, large" in save(owner, "", BEHAVIOUR | {"model": "made up"})
    assert Chatbot.objects.get(slug="acme-shop").model == "large"


def test_without_a_provider_the_tab_says_so_and_how_to_get_one(cast: Cast, sign_in: SignIn) -> None:
    page = sign_in(cast.acme.owner).get("/bots/acme-shop/").content.decode()
    assert "No language model is set up" in page
    assert "add an account of a provider under Language models" in page


def test_a_model_that_is_gone_stays_chosen_until_the_owner_chooses_another(
    cast: Cast, sign_in: SignIn, settings: Any
) -> None:
    Chatbot.objects.filter(slug="acme-shop").update(model="retired")
    settings.OPENAI_API_KEY, settings.OPENAI_MODELS = "sk-x", ["small"]
    owner = sign_in(cast.acme.owner)
    assert "retired (not offered any more)" in owner.get("/bots/acme-shop/").content.decode()
    assert 'data-state="saved"' in save(owner, "", BEHAVIOUR | {"model": "retired", "greeting": "Ahoy."})
    assert Chatbot.objects.get(slug="acme-shop").model == "retired"
