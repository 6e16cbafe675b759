"""The way over plain requests, where sockets are blocked: chosen by the client, kept, and left again."""

import pytest

from tests.js.test_connection import Run

pytestmark = pytest.mark.journey

START = """
const server = new FakeServer(platform);
const poll = new FakePoll(platform, server);
platform.coin = 0;
const onfetch = platform.onfetch;
platform.onfetch = (url, options) => onfetch(url, options) ?? (url === "/why" ? new Response("{}") : null);
const client = new ChatClient({
    connection: { url: "ws://server/", pollUrl: "/poll", whyUrl: "/why", getToken: async () => "token", platform },
    storage: openMemory(), owner: "p",
});
const announced = [];
client.on("logged", ({ message }) => announced.push(message.text));
// Modules and answers come by promises of the browser's own, which take more turns than the clock knows of.
const turn = () => new Promise((go) => {
    const { port1, port2 } = new MessageChannel(); port1.onmessage = go; port2.postMessage(0);
});
const until = async (what) => {
    for (const end = performance.now() + 3_000; performance.now() < end && !what(); ) await turn();
};
const quiet = async () => { for (let count = 0; count < 40; count += 1) await turn(); };
/** Time passes no faster than answers arrive. */
const live = async (seconds) => {
    for (let left = seconds; left > 0; left -= 1) { await platform.pass(1_000); await quiet(); }
};
const status = () => client.connection.status;
const shown = () => client.snapshot().messages.map(({ text }) => text);
const say = async (text) => { await client.send(text); await until(() => client.snapshot().outgoing.length === 0); };
/** Sockets that break before `ready`, as behind a proxy that knows no WebSocket. */
const block = () => (platform.onsocket = (socket) => queueMicrotask(() => socket.drop(1006)));
const begin = async () => {
    block(); await client.start(); await until(() => status().code === "1006" && status().nextTryAt !== null);
    await platform.pass(0); await until(() => status().state === "connected");
};
"""


def test_where_sockets_never_get_ready_and_http_works_the_chat_goes_by_requests(run: Run) -> None:
    result = run(
        START
        + "await begin(); await say('one'); await say('two');"
        + "return [platform.sockets.length, status().state, status().via, shown(),"
        + " poll.posts.map(({ type, text, session_id }) => [type, text ?? session_id]),"
        + " platform.fetches.filter(({ url }) => url.startsWith('/poll')).every(({ url, options }) =>"
        + " !url.includes('token') && options.headers.Authorization === 'Bearer token')];"
    )
    assert result[:4] == [2, "connected", "poll", ["one", "two"]]
    assert [text for kind, text in result[4] if kind == "message"] == ["one", "two"]
    assert result[5] is True


def test_a_server_that_is_down_is_no_blocked_socket(run: Run) -> None:
    result = run(
        START
        + "platform.onfetch = async () => { throw new TypeError('Failed to fetch'); }; block(); platform.coin = 0.5;"
        "await client.start(); for (let round = 0; round < 8; round += 1) "
        "{ await until(() => status().nextTryAt !== null);"
        " await platform.pass(status().nextTryAt - platform.now()); }"
        "return [status().via, status().code, poll.gets.length];"
    )
    assert result == ["socket", "unreachable", 0]


@pytest.mark.parametrize("code", [1011, 1012, 4503])
def test_a_server_that_refuses_in_its_own_words_is_no_blocked_socket(run: Run, code: int) -> None:
    result = run(
        START + f"platform.coin = 0.5;"
        f" platform.onsocket = (socket) => queueMicrotask(() => socket.drop({code})); await client.start();"
        "for (let round = 0; round < 4; round += 1) "
        "{ await until(() => status().nextTryAt !== null);"
        " await platform.pass(status().nextTryAt - platform.now()); }"
        "return [status().via, poll.gets.length, platform.sockets.length > 2];"
    )
    assert result == ["socket", 0, True]


def test_what_others_write_arrives_by_the_held_request_and_is_announced_once(run: Run) -> None:
    result = run(
        START + "await begin(); await say('one'); await until(() => poll.held === 1); announced.length = 0;"
        "server.write('s1', { text: 'answer' }); await poll.tell(); await until(() => shown().length === 2);"
        "await until(() => poll.held === 1); server.write('s1', { text: 'and more' }); await poll.tell();"
        "await until(() => shown().length === 3); await until(() => poll.held === 1);"
        "return [shown(), announced, poll.gets.at(-1).after_seq];"
    )
    assert result == [["one", "answer", "and more"], ["answer", "and more"], "3"]


def test_an_old_log_is_read_without_announcing_it_as_news(run: Run) -> None:
    result = run(
        START
        + "for (let n = 1; n <= 60; n += 1) server.write('s1', { text: `m${n}` }); server.holds.add('session_sync');"
        "await begin(); await until(() => shown().length === 60); return [shown().length, announced];"
    )
    assert result == [60, []]


def test_another_conversation_ends_the_request_that_is_held_for_this_one(run: Run) -> None:
    result = run(
        START + "server.write('s1', { text: 'old' }); server.write('s2', { text: 'new' });"
        "await begin(); await until(() => poll.held === 1 && poll.gets.at(-1).after_seq === '1');"
        "const before = poll.gets.at(-1).session_id; const other = before === 's1' ? 's2' : 's1';"
        "client.open(other); await until(() => poll.gets.at(-1).session_id === other && poll.held === 1);"
        "return [before !== other, poll.held, shown().length];"
    )
    assert result == [True, 1, 1]


def test_an_answer_that_brings_nothing_new_is_not_asked_for_again_at_once(run: Run) -> None:
    result = run(
        START + "server.write('s1', { text: 'one' }); await begin(); await until(() => poll.held === 1);"
        "const before = poll.gets.length;"
        "for (let turn = 0; turn < 5; turn += 1) { poll.version += 1; await poll.tell(); await quiet(); }"
        "return poll.gets.length - before;"
    )
    assert result <= 1


def test_a_post_that_got_lost_is_sent_again_under_the_same_id_and_stored_once(run: Run) -> None:
    result = run(
        START + "await begin(); await say('zero'); const send = platform.onfetch; let lost = 1;"
        "platform.onfetch = async (url, options) => { const answer = await send(url, options);"
        "if (options?.method === 'POST' && lost-- > 0) throw new TypeError('Failed to fetch'); return answer; };"
        "await client.send('one'); await until(() => poll.posts.filter(({ text }) => text === 'one').length === 1);"
        "await quiet(); await platform.pass(2_000);"
        "await until(() => poll.posts.filter(({ text }) => text === 'one').length === 2);"
        "await until(() => client.snapshot().outgoing.length === 0);"
        "const ids = new Set(poll.posts.filter(({ text }) => text === 'one').map(({ client_id }) => client_id));"
        "return [ids.size, server.logs.get('s1').map(({ text }) => text), shown(), status().state];"
    )
    assert result == [1, ["zero", "one"], ["zero", "one"], "connected"]


def test_a_refused_message_is_marked_and_the_next_one_goes_on(run: Run) -> None:
    result = run(
        START + "await begin(); await say('one');"
        "poll.refusal = { only: 'POST', status: 400, code: 'invalid', detail: 'Too strange.' };"
        " await client.send('two');"
        "await until(() => client.snapshot().outgoing.some(({ state }) => state === 'failed')); poll.refusal = null;"
        "await client.send('three'); await until(() => shown().length === 2);"
        "return [shown(), client.snapshot().outgoing.map(({ text, state, detail }) => [text, state, detail])];"
    )
    assert result == [["one", "three"], [["two", "failed", "Too strange."]]]


def test_three_requests_in_a_row_that_fail_are_a_lost_connection_which_comes_back_by_requests(
    run: Run,
) -> None:
    result = run(
        START
        + "await begin(); await say('one'); await until(() => poll.held === 1); poll.unreachable = true;"
        "poll.version += 1; await poll.tell(); await quiet();"
        "for (let n = 0; n < 6 && status().state === 'connected';"
        " n += 1) { await platform.pass(8_000); await quiet(); }"
        "const lost = status().state; poll.unreachable = false;"
        "for (let n = 0; n < 4 && status().state !== 'connected';"
        " n += 1) { await platform.pass(1_000); await quiet(); }"
        "return [lost, status().state, status().via];"
    )
    assert result == ["reconnecting", "connected", "poll"]


def test_an_expired_token_is_renewed(run: Run) -> None:
    result = run(
        START
        + "await begin(); await say('one'); poll.refusal = { status: 401, code: 'unauthorised', detail: '' };"
        "poll.version += 1; await poll.tell(); await until(() => status().state !== 'connected' || poll.held === 0);"
        "client.send('two'); await until(() => status().state !== 'connected'); poll.refusal = null;"
        "await platform.pass(0); await until(() => status().state === 'connected');"
        "await until(() => shown().length === 2); return [shown(), status().via];"
    )
    assert result == [["one", "two"], "poll"]


def test_the_socket_is_tried_again_beside_it_and_takes_over_once_it_works(run: Run) -> None:
    result = run(
        START + "await begin(); await say('one'); const tried = platform.sockets.length;"
        "await live(58); const early = platform.sockets.length - tried;"
        "await live(3); await until(() => platform.sockets.length > tried);"
        "await quiet(); const still = [status().state, status().via];"
        "platform.onsocket = (socket) => { server.socket = socket;"
        " socket.onsent = (frame) => server.answer(socket, frame);"
        "queueMicrotask(() => server.welcome()); };"
        "await live(117); const rarer = platform.sockets.length - tried;"
        "await live(4); await until(() => status().via === 'socket');"
        "const posts = poll.posts.length; await say('two'); server.write('s1', { text: 'three' });"
        "server.socket.receive({ type: 'message', session_id: 's1', message: server.logs.get('s1').at(-1) });"
        "return [early, still, rarer, status().state, status().via, shown(), poll.posts.length - posts, poll.held];"
    )
    assert result == [0, ["connected", "poll"], 1, "connected", "socket", ["one", "two", "three"], 0, 0]


def test_another_network_gives_the_socket_one_try(run: Run) -> None:
    result = run(
        START + "await begin(); const tried = platform.sockets.length; await platform.goOffline();"
        " await platform.goOnline();"
        "await until(() => platform.sockets.length > tried); await until(() => status().state === 'connected');"
        "return [platform.sockets.length - tried, status().via];"
    )
    assert result == [1, "poll"]


def test_a_hidden_page_holds_no_request_and_asks_seldom(run: Run) -> None:
    result = run(
        START + "server.write('s1', { text: 'one' }); platform.hidden = true; await begin();"
        "await until(() => poll.gets.length >= 3); await quiet();"
        "const before = poll.gets.length; await platform.pass(14_000); await quiet();"
        "const during = poll.gets.length - before; await platform.pass(1_000);"
        " await until(() => poll.gets.length > before);"
        "const waits = poll.gets.at(-1).wait_s; platform.hidden = false;"
        "platform.events.dispatchEvent(new Event('visibilitychange'));"
        "await until(() => poll.held === 1); return [during, waits, poll.held, poll.gets.at(-1).wait_s];"
    )
    assert result == [0, "0", 1, "20"]


def test_stopped_it_holds_nothing_and_leaves_no_timer(run: Run) -> None:
    result = run(
        START
        + "await begin(); await say('one'); await until(() => poll.held === 1); client.stop(); await quiet();"
        "const asked = platform.fetches.length; await platform.pass(120_000);"
        " return [poll.held, platform.timers, platform.fetches.length - asked];"
    )
    assert result[0] == 0
    assert result[2] == 0
