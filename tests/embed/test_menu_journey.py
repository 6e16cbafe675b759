"""Menus, choices, sources and thumbs in the widget, against the running product."""

import re
import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.embed.visits import watch
from tests.server import ServerProcess

pytestmark = pytest.mark.journey

FAQ = """title,question,answer
Returning a bag,How do I return a bag?,Send the bag back within 30 days.
Returning shoes,How do I return shoes?,Bring the shoes to one of our shops.
"""
UNCLEAR = "Can I return bags and shoes?"
MENU: dict[str, Any] = {
    "header": {"type": "text", "text": "Willow Bags"},
    "body": {"text": "What is it about?"},
    "footer": {"text": "Type menu to come back here."},
    "action": {
        "buttons": [
            {"type": "reply", "reply": {"id": "delivery", "title": "Delivery"}},
            {"type": "reply", "reply": {"id": "AGENT_MODE", "title": "A person"}},
        ]
    },
    "steps": {
        "delivery": {
            "prompt": "What about delivery?",
            "next_steps": {"How long does it take": "Two working days.", "Lost parcel": "AGENT_MODE"},
        }
    },
}


class Shop:
    """A published bot of its own with a menu, and its widget on a page of its own."""

    def __init__(self, server: ServerProcess, folder: Path) -> None:
        self.name = f"Willow {uuid.uuid4().hex[:6]}"
        token = server.issue_token("owner@demo.test")
        self.api = httpx.Client(base_url=f"{server.url}/api/v1", headers={"Authorization": f"Bearer {token}"})
        bot = self.api.post("/chatbots/", json={"name": self.name, "menu": MENU}).raise_for_status().json()
        (folder / "faq.csv").write_text(FAQ)
        self.slug = bot["slug"]
        server.manage("import_knowledge", f"demo/{self.slug}", str(folder / "faq.csv"))
        self.publish()
        self.address = f"{server.url}/embed/frame/{bot['public_id']}/"

    def stand_between(self, question: str) -> None:
        """Publish with a threshold that the two best answers to `question` reach together, and neither alone."""
        about = {"chatbot": self.slug, "q": question}
        found = self.api.get("/knowledge/search/", params=about).raise_for_status().json()["results"]
        first, second = (candidate["confidence"] for candidate in found[:2])
        self.publish(threshold=round(first + second / 2, 3))

    def publish(self, **changes: Any) -> None:
        self.api.patch(f"/chatbots/{self.slug}/", json=changes).raise_for_status()
        self.api.post(f"/chatbots/{self.slug}/publish/", json={}).raise_for_status()

    def list_reasons(self) -> list[str]:
        rows = self.api.get("/handoffs/waiting/").raise_for_status().json()["results"]
        return [row["reason"] for row in rows if row["bot"]["name"] == self.name]


@pytest.fixture
def shop(live_server_process: ServerProcess, tmp_path: Path) -> Shop:
    return Shop(live_server_process, tmp_path)


def say(page: Page, text: str) -> None:
    page.get_by_label("Write a message").fill(text)
    page.get_by_label("Write a message").press("Enter")


def test_from_the_menu_to_an_answer_and_to_a_person_with_a_reload_in_the_middle(
    shop: Shop, page: Page
) -> None:
    complaints = watch(page)
    page.goto(shop.address)
    menu = page.get_by_role("group", name="What is it about?")
    menu.get_by_role("button", name="Delivery").press("Enter")
    step = page.get_by_role("group", name="What about delivery?")
    expect(step.get_by_role("button")).to_have_text(["How long does it take", "Lost parcel"])
    expect(menu.locator(".choice--chosen")).to_have_text(re.compile("Delivery"))
    expect(menu.get_by_role("button")).to_have_count(0)
    page.reload()
    say(page, "how long does it taek?")
    expect(page.locator("#bubbles")).to_contain_text("Two working days.")
    page.get_by_role("button", name="Back").click()
    expect(page.get_by_role("group", name="What about delivery?").last.get_by_role("button")).to_have_count(2)
    page.get_by_role("button", name="Lost parcel").click()
    expect(page.locator("html")).to_have_attribute("data-state", "waiting")
    assert any("Delivery › Lost parcel" in reason for reason in shop.list_reasons())
    assert not complaints


def test_a_choice_made_offline_goes_out_once_and_in_its_place(shop: Shop, page: Page) -> None:
    page.goto(shop.address)
    expect(page.locator("html")).to_have_attribute("data-connection", "connected")
    page.context.set_offline(True)
    expect(page.locator("html")).to_have_attribute("data-connection", "offline")
    page.get_by_role("button", name="Delivery").dblclick()
    expect(page.locator(".bubble--queued")).to_have_count(1)
    say(page, "menu")
    page.context.set_offline(False)
    expect(page.get_by_role("group", name="What is it about?").last.get_by_role("button")).to_have_count(2)
    expect(page.locator(".bubble--visitor .bubble__text")).to_have_text(["Delivery", "menu"])
    expect(page.get_by_role("group", name="What about delivery?")).to_have_count(1)


def test_which_of_two_answers_is_meant_is_asked_and_a_thumb_with_a_word_is_kept(
    shop: Shop, page: Page
) -> None:
    shop.stand_between(UNCLEAR)
    page.goto(shop.address)
    say(page, UNCLEAR)
    page.get_by_role("button", name="Returning shoes").click()
    expect(page.locator(".bubble--bot").last).to_contain_text("Bring the shoes")
    page.locator(".citation summary").last.click()
    expect(page.locator(".citation__text").last).to_be_visible()
    page.get_by_role("button", name="Not helpful").last.click()
    expect(page.get_by_role("button", name="Not helpful", pressed=True)).to_be_visible()
    page.get_by_label("What was wrong?").fill("Which shops?")
    page.get_by_label("What was wrong?").press("Enter")
    expect(page.locator("#live")).to_contain_text("Thank you")
    page.reload()
    expect(page.get_by_role("button", name="Not helpful", pressed=True)).to_be_visible()
