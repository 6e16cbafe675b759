"""Menus as owners save them, by the API and on their page, and what browsers get of them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from chatbots.configuration import draft_configuration, draft_fingerprint, public_configuration
from chatbots.models import Chatbot
from tests.cast import Cast, bearer
from tests.chatbots.menus.shop import SHOP, name_two

pytestmark = pytest.mark.django_db


def patch(cast: Cast, menu: Any) -> Any:
    body, owner = {"menu": menu}, cast.acme.owner
    return Client().patch(
        "/api/v1/chatbots/acme-shop/", body, content_type="application/json", headers=bearer(owner)
    )


@pytest.mark.parametrize("menu", [SHOP, name_two(), {}], ids=["one", "several", "none"])
def test_get_gives_back_what_was_patched_with_its_buttons_in_order(cast: Cast, menu: dict[str, Any]) -> None:
    assert patch(cast, menu).status_code == 200
    bot = Client().get("/api/v1/chatbots/acme-shop/", headers=bearer(cast.acme.owner)).json()
    assert bot["menu"] == menu
    if menu is SHOP:
        asked = SHOP["steps"]["delivery"]["next_steps"]
        assert list(bot["menu"]["steps"]["delivery"]["next_steps"]) == list(asked)


def test_a_fault_is_named_by_its_field_and_nothing_is_saved(cast: Cast) -> None:
    answer = patch(cast, {"body": {"text": "?"}, "steps": {"a": {"prompt": "?", "next_steps": {"2": "nix"}}}})
    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == ["menu.steps.a.next_steps.2"]
    assert Chatbot.objects.get(slug="acme-shop").menu == {}


def test_a_menu_nested_without_end_is_refused(cast: Cast) -> None:
    deep = '{"steps": {"a": ' * 400 + '""' + "}}" * 400
    body = f'{{"menu": {deep}}}'
    answer = Client().patch(
        "/api/v1/chatbots/acme-shop/", body, content_type="application/json", headers=bearer(cast.acme.owner)
    )
    assert answer.status_code == 400


def test_another_order_of_buttons_is_another_draft(cast: Cast) -> None:
    patch(cast, SHOP)
    before = draft_fingerprint(Chatbot.objects.get(slug="acme-shop"))
    steps = SHOP["steps"] | {
        "returns": {
            **SHOP["steps"]["returns"],
            "next_steps": {"No": "delivery", "Yes": "Send it back within 30 days."},
        }
    }
    patch(cast, SHOP | {"steps": steps})
    assert draft_fingerprint(Chatbot.objects.get(slug="acme-shop")) != before


def test_browsers_get_the_first_menu_and_no_step(cast: Cast) -> None:
    patch(cast, name_two())
    bot = Chatbot.objects.get(slug="acme-shop")
    shown = public_configuration(chatbot=bot, configuration=draft_configuration(bot))["menu"]
    assert shown == {"type": "buttons", "text": "Orders", "buttons": [{"id": "shop", "title": "Shop"}]}


def test_the_tab_says_where_json_breaks_and_lists_what_is_wrong(
    cast: Cast, sign_in: Callable[..., Client]
) -> None:
    client = sign_in(cast.acme.owner)

    def save(text: str) -> str:
        answer = client.post("/bots/acme-shop/menu/", {"menu": text}, headers={"HX-Request": "true"})
        assert answer.status_code == 200
        return answer.content.decode()

    assert "Line 1, character 10: this is not JSON" in save('{"body": }')
    page = save('{"body": {"text": "?"}, "steps": {"<b>": {"prompt": ""}}}')
    assert 'data-fault="menu.steps.&lt;b&gt;.prompt"' in page
    assert "leads nowhere" in save(
        '{"body": {"text": "?"}, "action": {"buttons": [{"reply": {"id": "x", "title": "X"}}]}}'
    )
    assert "No dead ends" in save('{"body": {"text": "?"}, "next_steps": {"X": "AGENT_MODE"}}')
    assert 'id="menu-outline"' in save("")
