"""Whether an open connection still lives: heartbeats, sleeping pages, and a clock that runs in hidden tabs."""

import pytest

from tests.js.test_connection import START, Run

pytestmark = pytest.mark.journey

ANSWER = (
    "platform.socket.onsent = ({ type, id }) => type === 'ping' && "
    "platform.socket.receive({ type: 'pong', id, head_seq: 7, server_time: 0 });"
)


def test_each_heartbeat_says_how_far_the_log_was_read(run: Run) -> None:
    pings = run(
        START
        + "platform.socket.ready();"
        + ANSWER
        + "await platform.pass(29_999); const before = platform.socket.sent.length;"
        "await platform.pass(30_001); return [before, platform.socket.sent];"
    )
    position = {"type": "ping", "session_id": "s1", "last_seq": 7}
    assert pings == [0, [{**position, "id": 1}, {**position, "id": 2}]]


def test_the_server_says_how_often_the_heart_beats(run: Run) -> None:
    beats = run(
        START + "platform.socket.ready({ heartbeat_s: 7 });" + ANSWER + "await platform.pass(28_000);"
        "return platform.socket.of('ping').length;"
    )
    assert beats == 4


def test_three_silences_in_a_row_are_unhealthy_and_two_are_not(run: Run) -> None:
    result = run(
        START
        + "platform.socket.ready(); await platform.pass(30_000 + 20_000);"
        + "const two = [platform.socket.of('ping').length, connection.status.state];"
        + "await platform.pass(9_999); const almost = connection.status.state; await platform.pass(1);"
        "return [two, almost, platform.sockets[0].closedByPage, connection.status.state, connection.status.code];"
    )
    assert result == [[3, "connected"], "connected", True, "reconnecting", "unhealthy"]


def test_any_frame_is_a_sign_of_life_and_ends_the_row(run: Run) -> None:
    result = run(
        START
        + "platform.socket.ready(); await platform.pass(55_000);"
        + "platform.socket.receive({ type: 'state', session_id: 's1', state: 'bot' });"
        + "await platform.pass(5_000 + 25_000); const after = platform.sockets.length;"
        + "await platform.pass(10_000); return [after, platform.sockets.length];"
    )
    assert result == [1, 2]


@pytest.mark.parametrize("event", ["resume", "pageshow"])
def test_a_page_that_wakes_asks_at_once_whether_the_socket_lives(run: Run, event: str) -> None:
    result = run(
        START + "platform.socket.ready(); await platform.pass(1_000);"
        f"platform.events.dispatchEvent(Object.assign(new Event('{event}'), {{ persisted: true }}));"
        "const asked = platform.socket.of('ping').length; await platform.pass(9_000);"
        "return [asked, connection.status.code, platform.sockets[0].closedByPage];"
    )
    assert result == [1, "unhealthy", True]


@pytest.mark.parametrize("event", ["resume", "pageshow"])
def test_a_socket_that_breaks_as_the_page_wakes_is_opened_again_at_once(run: Run, event: str) -> None:
    result = run(
        START
        + "platform.coin = 0.9; platform.socket.ready(); await platform.pass(60 * 1_000 - 1);"
        + f"platform.events.dispatchEvent(Object.assign(new Event('{event}'), {{ persisted: true }}));"
        + "platform.socket.drop(1006); await platform.pass(0); const now = platform.sockets.length;"
        + "platform.socket.ready(); await platform.pass(6_000); platform.socket.drop(1006);"
        + "await platform.pass(0); return [now, platform.sockets.length];"
    )
    assert result == [2, 2], "six seconds after waking a break is a break like any other, and waits"


def test_a_page_that_is_put_aside_closes_its_socket_and_comes_back_with_a_new_one(run: Run) -> None:
    result = run(
        START + "platform.socket.ready();"
        "const tell = (name) => platform.events.dispatchEvent(Object.assign(new Event(name), { persisted: true }));"
        "tell('pagehide'); await platform.pass(600_000);"
        "const away = [platform.sockets.length, platform.socket.closedByPage, connection.status.code, platform.timers];"
        "tell('pageshow'); await platform.settle(); platform.socket.ready();"
        "return [away, platform.sockets.length, connection.status.state];"
    )
    assert result == [[1, True, "asleep", 0], 2, "connected"]


def test_a_network_that_came_back_under_an_open_socket_is_probed(run: Run) -> None:
    result = run(
        START
        + "platform.socket.ready();"
        + ANSWER
        + "await platform.goOnline(); await platform.pass(10_000);"
        "return [platform.socket.of('ping').length, platform.sockets.length, connection.status.state];"
    )
    assert result == [1, 1, "connected"]


STEADY = """
const { SteadyTimers } = await import("/static/chat/steady_timers.js");
const rings = [];
const ring = (timers, name, ms) => new Promise((resolve) => timers.set(() => resolve(rings.push(name)), ms));
"""


def test_steady_timers_run_in_a_worker_and_can_be_taken_back(run: Run) -> None:
    result = run(
        STEADY + "const made = []; const timers = new SteadyTimers(() => {"
        "const worker = new Worker('/static/chat/heartbeat_worker.js'); made.push(worker);"
        # The page's own timers stand still, as in a hidden tab.
        "return worker; }); globalThis.setTimeout = () => 0;"
        "timers.clear(timers.set(() => rings.push('taken back'), 1));"
        "await ring(timers, 'first', 20); await ring(timers, 'second', 1); return [rings, made.length];"
    )
    assert result == [["first", "second"], 1]


@pytest.mark.parametrize(
    "blocked",
    [
        "() => { throw new DOMException('no', 'SecurityError'); }",
        "() => new Worker('/static/chat/no_such_worker.js')",
    ],
)
def test_where_workers_are_blocked_the_pages_own_timers_step_in(run: Run, blocked: str) -> None:
    result = run(
        STEADY
        + f"const timers = new SteadyTimers({blocked}); timers.clear(timers.set(() => rings.push('no'), 5));"
        "await Promise.all([ring(timers, 'one', 10), ring(timers, 'two', 40)]); return rings;"
    )
    assert result == ["one", "two"]


def test_the_browsers_own_platform_keeps_time_in_a_worker(run: Run) -> None:
    result = run(
        "const { browserPlatform } = await import('/static/chat/platform.js'); const real = browserPlatform();"
        "const page = globalThis.setTimeout; globalThis.setTimeout = () => 0;"
        "await new Promise((resolve) => real.setSteadyTimeout(resolve, 1)); globalThis.setTimeout = page;"
        "return performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/heartbeat_worker.js'));"
    )
    assert result is True


def test_a_hint_that_was_lost_shows_in_the_next_heartbeats_answer(run: Run) -> None:
    """The pong names the server's head; the client reads the gap without reconnecting."""
    result = run(
        """
        const server = new FakeServer(platform);
        const client = new ChatClient({ connection: { url: "ws://server/", platform }, storage: openMemory(), owner: "p" });
        server.write("s1", { text: "one" });
        await client.start(); await platform.settle(); server.welcome(); await platform.settle();
        server.write("s1", { text: "missed" });
        await platform.pass(29_999); const before = client.snapshot().messages.length;
        await platform.pass(1);
        const [ping] = server.socket.of("ping");
        const texts = client.snapshot().messages.map(({ text }) => text);
        return [before, texts, ping.session_id, ping.last_seq, platform.sockets.length];
        """
    )
    assert result == [1, ["one", "missed"], "s1", 1, 1]
