"""What every test may ask for. The people are in tests/cast.py, sockets in tests/sockets.py, servers in tests/server.py.

The whole suite runs on both set-ups: `pytest`, and `PARLEY_TEST_SETUP=distributed pytest`. Tests that use async code, the
writer or threads say `@pytest.mark.django_db(transaction=True)`: others do not see what is not committed.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from asgiref.sync import SyncToAsync
from channels.layers import channel_layers
from django.core.cache import cache
from django.db import connections
from django.test import Client

from chatbots.retrieval.index import forget_indexes
from conversations.actions.post_message import close_writer
from conversations.database import close_pool
from organisations.models import User
from tests.cast import Cast, make_cast
from tests.server import Installation, ServerProcess, run_installation
from tests.settings import SETUP

ROOT = Path(__file__).resolve().parents[1]
DATABASE = {"db", "transactional_db", "_django_db_helper", "start_installation"}
# Debian's Chromium, also as root and where the network is closed.
CHROMIUM = os.environ.get("PARLEY_CHROMIUM", "/usr/bin/chromium")
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
]


@pytest.fixture(scope="session")
def setup() -> str:
    """`embedded` (SQLite, in-memory layer) or `distributed` (PostgreSQL, Redis)."""
    return SETUP


@pytest.fixture(autouse=True)
def close_threads(request: pytest.FixtureRequest) -> Iterator[None]:
    """Ends the writer's and the database threads after each test with a database, before its rows go.

    Their connections would otherwise hold locks on SQLite and keep PostgreSQL's test database from being dropped.
    """
    for name in ("transactional_db", "db"):
        if name in request.fixturenames:
            request.getfixturevalue(name)
    yield
    if not {"transactional_db", "db", "_django_db_helper"} & set(request.fixturenames):
        return
    forget_indexes()
    close_writer()
    close_pool()
    SyncToAsync.single_thread_executor.submit(connections.close_all).result(timeout=20)
    channel_layers.backends.clear()


@pytest.fixture(autouse=True)
def forget_rate_limits(request: pytest.FixtureRequest) -> None:
    """Each test begins with full rate limits."""
    if {"transactional_db", "db", "_django_db_helper"} & set(request.fixturenames):
        cache.clear()


@pytest.fixture
def cast(request: pytest.FixtureRequest) -> Cast:
    """Organisations `acme` and `rival`, each with people and a published bot. Needs `django_db` on the test."""
    return make_cast()


@pytest.fixture
def sign_in() -> Callable[..., Client]:
    """Returns a browser that is signed in as the user given; none given, a stranger's."""

    def sign_in(user: User | None = None) -> Client:
        client = Client()
        if user is not None:
            client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return sign_in


@pytest.fixture(scope="module")
def installation(setup: str) -> Iterator[Installation]:
    """A running Parley with its demo, shared by the tests of one file, so that no file waits in another's queue."""
    with run_installation(setup=setup) as running:
        yield running


@pytest.fixture
def live_server_process(installation: Installation) -> ServerProcess:
    """The shared server: `url`, `manage(…)`, `issue_token(EMAIL)`, `read_log()`."""
    return installation.server


@pytest.fixture
def start_installation(setup: str) -> Iterator[Callable[..., Installation]]:
    """Starts a Parley for one test: `start_installation(processes=3, variables={…})`; gone with the test."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(run_installation(**{"setup": setup, **options}))


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object]) -> dict[str, object]:
    """pytest-playwright's `browser`, `context` and `page` on the machine's own Chromium."""
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": CHROMIUM_ARGUMENTS}


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    """A test that uses the browser or the shared server is a journey, whether it says so or not.

    They are marked before `-m` chooses, and those with a browser come last, after everybody else has sorted: Playwright
    leaves its event loop running, beside which no other test's can run (scripts/run_tests.sh runs them apart).
    """
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if {"playwright", "installation"} & fixtures:
            item.add_marker("journey")
        if "playwright" in fixtures:
            item.add_marker("browser")
    yield
    items.sort(key=lambda item: "playwright" in getattr(item, "fixturenames", ()))
    if SETUP == "distributed":
        _leave_out(config, items, [item for item in items if _is_the_same_on_both(item)])


def _is_the_same_on_both(item: pytest.Item) -> bool:
    """Bots are worked out from what they are given: a test of theirs that has no database sees nothing of the set-up."""
    if ROOT / "tests" / "chatbots" not in item.path.parents or {"journey", "fault"} & set(item.keywords):
        return False
    return not item.get_closest_marker("django_db") and not DATABASE & set(getattr(item, "fixturenames", ()))


def _leave_out(config: pytest.Config, items: list[pytest.Item], left: list[pytest.Item]) -> None:
    if left:
        config.hook.pytest_deselected(items=left)
        gone = set(left)
        items[:] = [item for item in items if item not in gone]
