"""The browser client in a real Chromium, against a fake server in the page: no Parley runs for these."""

import mimetypes
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = {"/static/": ROOT / "static", "/tests/": ROOT / "tests" / "js"}
SETTING = """
const { Connection } = await import("/static/chat/connection.js");
const { Outbox } = await import("/static/chat/outbox.js");
const { Timeline } = await import("/static/chat/timeline.js");
const { ChatClient } = await import("/static/chat/client.js");
const { LocalTier, MemoryTier, TieredStorage, openMemory, openStorage } = await import("/static/chat/storage.js");
const { DatabaseTier } = await import("/static/chat/database.js");
const { CodedError } = await import("/static/chat/codes.js");
const frames = await import("/static/chat/frames.js");
const { BOT, FakePlatform, FakeServer } = await import("/tests/fake_platform.js");
const { FakeBrowser } = await import("/tests/fake_browser.js");
const { FakePoll } = await import("/tests/fake_poll.js");
const platform = new FakePlatform();
const browser = new FakeBrowser();
platform.sharing = browser.tab().sharing;
"""


def serve_file(route: Route) -> None:
    path = route.request.url.removeprefix("http://localhost")
    for prefix, folder in FOLDERS.items():
        file = folder / path.removeprefix(prefix)
        if path.startswith(prefix) and file.is_file():
            kind = mimetypes.guess_type(file.name)[0] or "text/plain"
            return route.fulfill(body=file.read_text(), content_type=kind)
    if path == "/":
        return route.fulfill(body="<!doctype html><title>Lab</title>", content_type="text/html")
    return route.fulfill(status=404)


@pytest.fixture
def run(page: Page) -> Callable[[str], Any]:
    """Runs the body of an async function in a page that has the client's modules, and returns what it returns."""
    page.route("http://localhost/**", serve_file)
    page.goto("http://localhost/")
    return lambda script: page.evaluate(f"(async () => {{ {SETTING} {script} }})()")


@pytest.fixture
def answer_why(page: Page) -> Callable[..., None]:
    """What `/why` answers to a client that was closed before `ready`."""

    def answer(status: int, **error: Any) -> None:
        def fulfil(route: Route) -> None:
            route.fulfill(status=status, json={"error": error} if error else {})

        page.route("http://localhost/why", fulfil)

    return answer
