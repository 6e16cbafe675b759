"""Coming back: what is asked before a try, how tries are counted, and recoveries that somebody wished for."""

import pytest

from tests.js.test_connection import START, Run

pytestmark = pytest.mark.journey

# Lets the pending try happen and its socket break; what waits for modules is waited for.
HELPERS = """
const turn = () => new Promise((go) => setTimeout(go, 0));
const until = async (what) => {
    for (const end = performance.now() + 3_000; performance.now() < end && !what(); ) await turn();
};
const next = async () => { await platform.pass(Math.max(0, connection.status.nextTryAt - platform.now())); };
const lose = async () => { platform.socket.drop(1006); await until(() => connection.status.nextTryAt !== null); };
platform.onfetch = (url) => (url === "/why" ? new Response("{}") : null);
"""


def test_the_server_is_asked_before_each_new_try_and_not_before_the_first(run: Run) -> None:
    result = run(
        HELPERS.replace("platform.onfetch", "0, platform.onfetch")
        + START
        + "const asked = () => platform.fetches.filter(({ url }) => url === '/health/').length;"
        "const counts = [asked()]; platform.socket.ready(); platform.socket.drop(1006); await next();"
        "counts.push(asked()); platform.socket.ready(); platform.socket.drop(1006); await next(); counts.push(asked());"
        "return [counts, platform.sockets.length];"
    )
    assert result == [[0, 1, 2], 3]


def test_a_server_that_cannot_be_reached_is_not_bothered_with_sockets(run: Run) -> None:
    result = run(
        HELPERS
        + START
        + "platform.socket.ready(); platform.reachable = false; platform.socket.drop(1006); await next(); await next();"
        "const during = [platform.sockets.length, connection.status.code, connection.status.attempt];"
        "platform.reachable = true; await next(); platform.socket.ready();"
        "return [during, platform.sockets.length, connection.status.state, connection.status.attempt];"
    )
    assert result == [[1, "unreachable", 3], 2, "connected", 0]


def test_a_server_that_hangs_is_given_up_after_five_seconds(run: Run) -> None:
    result = run(
        HELPERS
        + START
        + "platform.socket.ready(); platform.onfetch = () => new Promise(() => {}); platform.socket.drop(1006);"
        "await next(); await platform.pass(4_999); const before = connection.status.attempt; await platform.pass(1);"
        "return [before, connection.status.attempt, connection.status.code];"
    )
    assert result == [1, 2, "unreachable"]


@pytest.mark.parametrize(("status", "sockets"), [(200, 2), (429, 2), (502, 1), (503, 1), (504, 1)])
def test_a_proxy_that_answers_for_a_server_that_is_away_is_no_server(
    run: Run, status: int, sockets: int
) -> None:
    result = run(
        HELPERS
        + START
        + f"platform.socket.ready(); platform.onfetch = () => new Response('', {{ status: {status} }});"
        "platform.socket.drop(1006); await next(); return platform.sockets.length;"
    )
    assert result == sockets


def test_tries_are_counted_and_after_five_it_examines_itself_and_goes_on_slowly(run: Run) -> None:
    result = run(
        HELPERS
        + START
        + "platform.socket.ready(); platform.reachable = false; platform.socket.drop(1006); const seen = [];"
        "for (let round = 0; round < 6; round += 1) "
        "{ seen.push([connection.status.attempt, connection.status.slow]); await next(); }"
        "await until(() => connection.status.report); const { report, slow, state } = connection.status;"
        "const before = connection.status.attempt; await next();"
        "return [seen, report.failed, slow, state, connection.status.attempt - before];"
    )
    assert result[0] == [[1, False], [2, False], [3, False], [4, False], [5, False], [6, True]]
    assert result[1:] == [["reachable"], True, "reconnecting", 1]


def test_once_connected_again_nothing_of_the_outage_is_left(run: Run) -> None:
    result = run(
        HELPERS + START + "platform.socket.ready(); platform.reachable = false; platform.socket.drop(1006);"
        "for (let round = 0; round < 6; round += 1) await next(); await until(() => connection.status.report);"
        "platform.reachable = true; await next(); platform.socket.ready({ connection_id: 'c2' });"
        "const { state, attempt, slow, report, code, nextTryAt, connectionId } = connection.status;"
        "return [state, attempt, slow, report, code, nextTryAt, connectionId];"
    )
    assert result == ["connected", 0, False, None, "", None, "c2"]


def test_being_offline_examines_nothing(run: Run) -> None:
    result = run(
        HELPERS + START + "platform.socket.ready(); platform.reachable = false; await platform.goOffline();"
        "for (let round = 0; round < 8; round += 1) await next(); await turn(); await turn();"
        "return [connection.status.state, connection.status.report, platform.sockets.length];"
    )
    assert result == ["offline", None, 1]


def test_a_quick_recovery_tries_once_and_says_what_it_saw(run: Run) -> None:
    result = run(
        HELPERS
        + START
        + "platform.socket.ready(); platform.reachable = false; platform.socket.drop(1006); await next();"
        "const lost = await connection.recover(); platform.reachable = true;"
        "platform.onsocket = (socket) => queueMicrotask(() => socket.ready());"
        "const back = await connection.recover();"
        "const tell = ({ ok, kind, attempts, code, cancelled, diagnostics }) =>"
        " [ok, kind, attempts, code, cancelled, diagnostics.checks.map(({ id, ok }) => `${id} ${ok}`)];"
        "return [tell(lost), tell(back), connection.status.recovery];"
    )
    assert result[0] == [False, "quick", 1, "unreachable", False, ["online true", "reachable false"]]
    assert result[1] == [True, "quick", 1, "", False, ["online true", "reachable true"]]
    assert result[2] == ""


def test_a_full_recovery_examines_everything_takes_a_new_token_and_tries_several_times(run: Run) -> None:
    result = run(
        HELPERS
        + START
        + "platform.socket.ready(); platform.coin = 0.001; platform.socket.drop(1006); let opened = 0;"
        "platform.onsocket = (socket) => queueMicrotask(() => (++opened > 3 ? socket.ready() : socket.drop(1006)));"
        "const recovery = connection.recover({ full: true }); const phase = connection.status.recovery; let result = null;"
        "recovery.then((found) => (result = found)); await until(() => opened);"
        "for (let round = 0; round < 200 && !result; round += 1) { await platform.pass(50); await turn(); }"
        "return [phase, result.ok, result.kind, result.attempts > 0, wishes.includes(true),"
        " result.diagnostics.checks.map(({ id }) => id), connection.status.state];"
    )
    assert result == [
        "full",
        True,
        "full",
        True,
        True,
        ["online", "reachable", "address", "token", "allowed", "trial"],
        "connected",
    ]


def test_a_recovery_can_be_cancelled_and_tries_go_on_by_themselves(run: Run) -> None:
    result = run(
        HELPERS
        + START
        + "platform.socket.ready(); platform.reachable = false; platform.socket.drop(1006); await next();"
        "platform.onfetch = () => new Promise(() => {}); const recovery = connection.recover({ full: true });"
        "await turn(); await turn(); connection.cancelRecovery(); const { ok, cancelled } = await recovery;"
        "platform.onfetch = null; platform.reachable = true; const after = connection.status.recovery;"
        "for (let round = 0; round < 40 && platform.sockets.length < 2; round += 1) "
        "{ await platform.pass(1_000); await turn(); }"
        "platform.socket.ready(); return [ok, cancelled, after, connection.status.state];"
    )
    assert result == [False, True, "", "connected"]


def test_two_wishes_are_one_recovery(run: Run) -> None:
    result = run(
        HELPERS
        + START
        + "platform.socket.ready(); platform.reachable = false; platform.socket.drop(1006); await next();"
        "const [one, other] = await Promise.all([connection.recover(), connection.recover()]);"
        "return [one === other, one.attempts];"
    )
    assert result == [True, 1]


def test_a_recovery_of_an_open_connection_leaves_it_as_it_is(run: Run) -> None:
    result = run(
        HELPERS
        + START
        + "platform.socket.ready(); const { ok, attempts } = await connection.recover({ full: false });"
        "return [ok, attempts, platform.sockets.length, connection.status.state];"
    )
    assert result == [True, 0, 1, "connected"]


def test_switching_waits_until_nobody_changes_their_mind(run: Run) -> None:
    result = run(
        START + "platform.socket.ready(); const switched = [];"
        "connection.on('switched', ({ target }) => switched.push(target.url));"
        "for (const bot of ['one', 'two', 'three']) "
        "{ connection.switchTo({ url: `ws://server/${bot}` }); await platform.pass(499); }"
        "const before = platform.sockets.length; await platform.pass(1);"
        "return [before, switched, platform.sockets.map(({ url }) => url), platform.sockets[0].closedByPage];"
    )
    assert result == [1, ["ws://server/three"], ["ws://server/ws/chat/", "ws://server/three"], True]


def test_an_open_connection_to_the_same_bot_is_used_again(run: Run) -> None:
    result = run(
        START + "platform.socket.ready(); const seen = []; connection.on('switched', ({ target, reused }) =>"
        " seen.push([target.session_id, reused])); connection.switchTo({ session_id: 's2' }); await platform.pass(500);"
        "connection.switchTo({ url: 'ws://server/ws/chat/', session_id: 's3' }); await platform.pass(500);"
        "connection.retryNow(); connection.start(); await platform.settle();"
        "return [seen, platform.sockets.length, connection.status.state];"
    )
    assert result == [[["s2", True], ["s3", True]], 1, "connected"]


def test_a_token_that_never_comes_does_not_hold_the_connection_up(run: Run) -> None:
    result = run(
        """
        let tries = 0;
        const getToken = () => (++tries === 1 ? new Promise(() => {}) : Promise.resolve("t"));
        const connection = new Connection({ url: "ws://x/", platform, getToken });
        connection.start(); await platform.pass(9_999); const before = connection.status.code;
        await platform.pass(1); const after = connection.status.code; await platform.pass(1_000);
        return [before, after, platform.sockets.length];
        """
    )
    assert result == ["", "silent", 1]
