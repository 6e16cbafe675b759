"""How long the server works on a page, and what a visitor's browser has to fetch."""

import gzip
import re
import statistics
import sys
import time

import httpx

from bench.processes import run
from bench.sections.setup import Setup
from bench.servers import Server

LOADS = 20
PAGES = {"dashboard: bots": "/bots/", "dashboard: a bot's editor": "/bots/bench/", "console": "/console/"}
PAGE_MS, LOADER_KB, WIDGET_KB = 100.0, 6.0, 40.0
LINKED = re.compile(r'(?:src|href)="(/static/[^"]+\.(?:js|css))"')


def measure_pages(setup: Setup, server: Server) -> None:
    """Pages by an owner who is signed in (p50 of a warm server), and the widget's size as a browser fetches it."""
    assert setup.product
    cookie = run([sys.executable, "-m", "bench.sign_in"], env=setup.product.env).strip()
    with httpx.Client(base_url=server.http, cookies={"sessionid": cookie}) as client:
        for what, path in PAGES.items():
            setup.row(
                f"{what}, p50", _time_page(client, path), "ms", f"of {LOADS} loads", PAGE_MS, at_most=True
            )
        loader, widget, files = _weigh_widget(client, setup.product.public_id)
    setup.row(
        "widget's loader, gzipped", loader, "KB", "what a page fetches before intent", LOADER_KB, at_most=True
    )
    setup.row(
        "whole widget, gzipped", widget, "KB", f"{files} files with the frame's page", WIDGET_KB, at_most=True
    )


def _time_page(client: httpx.Client, path: str) -> float:
    took = []
    for _ in range(LOADS):
        began = time.perf_counter()
        answer = client.get(path)
        took.append(time.perf_counter() - began)
        if answer.status_code != 200:
            raise RuntimeError(f"{path} answered {answer.status_code}")
    return statistics.median(took) * 1000


def _weigh_widget(client: httpx.Client, public_id: str) -> tuple[float, float, int]:
    """Kilobytes of the loader and of everything that the widget's frame links to, and how many files that are."""
    loader = len(gzip.compress(client.get("/embed/loader.js").content))
    page = client.get(f"/embed/frame/{public_id}/")
    linked = sorted(set(LINKED.findall(page.text)))
    total = loader + len(gzip.compress(page.content))
    total += sum(len(gzip.compress(client.get(file).content)) for file in linked)
    return loader / 1000, total / 1000, len(linked) + 2
