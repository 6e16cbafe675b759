"""What befalls a browser: it sleeps, is hidden, crashes, loses its network, and another device goes on meanwhile."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from playwright.sync_api import BrowserContext, CDPSession
from playwright.sync_api import Error as PlaywrightError

from tests.faults.browser import Tab, wait_for
from tests.sockets import BlockingSocket

# What Chromium does to the timers of a page that has been hidden for long: they run once a minute, if at all. A Worker's
# timers, messages and the network go on. `setHidden` is called in each frame.
HIDE = """
(() => {
  const [set, clear] = [setTimeout.bind(globalThis), clearTimeout.bind(globalThis)];
  let hidden = false;
  const held = new Map();
  globalThis.setTimeout = (action, ms, ...more) => {
    const run = () => (hidden ? held.set(id, () => action(...more)) : action(...more));
    const id = set(run, ms);
    return id;
  };
  globalThis.clearTimeout = (id) => { held.delete(id); clear(id); };
  globalThis.setHidden = (on) => {
    hidden = on;
    Object.defineProperty(document, "visibilityState", { configurable: true, get: () => (on ? "hidden" : "visible") });
    Object.defineProperty(document, "hidden", { configurable: true, get: () => on });
    document.dispatchEvent(new Event("visibilitychange"));
    if (on) return;
    const late = [...held.values()];
    held.clear();
    for (const action of late) action();
  };
})();
"""


def prepare_hiding(context: BrowserContext) -> None:
    """To be called before the tabs are opened that are to be hidden."""
    context.add_init_script(HIDE)


def hide(tab: Tab, *, on: bool = True) -> None:
    """The tab goes into the background, where its timers stand still; or comes back."""
    for frame in tab.page.frames:
        frame.evaluate("(on) => setHidden(on)", on)


def freeze(tab: Tab) -> CDPSession:
    """Stop the page as Chromium stops a tab that has long been in the background; returns what `thaw` needs."""
    session = tab.page.context.new_cdp_session(tab.page)
    session.send("Page.setWebLifecycleState", {"state": "frozen"})
    return session


def thaw(session: CDPSession) -> None:
    session.send("Page.setWebLifecycleState", {"state": "active"})
    session.detach()


def crash(tab: Tab) -> None:
    """Kill the tab's renderer, as running out of memory does; returns once the browser has noticed."""
    with tab.page.expect_event("crash"), suppress(PlaywrightError):
        tab.page.goto("chrome://crash")


def reload_offline(tab: Tab) -> None:
    """Press reload where there is no network: the browser shows its own error page."""
    with suppress(PlaywrightError):
        tab.page.reload(timeout=5_000)
    assert tab.page.url.startswith("chrome-error:") or not tab.page.locator("parley-widget").count()


class Device:
    """The visitor's telephone: the same session on a socket of its own, outside the browser."""

    def __init__(self, url: str, tab: Tab) -> None:
        self.session = tab.session
        self.socket = BlockingSocket(url, token=tab.token)
        self.socket.expect("ready")

    def say(self, text: str) -> None:
        """Returns once it is in the log."""
        client_id = str(uuid.uuid4())
        self.socket.say(text, session_id=self.session, client_id=client_id)
        self.socket.expect("accepted", client_id=client_id)


@contextmanager
def other_device(url: str, tab: Tab) -> Iterator[Device]:
    device = Device(url, tab)
    try:
        yield device
    finally:
        device.socket.close()


def wait_for_pings(tab: Tab, count: int, *, seconds: float) -> None:
    """So many more heartbeats went out."""
    before = tab.count_sent("ping")
    wait_for(
        tab.page,
        lambda: tab.count_sent("ping") >= before + count,
        what=f"{count} heartbeats",
        seconds=seconds,
    )
