"""A page with the widget, as journeys use it."""

import re
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import FrameLocator, Page, expect


@dataclass
class Visit:
    """A page with the widget, and what the browser complained about."""

    page: Page
    complaints: list[str]

    @property
    def frame(self) -> FrameLocator:
        return self.page.frame_locator("parley-widget iframe")

    @property
    def launcher(self) -> Any:
        return self.page.get_by_role("button", name=re.compile("(Open|Close) chat"))

    def open(self) -> None:
        self.launcher.click()
        self.expect_connection("connected")

    def expect_connection(self, state: str) -> None:
        expect(self.frame.locator("html")).to_have_attribute("data-connection", state, timeout=15_000)

    def say(self, text: str) -> None:
        self.frame.get_by_label("Write a message").fill(text)
        self.frame.get_by_label("Write a message").press("Enter")

    def bubbles(self, kind: str) -> Any:
        return self.frame.locator(f"#bubbles > .bubble--{kind}")


def watch(page: Page) -> list[str]:
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    return complaints
