"""X22: a browser offline, reloaded, frozen, hidden, put aside, crashed, asleep: the outbox is kept, sent once, in order."""

import random
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, BrowserType

from tests.conftest import CHROMIUM, CHROMIUM_ARGUMENTS
from tests.faults.browser import Shop, Tab, check_tabs, wait_for
from tests.faults.browser_faults import (
    crash,
    freeze,
    hide,
    other_device,
    prepare_hiding,
    reload_offline,
    thaw,
    wait_for_pings,
)
from tests.faults.proxy import Link, Proxy, Verdict, Way
from tests.faults.stage import FULL, Stage, last
from tests.faults.waiting import pause_thread

QUESTION = "How long does delivery take?"
MINUTE = last(60, short=1.5)

pytestmark = pytest.mark.timeout(300 if FULL else 120)


@pytest.fixture
def network(embedded: Stage) -> Iterator[Proxy]:
    """The cable between the browser and the server."""
    with Proxy(embedded.webs[0].port) as proxy:
        yield proxy


@pytest.fixture
def shop(context: BrowserContext, embedded: Stage, network: Proxy) -> Shop:
    return Shop(context, embedded, url=network.redirect(embedded.urls[0]))


def begin(shop: Shop) -> Tab:
    """A tab with a conversation in it."""
    tab = shop.open_tab()
    tab.say(QUESTION)
    tab.expect_sent(QUESTION)
    wait_for(tab.page, lambda: tab.session, what="a session")
    return tab


def cut_off(link: Link, way: Way, piece: bytes) -> Verdict:
    """The pages still come, from a cache; whatever the chat needs does not."""
    is_chat = any(
        piece.startswith(start) for start in (b"GET /ws/", b"GET /api/", b"POST /api/", b"GET /health")
    )
    return "cut" if way == "up" and is_chat else "pass"


def test_offline_for_a_minute_and_reloaded_meanwhile(shop: Shop, embedded: Stage) -> None:
    tab = begin(shop)
    with other_device(embedded.urls[0], tab) as telephone:
        shop.context.set_offline(True)
        tab.expect_connection("offline")
        tab.say("first while offline")
        tab.say("second while offline")
        tab.expect_queued("first while offline", "second while offline")
        telephone.say("from the telephone")
        pause_thread(MINUTE)
        reload_offline(tab)
        shop.context.set_offline(False)
        shop.reload(tab)
        check_tabs(embedded, [tab])
    assert len(tab.texts) == 3


def test_reloaded_while_only_the_chat_is_cut_off(shop: Shop, embedded: Stage, network: Proxy) -> None:
    """What was written before, and after, the reload waits in one line."""
    tab = begin(shop)
    network.watch = cut_off
    network.cut()
    tab.expect_connection("offline", "reconnecting")
    tab.say("before the reload")
    shop.reload(tab, state="connecting|offline|reconnecting")
    tab.expect_queued("before the reload")
    tab.say("after the reload")
    tab.expect_queued("before the reload", "after the reload")
    network.heal()
    check_tabs(embedded, [tab], seconds=30)


def test_a_frozen_tab_leaves_the_sending_to_another_and_catches_up(
    shop: Shop, embedded: Stage, rng: random.Random
) -> None:
    tabs = [begin(shop), shop.open_tab()]
    rng.shuffle(tabs)
    frozen, awake = tabs
    session = freeze(frozen)
    with other_device(embedded.urls[0], awake) as telephone:
        telephone.say("from the telephone")
        awake.say("while the other tab is frozen")
        awake.expect_sent("while the other tab is frozen")
        pause_thread(MINUTE)
    thaw(session)
    frozen.say("awake again")
    check_tabs(embedded, tabs)


def test_a_hidden_tab_beats_on_and_comes_back_after_a_cut(context: BrowserContext, embedded: Stage) -> None:
    """Its own timers stand still for the time: what keeps it alive runs in a Worker."""
    times = {} if FULL else {"HEARTBEAT_SECONDS": "1", "SOCKET_SILENCE_SECONDS": "3"}
    web = embedded.start_web(**times)
    prepare_hiding(context)
    with Proxy(web.port) as network:
        shop = Shop(context, embedded, url=network.redirect(web.url))
        tab = begin(shop)
        hide(tab)
        sockets = len(tab.sockets)
        wait_for_pings(tab, 4, seconds=last(150, short=10))
        assert len(tab.sockets) == sockets
        network.cut()
        with other_device(web.url, tab) as telephone:
            telephone.say("while the tab is hidden")
        check_tabs(embedded, [tab], seconds=30)
        hide(tab, on=False)
        tab.say("seen again")
        check_tabs(embedded, [tab])


def test_a_tab_crashes_and_another_sends_what_waited(
    shop: Shop, embedded: Stage, network: Proxy, rng: random.Random
) -> None:
    tabs = [begin(shop), shop.open_tab()]
    rng.shuffle(tabs)
    doomed, survivor = tabs
    network.freeze()
    doomed.say("first, on its way")
    doomed.say("second, waiting")
    survivor.say("third, in the other tab")
    crash(doomed)
    network.cut()
    network.thaw()
    survivor.texts[:] = [QUESTION, "first, on its way", "second, waiting", "third, in the other tab"]
    shop.tabs.remove(doomed)
    check_tabs(embedded, [survivor], seconds=30)


def test_a_laptop_sleeps_and_finds_everything_on_waking(shop: Shop, embedded: Stage, network: Proxy) -> None:
    """The page stands still and so does the network; the old connection is dead, and nobody said so."""
    tab = begin(shop)
    with other_device(embedded.urls[0], tab) as telephone:
        network.freeze()
        tab.say("pressed as the lid closed")
        session = freeze(tab)
        telephone.say("while the laptop sleeps")
        pause_thread(MINUTE)
        network.cut()
        network.thaw()
        thaw(session)
        check_tabs(embedded, [tab], seconds=30)


@pytest.fixture(scope="module")
def keeping_browser(browser_type: BrowserType) -> Iterator[Browser]:
    """A browser with its back/forward cache, which Playwright switches off."""
    browser = browser_type.launch(
        executable_path=CHROMIUM,
        args=CHROMIUM_ARGUMENTS,
        ignore_default_args=["--disable-back-forward-cache"],
    )
    yield browser
    browser.close()


def test_back_from_another_page_everything_is_there(
    keeping_browser: Browser, embedded: Stage, network: Proxy
) -> None:
    context = keeping_browser.new_context()
    shop = Shop(context, embedded, url=network.redirect(embedded.urls[0]))
    tab = begin(shop)
    tab.page.evaluate("addEventListener('pageshow', (event) => { globalThis.kept = event.persisted; })")
    with other_device(embedded.urls[0], tab) as telephone:
        network.freeze()
        tab.say("pressed on leaving")
        tab.page.goto("about:blank")
        network.cut()
        network.thaw()
        telephone.say("while on the other page")
        tab.page.go_back(wait_until="commit")
        assert tab.page.evaluate("globalThis.kept") is True
        check_tabs(embedded, [tab], seconds=30)
    context.close()
