"""The one script line on pages of all kinds, in a browser, against the running product."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.embed.visits import Visit, watch
from tests.server import ServerProcess

pytestmark = pytest.mark.journey


@contextmanager
def serve_page(body: str, headers: dict[str, str] | None = None) -> Iterator[str]:
    """Somebody else's site: one page on a port, and so an origin, of its own."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/" else 404)
            for name, value in {"Content-Type": "text/html", **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode() if self.path == "/" else b"")

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def script_line(server: ServerProcess) -> str:
    """The one line, as the demo shop has it, but with the whole address."""
    public_id = re.search(r'data-bot="(\w+)"', httpx.get(f"{server.url}/demo/").text)
    assert public_id
    return f'<script async src="{server.url}/embed/loader.js" data-bot="{public_id[1]}"></script>'


def test_nothing_but_the_launcher_is_loaded_before_somebody_means_to_chat(visit: Visit) -> None:
    expect(visit.launcher).to_be_visible()
    assert visit.page.locator("parley-widget iframe").count() == 0
    assert len(visit.page.frames) == 1


def test_destroy_leaves_nothing_behind(visit: Visit) -> None:
    visit.open()
    visit.page.evaluate("window.Parley.destroy()")
    assert visit.page.locator("parley-widget").count() == 0
    left = visit.page.evaluate("[typeof window.Parley, document.adoptedStyleSheets.length, frames.length]")
    assert left == ["undefined", 0, 0]


def test_a_script_of_another_window_cannot_speak_for_the_frame(visit: Visit) -> None:
    visit.open()
    visit.page.evaluate("window.postMessage({ parley: 1, type: 'close' }, '*')")
    visit.page.evaluate("new Promise((resolve) => setTimeout(resolve))")
    expect(visit.launcher).to_have_attribute("aria-expanded", "true")


def test_on_a_site_that_is_not_listed_the_browser_refuses_the_frame(
    live_server_process: ServerProcess, page: Page
) -> None:
    with serve_page("<!doctype html><link rel=icon href=data:,>" + script_line(live_server_process)) as site:
        page.goto(site)
        with page.expect_console_message(lambda line: "frame-ancestors" in line.text):
            page.get_by_role("button", name="Open chat").click()


def test_a_strict_host_needs_to_allow_script_and_frame_and_nothing_else(
    live_server_process: ServerProcess, page: Page
) -> None:
    url = live_server_process.url
    policy = f"default-src 'none'; img-src data:; script-src {url}; frame-src {url}; require-trusted-types-for 'script'"
    body = "<!doctype html><link rel=icon href=data:,>" + script_line(live_server_process)
    complaints = watch(page)
    with serve_page(body, {"Content-Security-Policy": policy}) as site:
        page.goto(site)
        launcher = page.get_by_role("button", name="Open chat")
        expect(launcher).to_be_visible()
        assert launcher.evaluate("(button) => getComputedStyle(button).borderRadius") == "50%"
    assert complaints == []
