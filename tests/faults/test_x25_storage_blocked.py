"""X25: third-party storage partitioned or blocked, all cookies blocked: resumed from the best tier left, or a notice."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, BrowserType

from tests.faults.browser import Shop, Tab, check_tabs
from tests.faults.host_page import allow_domains, launch_profile, run_host_page
from tests.faults.stage import Stage

QUESTION = "How long does delivery take?"
NOTICE = "does not keep your chat"
NO_DATABASE = "Object.defineProperty(window, 'indexedDB', { get() { throw new DOMException('no', 'SecurityError'); } });"
NO_LOCAL = "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } });"
STUCK_DATABASE = "IDBFactory.prototype.open = () => new EventTarget();"
NO_LOCKS = (
    "Object.defineProperty(navigator, 'locks', { value: undefined });"
    "Object.defineProperty(window, 'BroadcastChannel', { value: class { constructor() { throw new Error('no'); } } });"
)


@dataclass(frozen=True)
class Mode:
    """What the browser allows. `keeps`: whether anything is left that a reload finds."""

    name: str
    keeps: bool
    preferences: dict[str, Any] = field(default_factory=dict)
    script: str = ""


MODES = [
    Mode("partitioned", keeps=True),
    Mode("third-party cookies blocked", keeps=True, preferences={"cookie_controls_mode": 1}),
    Mode(
        "all cookies blocked",
        keeps=False,
        preferences={"default_content_setting_values": {"cookies": 2}},
    ),
    Mode("no database", keeps=True, script=NO_DATABASE),
    Mode("a database that hangs", keeps=True, script=STUCK_DATABASE),
    Mode("no localStorage", keeps=True, script=NO_LOCAL),
    Mode("neither", keeps=False, script=NO_DATABASE + NO_LOCAL),
    Mode("no locks and no channels", keeps=True, script=NO_LOCKS),
]


@pytest.fixture(scope="module")
def address(stages: Any) -> Iterator[str]:
    """A page on another site, allowed to show the demo's bot."""
    stage: Stage = stages.get(distributed=False)
    with run_host_page(stage) as address:
        allow_domains(stage, address.removeprefix("http://").rstrip("/"))
        yield address


def open_profile(browser_type: BrowserType, folder: Path, mode: Mode) -> BrowserContext:
    context = launch_profile(browser_type, folder, mode.preferences)
    if mode.script:
        context.add_init_script(mode.script)
    return context


def visit(context: BrowserContext, stage: Stage, address: str) -> tuple[Shop, Tab]:
    shop = Shop(context, stage)
    shop.url = address
    return shop, shop.open_tab()


def says_so(tab: Tab) -> bool:
    """Whether the notice stands there: this browser does not keep the chat."""
    return tab.frame.get_by_text(NOTICE).count() == 1


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name)
def test_it_resumes_from_the_best_tier_left_or_says_that_it_will_not(
    browser_type: BrowserType, embedded: Stage, address: str, tmp_path: Path, mode: Mode
) -> None:
    context = open_profile(browser_type, tmp_path, mode)
    shop, tab = visit(context, embedded, address)
    tab.say(QUESTION)
    check_tabs(embedded, [tab])
    session, promised = tab.session, not says_so(tab)
    assert promised is mode.keeps
    shop.reload(tab)
    expect_kept(embedded, tab, session, kept=promised)
    context.close()


@pytest.mark.parametrize("mode", MODES[:3], ids=lambda mode: mode.name)
def test_a_browser_started_anew_keeps_what_was_promised(
    browser_type: BrowserType, embedded: Stage, address: str, tmp_path: Path, mode: Mode
) -> None:
    context = open_profile(browser_type, tmp_path, mode)
    _, tab = visit(context, embedded, address)
    tab.say(QUESTION)
    check_tabs(embedded, [tab])
    session, promised = tab.session, not says_so(tab)
    context.close()
    context = open_profile(browser_type, tmp_path, mode)
    _, tab = visit(context, embedded, address)
    expect_kept(embedded, tab, session, kept=promised)
    context.close()


def expect_kept(stage: Stage, tab: Tab, session: str, *, kept: bool) -> None:
    """The conversation is there again; or a new one begins, in which everything works."""
    texts = [bubble.text for bubble in tab.read_bubbles() if bubble.sender == "visitor"]
    assert texts == ([QUESTION] if kept else [])
    tab.session = session if kept else ""
    tab.texts = [QUESTION] if kept else []
    tab.views.clear()
    tab.say("And what does it cost?")
    tab.expect_sent("And what does it cost?")
    tab.session = next(frame["session_id"] for frame in reversed(tab.received) if frame["type"] == "accepted")
    assert (tab.session == session) is kept
    check_tabs(stage, [tab])
