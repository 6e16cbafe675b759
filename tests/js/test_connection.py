"""One socket that keeps itself open."""

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.journey

Run = Callable[[str], Any]
START = """
const states = [];
let given = 0;
const wishes = [];
const connection = new Connection({
    url: "ws://server/ws/chat/", platform, whyUrl: "/why",
    getToken: async (wish) => { wishes.push(wish.renew); return `token-${++given}`; },
    position: () => ({ session_id: "s1", last_seq: 7 }),
});
connection.on("status", ({ state, code }) => states.push(code ? `${state} ${code}` : state));
connection.start();
await platform.settle();
"""


def test_the_token_travels_as_second_subprotocol_and_never_in_the_address(run: Run) -> None:
    socket = run(START + "return { url: platform.socket.url, protocols: platform.socket.protocols };")
    assert socket == {"url": "ws://server/ws/chat/", "protocols": ["parley.v1", "bearer.token-1"]}


def test_it_is_connected_once_the_server_said_ready_and_not_before(run: Run) -> None:
    states = run(
        START
        + "platform.socket.readyState = 1; const early = connection.send({ type: 'end' });"
        + "platform.socket.ready(); "
        + "return [early, states, connection.send({ type: 'end', session_id: 's1' })];"
    )
    assert states == [False, ["connecting", "connected"], True]


def test_without_ready_within_ten_seconds_it_tries_again(run: Run, answer_why: Callable[..., None]) -> None:
    answer_why(200)
    result = run(
        START
        + "await platform.pass(9_999); const before = platform.sockets.length;"
        + "const why = new Promise((resolve) => connection.on('status', (status) => status.nextTryAt && resolve()));"
        + "await platform.pass(1); await why; await platform.pass(1_000);"
        + "return [before, platform.sockets.length, platform.sockets[0].closedByPage, states];"
    )
    assert result[:3] == [1, 2, True]
    assert "reconnecting silent" in result[3]


def test_backoff_doubles_from_one_to_thirty_seconds_with_full_jitter(run: Run) -> None:
    ceilings = run(
        """
        const waits = [];
        const connection = new Connection({ url: "ws://x/", platform });
        connection.start(); await platform.settle(); platform.coin = 0.999999;
        for (let turn = 0; turn < 8; turn += 1) {
            platform.socket.drop(); await platform.settle();
            waits.push(Math.round((connection.status.nextTryAt - platform.now()) / 1000));
            await platform.pass(connection.status.nextTryAt - platform.now());
        }
        platform.coin = 0; platform.socket.drop(); await platform.settle();
        waits.push(connection.status.nextTryAt - platform.now());
        return waits;
        """
    )
    assert ceilings == [1, 2, 4, 8, 16, 30, 30, 30, 0]


def test_an_expired_token_is_renewed_and_the_socket_opened_at_once(run: Run) -> None:
    result = run(
        START
        + "platform.socket.ready(); platform.socket.drop(4401); await platform.pass(0);"
        + "return [wishes, platform.socket.protocols[1], platform.sockets.length];"
    )
    assert result == [[False, True], "bearer.token-2", 2]


def test_a_server_that_refuses_new_tokens_too_is_left_in_peace(run: Run) -> None:
    result = run(
        START
        + "for (let turn = 0; turn < 4; turn += 1) { platform.socket.drop(4401); "
        + "await platform.pass(9_000); }"
        + "return [connection.status.state, connection.status.code, platform.sockets.length];"
    )
    assert result[:2] == ["failed", "unauthorised"]
    assert result[2] <= 5


def test_a_withdrawn_permission_ends_it(run: Run) -> None:
    result = run(
        START + "platform.socket.ready(); platform.socket.drop(4403); await platform.pass(120_000);"
        "return [connection.status.state, connection.status.code, platform.sockets.length];"
    )
    assert result == ["failed", "forbidden", 1]


def test_a_restarting_server_is_back_within_a_moment_and_not_met_by_all_at_once(run: Run) -> None:
    waits = run(
        START + "const waits = [];"
        "for (const coin of [0, 0.5, 0.99]) { platform.coin = coin; "
        "platform.socket.ready(); platform.socket.drop(1012);"
        "await platform.settle(); waits.push(connection.status.nextTryAt - platform.now()); "
        "await platform.pass(1_500); }"
        "return waits;"
    )
    assert waits[0] == 0
    assert waits[0] < waits[1] < waits[2] <= 1500


@pytest.mark.parametrize(
    ("status", "error", "expected"),
    [
        (401, {"code": "unauthorised", "detail": "Expired."}, ["reconnecting", "unauthorised", 2]),
        (403, {"code": "forbidden", "detail": "Not here."}, ["failed", "forbidden", 1]),
        (404, {"code": "not_found", "detail": "Gone."}, ["failed", "not_found", 1]),
    ],
)
def test_closed_before_ready_it_asks_why(
    run: Run, answer_why: Callable[..., None], status: int, error: dict[str, str], expected: list[Any]
) -> None:
    answer_why(status, **error)
    result = run(
        START
        + "const told = new Promise((resolve) =>"
        + "connection.on('status', ({ code }) => /[a-z]/.test(code) && resolve(code)));"
        + "platform.socket.drop(1006); const code = await told; await platform.pass(0);"
        + "const { state } = connection.status; return [state, code, platform.sockets.length];"
    )
    assert result == expected


def test_it_waits_as_long_as_a_limit_says(run: Run, answer_why: Callable[..., None]) -> None:
    answer_why(429, code="rate_limited", detail="Wait.", retry_after_s=20)
    wait = run(
        START
        + "const told = new Promise((resolve) =>"
        + "connection.on('status', ({ code }) => code === 'rate_limited' && resolve()));"
        + "platform.socket.drop(1006); await told; return connection.status.nextTryAt - platform.now();"
    )
    assert wait >= 20_000


def test_offline_and_online_act_at_once(run: Run) -> None:
    result = run(
        START
        + "platform.socket.ready(); await platform.goOffline();"
        + "const first = [connection.status.state, platform.socket.closedByPage];"
        + "await platform.goOnline(); return [first, platform.sockets.length, connection.status.state];"
    )
    assert result == [["offline", True], 2, "reconnecting"]


def test_a_browser_that_wrongly_says_offline_is_not_believed_for_ever(run: Run) -> None:
    result = run(
        START
        + "await platform.goOffline(); await platform.pass(31_000); "
        + "platform.socket.ready(); return connection.status.state;"
    )
    assert result == "connected"


def test_what_is_no_frame_is_passed_over(run: Run) -> None:
    result = run(
        START
        + "const heard = []; connection.on('frame', (frame) => heard.push(frame.type)); "
        + "platform.socket.ready();"
        "for (const data of ['', '{', 'null', '[]', '\"text\"', '{}', '{\"type\": 3}']) platform.socket.receive(data);"
        "platform.socket.onmessage({ data: new Blob(['x']) }); "
        "platform.socket.receive({ type: 'from_the_future' });"
        "return [heard, connection.status.state];"
    )
    assert result == [["ready", "from_the_future"], "connected"]


def test_a_listener_that_throws_stops_nobody(run: Run) -> None:
    result = run(
        "window.addEventListener('error', (event) => event.preventDefault());"
        + START
        + "let heard = 0; connection.on('frame', () => { throw new Error('mine'); "
        + "}); connection.on('frame', () => heard++);"
        + "platform.socket.ready(); return [heard, connection.status.state];"
    )
    assert result == [1, "connected"]


def test_an_old_socket_has_no_say_any_more(run: Run) -> None:
    result = run(
        START
        + "const old = platform.socket; const { onmessage, onclose } = old; old.ready(); old.drop(1012);"
        "await platform.pass(1_500); platform.socket.ready();"
        'onclose({ code: 4403 }); onmessage({ data: \'{"type": "error"}\' }); await platform.settle();'
        "return connection.status.state;"
    )
    assert result == "connected"


def test_a_token_that_is_refused_for_good_ends_it_and_one_tries_again_by_hand(run: Run) -> None:
    result = run(
        """
        let refuse = true;
        const gone = new CodedError("not_found", "Gone.", { fatal: true });
        const getToken = async () => { if (refuse) throw gone; return "t"; };
        const connection = new Connection({ url: "ws://x/", platform, getToken });
        connection.start(); await platform.pass(60_000);
        const first = [connection.status.state, connection.status.detail, platform.sockets.length];
        refuse = false; connection.retryNow(); await platform.settle(); platform.socket.ready();
        return [first, connection.status.state];
        """
    )
    assert result == [["failed", "Gone.", 0], "connected"]


def test_a_token_that_cannot_be_fetched_now_is_fetched_later(run: Run) -> None:
    result = run(
        """
        let tries = 0;
        const getToken = async () => { if (++tries < 3) throw new TypeError("Failed to fetch"); return "t"; };
        const connection = new Connection({ url: "ws://x/", platform, getToken });
        connection.start(); await platform.pass(5_000);
        return [tries, platform.sockets.length];
        """
    )
    assert result == [3, 1]


def test_stopped_it_leaves_no_timer_and_no_socket(run: Run) -> None:
    result = run(
        START
        + "platform.socket.ready(); connection.stop(); "
        + "await platform.goOnline(); await platform.pass(120_000);"
        "return [platform.timers, platform.sockets.length, platform.socket.closedByPage, connection.status.state];"
    )
    assert result == [0, 1, True, "offline"]
