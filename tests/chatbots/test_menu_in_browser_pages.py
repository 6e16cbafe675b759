"""The Menu tab in a real browser: a tree that saves as one edits it, and says what is wrong."""

import json
import uuid

import pytest
from playwright.sync_api import Page, expect

from tests.embed.visits import watch
from tests.server import DEMO_PASSWORD, ServerProcess

pytestmark = pytest.mark.journey

LOOP = {
    "body": {"text": "What is it about?"},
    "next_steps": {"Round": "one", "Person": "AGENT_MODE"},
    "steps": {
        "one": {"prompt": "One?", "next_steps": {"On": "two"}},
        "two": {"prompt": "Two?", "next_steps": {"Back": "one"}},
    },
}


@pytest.fixture
def tab(live_server_process: ServerProcess, page: Page) -> Page:
    """The Menu tab of a new bot, with its owner."""
    name = f"Menu {uuid.uuid4().hex[:6]}"
    made = live_server_process.manage(
        "create_bot", "--organisation", "demo", "--name", name, "--slug", name.lower()[5:]
    )
    page.goto(f"{live_server_process.url}/accounts/login/?next=/bots/{json.loads(made)['slug']}/menu/")
    page.fill("[name=login]", "owner@demo.test")
    page.fill("[name=password]", DEMO_PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url("**/menu/")
    return page


def expect_saved(tab: Page) -> None:
    expect(tab.locator("#save-state")).to_have_attribute("data-state", "saved")


def read_menu(tab: Page) -> str:
    return tab.locator("textarea[name=menu]").input_value()


def test_a_tree_is_made_with_the_keyboard_saved_shown_beside_it_and_taken_back(tab: Page) -> None:
    complaints = watch(tab)
    tab.get_by_role("button", name="Make a menu").press("Enter")
    title = tab.get_by_label("Button 1", exact=True)
    title.press("Enter")
    second = tab.get_by_label("Button 2", exact=True)
    expect(second).to_be_focused()
    second.fill("Delivery")
    second.press("Alt+ArrowUp")
    expect(title).to_be_focused()
    expect(title).to_have_value("Delivery")
    tab.get_by_label("Delivery leads to").select_option(label="An answer")
    expect(tab.get_by_label("The answer")).to_be_focused()
    tab.keyboard.type("Two working days.")
    expect(tab.locator("#menu-faults")).to_contain_text("No dead ends")
    expect(tab.locator("[data-preview-menu] button")).to_have_text(["Delivery", "Talk to a person"])
    tab.reload()
    expect(tab.get_by_label("The answer")).to_have_value("Two working days.")
    before = read_menu(tab)
    tab.get_by_role("button", name="Delete Delivery").click()
    expect(tab.get_by_label("The answer")).to_have_count(0)
    expect_saved(tab)
    tab.get_by_role("button", name="Undo").click()
    expect(tab.get_by_label("The answer")).to_have_value("Two working days.")
    assert read_menu(tab) == before
    assert not complaints


def test_json_goes_in_with_its_faults_at_their_place_and_loops_lead_to_theirs(tab: Page) -> None:
    tab.get_by_role("button", name="JSON").click()
    field = tab.get_by_label("The menu as JSON")
    field.fill('{\n"body": ,')
    expect(tab.locator("#id_menu_error")).to_contain_text("Line 2")
    broken = {**LOOP, "steps": {**LOOP["steps"], "two": {"prompt": "", "next_steps": {"Back": "one"}}}}  # type: ignore[dict-item]
    field.fill(json.dumps(broken, indent=1))
    tab.get_by_role("button", name="Write something.").click()
    assert '"prompt": ""' in tab.evaluate(
        "(f => f.value.slice(f.selectionStart, f.selectionEnd))(document.activeElement)"
    )
    field.fill(json.dumps(LOOP, indent=1))
    loop = tab.get_by_role("button", name="There is no way out of")
    expect(loop).to_be_visible()
    tab.get_by_role("button", name="Tree").click()
    loop.click()
    expect(tab.locator("[data-place$='\"one\"]'] textarea").first).to_be_focused()
    expect(tab.get_by_role("button", name="Go to “one”")).to_be_visible()
    tab.get_by_label("Back leads to").select_option(label="A person")
    expect(tab.locator("#menu-faults")).to_contain_text("No dead ends")
