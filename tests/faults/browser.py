"""The widget in tabs of a real Chromium, as a witness for the checker: what is drawn is what was delivered.

    tab = shop.open_tab()                 # the demo's page, widget open, connected
    tab.say("hello")                      # as a visitor types it
    check_tabs(stage, shop.tabs)          # waits until each tab shows the log's own list

What went over the wire is watched beside it: which messages were acknowledged, and as which number.
"""

import json
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import BrowserContext, FrameLocator, Page, Response, WebSocket, expect
from playwright.sync_api import Error as PlaywrightError

from tests.faults.checker import Verdict, conclude, look
from tests.faults.log_view import Entry, LogView
from tests.faults.stage import Stage
from tests.faults.waiting import LOOK_EVERY_SECONDS, pause_thread

SECONDS = 15
SENDERS = ("visitor", "bot", "agent", "system")
LOGGED = "SELECT seq, sender, text, client_id FROM conversations_message WHERE conversation_id IN_SESSIONS ORDER BY seq"
# Bubbles of the log: neither the greeting, nor a notice, nor what waits to be sent, nor a reply on its way.
READ_BUBBLES = """
(all) => all.map((one) => ({
  classes: [...one.classList],
  text: (one.querySelector('.arrival__text, .bubble__text') ?? one).textContent,
}))
"""
# The same by way of the page: Playwright forgets the frames of a page that comes back from the back/forward cache.
READ_FROM_PAGE = f"""
() => {{
  const frame = document.querySelector("parley-widget")?.shadowRoot.querySelector("iframe");
  const bubbles = frame?.contentDocument?.querySelectorAll("#bubbles > .bubble");
  return bubbles ? ({READ_BUBBLES})([...bubbles]) : null;
}}
"""


@dataclass
class Bubble:
    """A bubble as it is drawn; `state` is "" for what is in the log."""

    sender: str
    text: str
    state: str


class Tab:
    """One tab with the widget. Fulfils the checker's `Witness`."""

    def __init__(self, page: Page, name: str, ids: dict[str, str]) -> None:
        """`ids`: text to client id, shared by the tabs of one profile, since another tab may send it."""
        self.page, self.name, self.ids = page, name, ids
        self.acknowledged: dict[str, tuple[str, int]] = {}
        self.complaints: list[str] = []
        self.errors: list[str] = []
        self.views: dict[str, LogView] = {}
        self.texts: list[str] = []
        self.sent: list[dict[str, Any]] = []
        self.received: list[dict[str, Any]] = []
        self.sockets: list[WebSocket] = []
        self.session = ""
        self._bootstraps: list[Response] = []
        page.on("websocket", self._watch)
        page.on("response", self._keep_bootstrap)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _keep_bootstrap(self, answer: Response) -> None:
        if "/bootstrap/" in answer.url:
            self._bootstraps.append(answer)

    # What a person does ----------------------------------------------------------------------------------------------
    @property
    def frame(self) -> FrameLocator:
        return self.page.frame_locator("parley-widget iframe")

    @property
    def token(self) -> str:
        """The visitor's token, as this tab was given it."""
        return str(self._bootstraps[-1].json()["token"])

    def open(self, *, state: str = "connected") -> None:
        """Open the widget, and wait for the state of its connection."""
        self.page.get_by_role("button", name=re.compile("Open chat")).click()
        self.expect_connection(state)

    def expect_connection(self, *states: str, seconds: float = SECONDS) -> None:
        pattern = re.compile(f"^({'|'.join(states)})$")
        expect(self.frame.locator("html")).to_have_attribute(
            "data-connection", pattern, timeout=seconds * 1_000
        )

    def say(self, text: str) -> None:
        """Type and send; returns once the bubble is there. Texts of one test are all different."""
        field = self.frame.get_by_label("Write a message")
        field.fill(text)
        field.press("Enter")
        expect(self.frame.locator("#bubbles .bubble--visitor", has_text=text)).to_have_count(1)
        self.texts.append(text)

    def expect_sent(self, *texts: str, seconds: float = SECONDS) -> None:
        """These bubbles are in the log, by what the visitor sees: neither queued nor being sent."""
        for text in texts:
            bubble = self.frame.locator(
                "#bubbles .bubble--visitor:not(.bubble--queued):not(.bubble--sending):not(.bubble--failed)",
                has_text=text,
            )
            expect(bubble).to_have_count(1, timeout=seconds * 1_000)

    def expect_queued(self, *texts: str) -> None:
        for text in texts:
            expect(
                self.frame.locator("#bubbles .bubble--queued, #bubbles .bubble--sending", has_text=text)
            ).to_have_count(1)

    # What is drawn ---------------------------------------------------------------------------------------------------
    def read_bubbles(self) -> list[Bubble]:
        drawn = self.page.evaluate(READ_FROM_PAGE)
        if drawn is None:
            drawn = self.frame.locator("#bubbles > .bubble").evaluate_all(READ_BUBBLES)
        return [_bubble(one) for one in drawn]

    def look(self, stage: Stage) -> None:
        """Take what is drawn into the view that the checker compares with the log."""
        drawn = [bubble for bubble in self.read_bubbles() if bubble.state == ""]
        rows = stage.query_sessions(LOGGED, [self.session]) if self.session else []
        # The greeting and the notice stand before the log and are in no log.
        while (
            drawn
            and drawn[0].state == ""
            and drawn[0].sender in {"bot", "system"}
            and not _is(drawn[0], rows, 0)
        ):
            drawn.pop(0)
        view = LogView()
        for number, bubble in enumerate(drawn):
            same = _is(bubble, rows, number)
            text, client_id = (rows[number][2], str(rows[number][3] or "")) if same else (bubble.text, "")
            view.put(Entry(number + 1, bubble.sender, text, _dashed(client_id)))
        if self.session:
            self.views = {self.session: view}

    @property
    def said(self) -> list[str]:
        """Client ids in the order in which their texts were typed here."""
        return [self.ids[text] for text in self.texts if text in self.ids]

    # What went over the wire -----------------------------------------------------------------------------------------
    def _watch(self, socket: WebSocket) -> None:
        if "/ws/chat/" not in socket.url:
            return
        self.sockets.append(socket)
        socket.on("framesent", lambda data: self._take_sent(_load(data)))
        socket.on("framereceived", lambda data: self._take_received(_load(data)))

    def _take_sent(self, frame: dict[str, Any]) -> None:
        self.sent.append(frame)
        if frame.get("type") == "message":
            self.ids.setdefault(frame["text"], frame["client_id"])

    def _take_received(self, frame: dict[str, Any]) -> None:
        self.received.append(frame)
        if frame.get("type") == "accepted":
            place = (frame["session_id"], frame["seq"])
            earlier = self.acknowledged.setdefault(frame["client_id"], place)
            if earlier != place:
                self.complaints.append(f"{frame['client_id']} was accepted as {earlier}, and then as {place}")
        if frame.get("type") in {"accepted", "session_synced"} and not self.session:
            self.session = frame["session_id"]

    def count_sent(self, kind: str) -> int:
        return sum(frame.get("type") == kind for frame in self.sent)


class Shop:
    """One browser profile: tabs that share their storage, at one address of the product."""

    def __init__(self, context: BrowserContext, stage: Stage, *, url: str = "") -> None:
        self.context, self.stage = context, stage
        self.url = (url or stage.urls[0]) + "/demo/"
        self.tabs: list[Tab] = []
        self.ids: dict[str, str] = {}

    def open_tab(self, *, state: str = "connected") -> Tab:
        """A new tab with the widget open."""
        tab = Tab(self.context.new_page(), f"tab {len(self.tabs) + 1}", self.ids)
        tab.page.goto(self.url)
        tab.open(state=state)
        self.tabs.append(tab)
        return tab

    def reload(self, tab: Tab, *, state: str = "connected") -> None:
        tab.page.goto(self.url)
        tab.open(state=state)

    @property
    def texts(self) -> list[str]:
        return [text for tab in self.tabs for text in tab.texts]


def check_tabs(stage: Stage, tabs: Sequence[Tab], *, seconds: float = SECONDS) -> Verdict:
    """The checker for tabs: each shows the log, all that was typed is in it once, and each tab's in its order.

    Raises AssertionError with what is wrong once the time is over.
    """
    deadline = time.monotonic() + seconds
    while True:
        for tab in tabs:
            tab.look(stage)
        verdict = look(stage, tabs)
        _judge_typed(stage, tabs, verdict)
        if verdict.is_clean or time.monotonic() > deadline:
            return conclude(verdict)
        wait_a_moment(tabs[0].page)


def _judge_typed(stage: Stage, tabs: Sequence[Tab], verdict: Verdict) -> None:
    sessions = sorted({tab.session for tab in tabs if tab.session})
    logged = [
        row[2]
        for session in sessions
        for row in stage.query_sessions(LOGGED, [session])
        if row[1] == "visitor"
    ]
    for tab in tabs:
        for text in tab.texts:
            if (times := logged.count(text)) != 1:
                verdict.add("doubled" if times else "lost", f"{tab.name}: {text!r} stands {times} times")
        order = [text for text in logged if text in tab.texts]
        if order != tab.texts and sorted(order) == sorted(tab.texts):
            verdict.add("out_of_order", f"{tab.name}: typed {tab.texts}, logged {order}")
        for bubble in tab.read_bubbles():
            if bubble.sender == "visitor" and bubble.state:
                verdict.add("other", f"{tab.name} still shows {bubble.text!r} as {bubble.state}")


def wait_a_moment(page: Page) -> None:
    """Let the browser's events come in, until the next look."""
    pause_thread(LOOK_EVERY_SECONDS)
    page.evaluate("0")


def wait_for(page: Page, condition: Any, *, what: str, seconds: float = SECONDS) -> Any:
    """Wait for something that the wire changes. Raises AssertionError naming `what`."""
    deadline = time.monotonic() + seconds
    while not (result := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"Not within {seconds} s: {what}")
        wait_a_moment(page)
    return result


def _bubble(one: dict[str, Any]) -> Bubble:
    classes = {name.removeprefix("bubble--") for name in one["classes"]}
    sender = next((sender for sender in SENDERS if sender in classes), "system")
    state = next((state for state in ("queued", "sending", "failed", "typing") if state in classes), "")
    return Bubble(sender, one["text"], state)


def _is(bubble: Bubble, rows: list[Any], number: int) -> bool:
    """Whether the bubble is that row: the same words, whatever Markdown made of them."""
    if number >= len(rows):
        return False
    _, sender, text, _ = rows[number]
    return bool(sender == bubble.sender and _words(text) == _words(bubble.text))


def _words(text: str) -> str:
    return re.sub(r"[^\w]+", "", text)


def _dashed(client_id: str) -> str:
    bare = client_id.replace("-", "")
    return "-".join((bare[:8], bare[8:12], bare[12:16], bare[16:20], bare[20:])) if bare else ""


def _load(data: str | bytes) -> dict[str, Any]:
    try:
        frame: dict[str, Any] = json.loads(data)
    except (ValueError, PlaywrightError):
        return {}
    return frame
