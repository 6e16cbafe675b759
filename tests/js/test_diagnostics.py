"""What the diagnostics find, what their report says, and what the debug log tells and does not tell."""

from typing import Any

import pytest

from tests.js.test_connection import Run

pytestmark = pytest.mark.journey

START = """
const { diagnose, formatReport } = await import("/static/chat/diagnostics.js");
const { AT_FIRST } = await import("/static/chat/connection_options.js");
platform.onsocket = (socket) => queueMicrotask(() => socket.ready());
platform.onfetch = (url) => (url === "/why" ? new Response("{}") : null);
const examine = async (more = {}) => {
    const circumstances = {
        url: "ws://server/ws/chat/", platform, whyUrl: "/why", healthUrl: "/health/", getToken: async () => "secret-token",
        position: () => ({ session_id: "s1", last_seq: 3 }), storage: { durable: true }, status: AT_FIRST, ...more,
    };
    return diagnose(circumstances);
};
const marks = ({ checks }) => Object.fromEntries(checks.map(({ id, ok }) => [id, ok]));
const refuse = (status, code) => (url) =>
    url === "/why" ? new Response(JSON.stringify({ error: { code, detail: "" } }), { status }) : null;
"""
FINE = dict.fromkeys(["online", "reachable", "address", "token", "allowed", "trial", "storage"], True)


def test_where_all_is_well_every_part_is_found_so(run: Run) -> None:
    result = run(
        START + "const report = await examine(); return [marks(report), report.ok, report.failed, "
        "platform.sockets[0].protocols, platform.socket.closedByPage, platform.timers];"
    )
    assert result == [FINE, True, [], ["parley.v1", "bearer.secret-token"], True, 0]


SKIPPED: dict[str, Any] = {"trial": None}


@pytest.mark.parametrize(
    ("fault", "more", "found"),
    [
        ("platform.online = false;", "{}", {"online": False}),
        ("platform.reachable = false;", "{}", {"reachable": False, **SKIPPED}),
        ("", "{ url: 'http://server/' }", {"address": False, **SKIPPED}),
        ("", "{ url: 'no address' }", {"address": False, **SKIPPED}),
        (
            "platform.onfetch = refuse(401, 'unauthorised');",
            "{}",
            {"token": False, "allowed": None, **SKIPPED},
        ),
        ("platform.onfetch = refuse(403, 'forbidden');", "{}", {"token": None, "allowed": False, **SKIPPED}),
        ("platform.onfetch = refuse(404, 'not_found');", "{}", {"token": None, "allowed": False, **SKIPPED}),
        (
            "const no = async () => { throw new CodedError('forbidden', ''); };",
            "{ getToken: no }",
            {"token": None, "allowed": False, **SKIPPED},
        ),
        (
            "platform.onsocket = (socket) => queueMicrotask(() => socket.drop(1006));",
            "{}",
            {"trial": False},
        ),
        ("", "{ storage: { durable: false } }", {"storage": False}),
    ],
)
def test_each_fault_is_found_where_it_is(run: Run, fault: str, more: str, found: dict[str, Any]) -> None:
    result = run(
        START + f"{fault} const report = await examine({more}); return [marks(report), report.failed];"
    )
    assert result[0] == {**FINE, **found}
    assert result[1] == [name for name, ok in found.items() if ok is False]


@pytest.mark.parametrize(("code", "blocked"), [(1006, True), (1005, True), (4503, False), (1012, False)])
def test_a_socket_that_the_server_refuses_itself_is_not_blocked_by_the_network(
    run: Run, code: int, blocked: bool
) -> None:
    assert (
        run(
            START + f"platform.onsocket = (socket) => queueMicrotask(() => socket.drop({code}));"
            "return (await examine()).isSocketBlocked;"
        )
        is blocked
    )


def test_a_trial_that_hangs_ends_after_ten_seconds(run: Run) -> None:
    result = run(
        START
        + "platform.onsocket = null; const report = examine(); await platform.settle(); let done = false;"
        "report.then(() => (done = true)); await new Promise((go) => setTimeout(go, 0)); await platform.pass(9_999);"
        "const before = done; await platform.pass(1); return [before, marks(await report).trial];"
    )
    assert result == [False, False]


def test_the_report_can_be_read_and_holds_no_secret(run: Run) -> None:
    text = run(
        START
        + "const status = { ...AT_FIRST, state: 'reconnecting', code: '1006', attempt: 6, connectionId: 'c-77' };"
        "platform.onsocket = (socket) => queueMicrotask(() => socket.drop(1006));"
        "return formatReport(await examine({ status }));"
    )
    assert "FAILED A live connection can be opened: The connection broke off. (1006)" in text
    assert "ok     Access is valid" in text
    assert "Reason: 1006: The connection broke off." in text
    assert "Connection: c-77" in text
    assert "Conversation: s1" in text
    assert "secret-token" not in text


def test_the_debug_log_names_ids_and_types_and_nothing_that_anybody_wrote(run: Run) -> None:
    lines = run(
        """
        const { startDebugLog } = await import("/static/chat/debug_log.js");
        const server = new FakeServer(platform);
        const connection = { url: "ws://server/", platform, getToken: async () => "secret-token" };
        const client = new ChatClient({ connection, storage: openMemory(), owner: "p" });
        const lines = [];
        const stop = startDebugLog(client.connection, { debug: (...words) => lines.push(words.join(" ")) });
        await client.start(); await platform.settle(); server.welcome(); await platform.settle();
        await client.send("my private words"); await platform.settle();
        const message = server.write("s1", { text: "a private answer" });
        server.socket.receive({ type: "message", session_id: "s1", message });
        server.socket.drop(1006); await platform.settle(); stop();
        const after = lines.length; await platform.pass(5_000);
        return [lines, lines.length - after];
        """
    )
    text = "\n".join(lines[0])
    for told in (
        "connecting",
        "ready",
        '"connection_id":"c"',
        "message sent",
        "accepted received",
        "lost",
        "1006",
        '"s1"',
    ):
        assert told in text, told
    assert "joining: session_sync sent" in text
    assert "private" not in text
    assert "secret-token" not in text
    assert lines[1] == 0


def test_the_debug_log_begins_and_ends_on_wish_and_is_remembered(run: Run) -> None:
    result = run(
        """
        const { debugConnection, isDebugging, setDebugging } = await import("/static/chat/debug_switch.js");
        const lines = []; console.debug = (...words) => lines.push(words.join(" "));
        const connection = new Connection({ url: "ws://server/", platform });
        const seen = [isDebugging()]; setDebugging(true); seen.push(isDebugging());
        await debugConnection(connection, isDebugging());
        connection.start(); await platform.settle(); platform.socket.ready();
        await new Promise((go) => setTimeout(go, 50));
        const during = lines.length; await debugConnection(connection, false);
        platform.socket.drop(1006); await platform.settle();
        setDebugging(false); seen.push(isDebugging());
        return [seen, during > 0, lines.length - during];
        """
    )
    assert result == [[False, True, False], True, 0]
