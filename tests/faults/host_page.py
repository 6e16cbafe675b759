"""A shop on another site than Parley: `localhost` beside `127.0.0.1`, so that the widget's frame is a third party there."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import BrowserContext, BrowserType

from tests.conftest import CHROMIUM, CHROMIUM_ARGUMENTS
from tests.faults.people import sign_in
from tests.faults.stage import Stage

PAGE = """<!doctype html>
<html lang="en">
<title>Somebody's shop</title>
<p>Nothing but coffee.</p>
<script async src="{server}/embed/loader.js" data-bot="{bot}"></script>
</html>
"""


@contextmanager
def run_host_page(stage: Stage) -> Iterator[str]:
    """The address of a page on another site that carries the stage's widget, and is allowed to."""
    body = PAGE.format(server=stage.urls[0], bot=stage.public_id).encode()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/" else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            if self.path == "/":
                self.wfile.write(body)

        def log_message(self, format: str, *arguments: Any) -> None:
            """Not into the tests' output."""

    server = ThreadingHTTPServer(("localhost", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://localhost:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


def allow_domains(stage: Stage, *domains: str) -> None:
    """The owner lets pages of these domains show the demo's bot."""
    token = sign_in(stage.urls[0], "owner@demo.test")
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=f"{stage.urls[0]}/api/v1/", headers=headers, timeout=30) as http:
        http.patch("chatbots/shop/", json={"allowed_domains": list(domains)}).raise_for_status()
        http.post("chatbots/shop/publish/", json={}).raise_for_status()


def launch_profile(browser_type: BrowserType, folder: Path, preferences: dict[str, Any]) -> BrowserContext:
    """A browser with a profile on disk: what it keeps is there again when it is started anew.

    Without Playwright's own arguments, which switch the partitioning of storage off.
    """
    path = folder / "Default" / "Preferences"
    if not path.exists():
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps({"profile": preferences}))
    return browser_type.launch_persistent_context(
        folder,
        executable_path=CHROMIUM,
        ignore_default_args=True,
        args=[
            *CHROMIUM_ARGUMENTS,
            "--headless",
            "--remote-debugging-pipe",
            "--password-store=basic",
            f"--user-data-dir={folder}",
        ],
    )
