"""The whole client against a server with a log: what a page sees."""

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.journey

Run = Callable[[str], Any]
START = """
const server = new FakeServer(platform);
const storage = openMemory();
const make = (more = {}) => new ChatClient({ connection: { url: "ws://server/", platform }, storage, owner: "p", ...more });
let client = make();
const states = [];
client.subscribe(({ connection }) => states.at(-1) !== connection.state && states.push(connection.state));
const begin = async () => { await client.start(); await platform.settle(); server.welcome(); await platform.settle(); };
const shown = () => client.snapshot().messages.map(({ text }) => text);
const waiting = () => client.snapshot().outgoing.map(({ text, state }) => `${text} ${state}`);
const say = async (text) => { await client.send(text); await platform.settle(); };
const live = (id, message) => server.socket.receive({ type: "message", session_id: id, message });
"""


def test_a_first_message_opens_a_conversation_and_the_second_lands_in_it(run: Run) -> None:
    result = run(
        START + "await begin(); await say('one'); await say('two');"
        "return [server.socket.of('message').map(({ session_id }) => session_id), shown(), client.snapshot().sessionId];"
    )
    assert result == [["", "s1"], ["one", "two"], "s1"]


def test_messages_written_before_the_socket_is_open_arrive_in_order_once(run: Run) -> None:
    result = run(
        START + "await client.start(); await say('one'); await say('two'); const before = waiting();"
        "server.welcome(); await platform.settle(); "
        "return [before, shown(), server.logs.get('s1').length, waiting()];"
    )
    assert result == [["one queued", "two queued"], ["one", "two"], 2, []]


def test_a_reload_with_unsent_messages_sends_them_once(run: Run) -> None:
    result = run(
        START + "await client.start(); await say('one'); await say('two'); client.stop();"
        "client = make(); await begin(); return [shown(), server.logs.get('s1').map(({ text }) => text)];"
    )
    assert result == [["one", "two"], ["one", "two"]]


def test_a_message_whose_acknowledgement_was_lost_is_not_doubled(run: Run) -> None:
    result = run(
        START + "await begin(); await say('zero'); server.holds.add('message'); await say('one');"
        "const frame = server.socket.of('message').at(-1); "
        "const message = server.write('s1', { sender: 'visitor', ...frame });"
        "server.accepted.set(frame.client_id, { session_id: 's1', seq: message.seq }); server.holds.clear();"
        "server.socket.drop(1012); await platform.pass(1_500); server.welcome(); await platform.settle();"
        "return [shown(), waiting(), server.logs.get('s1').length];"
    )
    assert result == [["zero", "one"], [], 2]


def test_the_latest_conversation_opens_by_itself_and_is_read_to_its_end(run: Run) -> None:
    result = run(
        START + "for (let number = 0; number < 120; number += 1) server.write('s1', { text: `m${number}` });"
        "await begin(); const { messages, loading, sessionId } = client.snapshot();"
        "return [messages.length, loading, sessionId, server.socket.of('session_sync').length];"
    )
    assert result == [120, False, "s1", 3]


def test_a_gap_is_shown_as_stale_and_filled(run: Run) -> None:
    result = run(
        START + "await begin(); await say('one'); server.holds.add('session_sync');"
        "const before = server.socket.of('session_sync').length; server.write('s1', { text: 'missed' });"
        "live('s1', server.write('s1', { text: 'seen' })); await platform.settle();"
        "const during = [client.snapshot().connection.state, shown()]; server.holds.clear();"
        "for (const asked of server.socket.of('session_sync').slice(before)) server.sync(server.socket, asked);"
        "await platform.settle(); return [during, client.snapshot().connection.state, shown()];"
    )
    assert result == [["stale", ["one"]], "connected", ["one", "missed", "seen"]]


def test_a_lost_hint_is_noticed_by_the_heartbeat(run: Run) -> None:
    result = run(
        START + "await begin(); await say('one'); server.write('s1', { text: 'missed' });"
        "await platform.pass(30_000); return shown();"
    )
    assert result == ["one", "missed"]


def test_what_was_missed_while_cut_off_arrives_on_return(run: Run) -> None:
    result = run(
        START
        + "await begin(); await say('one'); await platform.goOffline(); "
        + "server.write('s1', { text: 'missed' });"
        "await say('two'); await platform.goOnline(); server.welcome(); "
        "await platform.settle(); return [shown(), states];"
    )
    assert result[0] == ["one", "missed", "two"]
    assert result[1][:4] == ["connecting", "connected", "offline", "reconnecting"]


def test_a_conversation_is_opened_read_and_left(run: Run) -> None:
    result = run(
        START + "server.write('s1', { text: 'old' }); server.write('s2', { text: 'new' }); await begin();"
        "const first = shown(); client.open('s1'); await platform.settle(); const second = shown();"
        "client.newSession(); await platform.settle(); const third = shown(); await say('fresh');"
        "return [first, second, third, client.snapshot().sessionId, client.snapshot().sessions.length];"
    )
    assert result == [["new"], ["old"], [], "s3", 3]


def test_a_reply_streams_and_becomes_the_message(run: Run) -> None:
    result = run(
        START + "await begin(); await say('one'); const to = { session_id: 's1', turn_id: 't1' };"
        "server.socket.receive({ type: 'working', ...to }); "
        "server.socket.receive({ type: 'text', ...to, index: 0, delta: 'Hel' });"
        "const during = client.snapshot().turns; "
        "const message = server.write('s1', { text: 'Hello', turn_id: 't1' });"
        "server.socket.receive({ type: 'saved', ...to, message }); "
        "server.socket.receive({ type: 'complete', ...to, outcome: 'answered' });"
        "return [during, client.snapshot().turns, shown()];"
    )
    assert result == [[{"turn_id": "t1", "text": "Hel"}], [], ["one", "Hello"]]


def test_unread_are_counted_until_they_are_read_and_that_is_told_once(run: Run) -> None:
    result = run(
        START
        + "await begin(); await say('one'); "
        + "live('s1', server.write('s1', { text: 'two' })); await platform.settle();"
        "const before = client.snapshot().unread; client.read(); client.read(); await platform.settle();"
        "return [before, client.snapshot().unread, server.socket.of('read')];"
    )
    assert result == [1, 0, [{"type": "read", "session_id": "s1", "seq": 2}]]


def test_own_messages_are_read_when_an_agent_has_read_them(run: Run) -> None:
    result = run(
        START + "await begin(); await say('one');"
        "const read = { type: 'read', session_id: 's1', seq: 1 };"
        "server.socket.receive({ ...read, who: { sender: 'visitor', name: '' } }); "
        "const own = client.snapshot().peerRead;"
        "server.socket.receive({ ...read, who: { sender: 'agent', name: 'Mia' } }); "
        "return [own, client.snapshot().peerRead];"
    )
    assert result == [0, 1]


def test_typing_is_said_now_and_then_and_taken_back(run: Run) -> None:
    result = run(
        START
        + "await begin(); await say('one'); for (let key = 0; key < 20; "
        + "key += 1) { client.typing(); await platform.pass(100); }"
        "await platform.pass(6_000); return server.socket.of('typing').map(({ on }) => on);"
    )
    assert result == [True, False]


def test_the_others_typing_fades_when_nothing_follows(run: Run) -> None:
    result = run(
        START + "await begin(); await say('one');"
        "server.socket.receive({ type: 'typing', session_id: 's1', on: true, who: { sender: 'agent', name: 'Mia' } });"
        "const during = client.snapshot().typing; await platform.pass(6_000); "
        "return [during, client.snapshot().typing];"
    )
    assert result == [[{"sender": "agent", "name": "Mia"}], []]


def test_asking_for_a_person_in_a_new_conversation_opens_it_first(run: Run) -> None:
    result = run(
        START + "await begin(); await client.requestAgent('A person, please.'); await platform.settle();"
        "return [shown(), server.socket.of('request_agent')];"
    )
    assert result == [["A person, please."], [{"type": "request_agent", "session_id": "s1"}]]


def test_the_state_tells_who_answers(run: Run) -> None:
    result = run(
        START
        + "await begin(); await say('one'); const state = { type: 'state', session_id: 's1', reason: '' };"
        "server.socket.receive({ ...state, state: 'waiting', agent: null, position: 2, wait_s: 60 });"
        "const queued = client.snapshot(); const first = [queued.state, queued.position, queued.waitS];"
        "server.socket.receive({ ...state, state: 'agent', agent: { name: 'Mia' }, position: null, wait_s: null });"
        "const { state: now, agent, position } = client.snapshot(); "
        "return [first, [now, agent.name, position]];"
    )
    assert result == [["waiting", 2, 60], ["agent", "Mia", None]]


@pytest.mark.parametrize("text", ["''", "'   '", "'\\n\\t'", "'\\0\\0'", "'x'.repeat(8001)"])
def test_nothing_and_too_much_are_not_sent(run: Run, text: str) -> None:
    assert run(
        START + f"await begin(); return [await client.send({text}), server.socket.of('message')];"
    ) == [None, []]


def test_eight_thousand_characters_are_counted_as_the_server_counts_them(run: Run) -> None:
    assert run(START + "await begin(); await say('😀'.repeat(8000)); return shown()[0].length;") == 16_000


def test_what_no_log_may_hold_is_cleaned(run: Run) -> None:
    assert run(START + "await begin(); await say(' a\\0b\\ud800c '); return shown();") == ["ab\ufffdc"]


def test_an_error_that_concerns_no_message_is_told(run: Run) -> None:
    result = run(
        START + "const told = []; client.on('notice', ({ code }) => told.push(code)); await begin();"
        "server.socket.receive({ type: 'error', code: 'not_found', detail: 'Nothing here.' }); return told;"
    )
    assert result == ["not_found"]


def test_another_conversations_message_is_not_shown_here(run: Run) -> None:
    result = run(
        START
        + "await begin(); await say('one'); "
        + "live('other', server.write('other', { text: 'elsewhere' })); await platform.settle();"
        "return [shown(), client.snapshot().sessions[0].unread, client.snapshot().sessions.length];"
    )
    assert result[0] == ["one"]
    assert result[2] == 2


JOIN = """
const join = async () => {
    const clock = new FakePlatform();
    clock.sharing = browser.tab().sharing;
    clock.onsocket = platform.onsocket;
    const other = make({ connection: { url: "ws://server/", platform: clock } });
    await other.start(); await platform.settle(); server.welcome(); await platform.settle();
    return other;
};
const textsOf = (one) => one.snapshot().messages.map(({ text }) => text);
"""


def test_tabs_without_a_conversation_open_one_together(run: Run) -> None:
    result = run(
        START + JOIN + "await begin(); const other = await join(); await other.send('one'); await say('two');"
        "await platform.settle(); return [shown(), textsOf(other), [...server.logs.keys()],"
        "other.snapshot().sessionId, client.snapshot().outgoing.length + other.snapshot().outgoing.length];"
    )
    assert result == [["one", "two"], ["one", "two"], ["s1"], "s1", 0]


def test_what_is_written_before_the_latest_conversation_is_known_belongs_to_it(run: Run) -> None:
    result = run(
        START
        + "server.write('s1', { text: 'old' }); await client.start(); await say('new'); const early = waiting();"
        "server.welcome(); await platform.settle(); return [early, shown(), [...server.logs.keys()]];"
    )
    assert result == [["new queued"], ["old", "new"], ["s1"]]


def test_a_new_conversation_that_was_begun_before_a_reload_stays_a_new_one(run: Run) -> None:
    result = run(
        START + "server.write('s1', { text: 'old' }); await begin(); server.holds.add('message');"
        "client.newSession(); await say('fresh'); client.stop(); server.holds.clear(); client = make(); await begin();"
        "return [shown(), [...server.logs.keys()]];"
    )
    assert result == [["fresh"], ["s1", "s2"]]


def test_the_latest_conversations_are_read_ahead_and_shown_at_once(run: Run) -> None:
    result = run(
        START
        + "for (let id = 1; id <= 7; id += 1) server.write(`s${id}`, { text: `in ${id}` }); await begin();"
        "const read = server.socket.of('session_sync').map(({ session_id }) => session_id);"
        "client.open('s4'); const { loading } = client.snapshot(); return [read, loading, shown()];"
    )
    assert result == [["s7", "s6", "s5", "s4", "s3"], False, ["in 4"]]


def test_a_conversation_that_is_opened_offline_is_read_once_there_is_a_connection(run: Run) -> None:
    result = run(
        START
        + "for (let id = 1; id <= 7; id += 1) server.write(`s${id}`, { text: `in ${id}` }); await begin();"
        "await platform.goOffline(); client.open('s1'); const { loading } = client.snapshot(); client.open('s2');"
        "await platform.goOnline(); server.welcome(); await platform.settle(); const second = shown(); client.open('s1');"
        "return [loading, second, shown()];"
    )
    assert result == [True, ["in 2"], ["in 1"]]


def test_the_list_of_conversations_is_asked_for_anew_and_says_when_it_cannot_be_had(run: Run) -> None:
    result = run(
        START
        + "let answer = () => Promise.reject(new Error('down')); client = make({ listSessions: () => answer() });"
        "const before = client.snapshot().listing; await begin(); const ready = client.snapshot().listing;"
        "await client.refreshSessions(); const failed = client.snapshot().listing;"
        "const summary = { session_id: 's8', state: 'bot', last_message: 'Hi', last_message_at: '', unread: 0 };"
        "answer = async () => ({ sessions: [summary] }); const refreshing = client.refreshSessions();"
        "const during = client.snapshot().listing; await refreshing; const { listing, sessions } = client.snapshot();"
        "return [before, ready, failed, during, listing, sessions.length];"
    )
    assert result == ["loading", "ready", "failed", "loading", "ready", 1]
