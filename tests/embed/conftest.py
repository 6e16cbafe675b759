"""A visit to the demo shop of the running product."""

import pytest
from playwright.sync_api import Page

from tests.embed.visits import Visit, watch
from tests.server import ServerProcess


@pytest.fixture
def visit(live_server_process: ServerProcess, page: Page) -> Visit:
    complaints = watch(page)
    page.goto(f"{live_server_process.url}/demo/")
    return Visit(page, complaints)
