"""Several tabs, one outbox: one sends for all, another takes over, and all show the same."""

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.journey

Run = Callable[[str], Any]
START = """
const storage = openMemory();
const sent = [];
const tabs = [];
const openTab = (options = {}) => {
    const place = browser.tab(options), clock = new FakePlatform();
    clock.sharing = place.sharing;
    const tab = { ...place, clock, at: tabs.length, open: true, told: [] };
    const send = (frame) => tab.open && (sent.push({ ...frame, from: tab.at }), true);
    tab.outbox = new Outbox({ storage, owner: "p", send, platform: clock });
    tab.outbox.on("sent", ({ entry, seq }) => tab.told.push(`${entry.text} ${entry.session_id} ${seq}`));
    tab.write = (text, session_id = "s1", draft = "d") => tab.outbox.add({ text, session_id, draft });
    tab.states = () => tab.outbox.entries.map(({ text, state }) => `${text} ${state}`);
    tab.connect = async () => { tab.outbox.resume(); await platform.settle(); };
    tabs.push(tab);
    return tab;
};
const settle = () => platform.settle();
const pass = async (ms) => { for (const { clock } of tabs) await clock.pass(ms); await settle(); };
const accept = (tab, { client_id }, seq, session_id = "s1") => tab.outbox.accept({ client_id, session_id, seq });
const texts = () => sent.map(({ text, from }) => `${text} by ${from}`);
"""
TWO = START + "const [one, two] = [openTab(), openTab()]; await one.connect(); await two.connect();"


def test_one_tab_sends_for_all_and_all_show_the_same_states(run: Run) -> None:
    result = run(
        TWO
        + "const entry = await two.write('a'); await settle(); const during = [one.states(), two.states()];"
        "await accept(one, entry, 1); await settle();"
        "return [texts(), during, one.states(), two.states(), one.told, two.told];"
    )
    assert result == [["a by 0"], [["a sending"], ["a sending"]], [], [], ["a s1 1"], ["a s1 1"]]


def test_the_order_of_writing_holds_over_several_tabs(run: Run) -> None:
    result = run(
        TWO
        + "const a = await one.write('a'); await settle(); const b = await two.write('b'); await settle();"
        "const c = await one.write('c'); await settle(); const first = texts();"
        "await accept(one, a, 1); await settle(); await accept(one, b, 2); await settle();"
        "return [first, texts(), two.states()];"
    )
    assert result == [["a by 0"], ["a by 0", "b by 0", "c by 0"], ["c sending"]]


def test_a_conversations_id_that_one_tab_learns_serves_those_who_wait_in_others(run: Run) -> None:
    result = run(
        TWO + "const a = await one.write('a', '', 'first'); await settle();"
        "await two.write('b', '', 'first'); await settle();"
        "const first = sent.map(({ session_id }) => session_id); await accept(one, a, 1, 's9'); await settle();"
        "const late = await two.write('c', '', 'first'); await settle();"
        "return [first, sent.map(({ text, session_id }) => `${text}|${session_id}`), late.session_id,"
        " (await storage.list('parley')).map(({ text, session_id }) => `${text}|${session_id}`)];"
    )
    assert result == [[""], ["a|", "b|s9"], "s9", ["b|s9", "c|s9"]]


def test_another_tab_takes_over_when_the_leader_crashes(run: Run) -> None:
    result = run(
        TWO
        + "const a = await one.write('a'); await one.write('b'); await settle(); one.crash(); await settle();"
        "await accept(two, a, 1); await settle();"
        "const ids = new Set(sent.filter(({ text }) => text === 'a').map(({ client_id }) => client_id));"
        "return [texts(), ids.size, two.states()];"
    )
    assert result == [["a by 0", "a by 1", "b by 1"], 1, ["b sending"]]


def test_what_a_tab_stored_before_it_died_is_found_by_the_next(run: Run) -> None:
    result = run(
        START + "const one = openTab(); await one.write('a'); one.crash(); const two = openTab();"
        "await two.connect(); await settle(); return [texts(), two.states()];"
    )
    assert result == [["a by 1"], ["a sending"]]


def test_a_leader_that_loses_its_connection_hands_over_to_one_that_has_one(run: Run) -> None:
    result = run(
        TWO + "await one.write('a'); await settle(); one.open = false; one.outbox.pause(); await settle();"
        "return [texts(), one.states(), two.states()];"
    )
    assert result == [["a by 0", "a by 1"], ["a sending"], ["a sending"]]


def test_a_frozen_leader_is_robbed_of_the_lead_and_notices_when_it_thaws(run: Run) -> None:
    result = run(
        TWO + "one.freeze(); const a = await two.write('a'); await settle(); const before = texts();"
        "await two.clock.pass(4_000); await settle(); const after = texts(); await accept(two, a, 1);"
        "one.thaw(); await settle(); await one.write('b'); await settle();"
        "const ids = new Set(sent.filter(({ text }) => text === 'a').map(({ client_id }) => client_id));"
        "return [before, after, ids.size, texts().at(-1), one.states(), one.told];"
    )
    # What it sends in its first moment awake, before it hears of that, is a double that the server drops.
    assert result == [[], ["a by 1"], 1, "b by 1", ["b sending"], ["a s1 1"]]


def test_a_leader_that_answers_keeps_the_lead_however_long_the_server_takes(run: Run) -> None:
    result = run(TWO + "await two.write('a'); await settle(); await pass(14_000); return texts();")
    assert result == ["a by 0"]


def test_a_page_that_is_about_to_freeze_lets_go_of_the_lead(run: Run) -> None:
    result = run(
        TWO + "one.clock.events.dispatchEvent(new Event('freeze')); await settle(); await two.write('a');"
        "await settle(); one.clock.events.dispatchEvent(new Event('resume')); await settle();"
        "return [texts(), one.states()];"
    )
    assert result == [["a by 1"], ["a sending"]]


def test_a_refused_message_is_failed_in_every_tab_and_any_of_them_tries_again_or_deletes_it(run: Run) -> None:
    result = run(
        TWO + "const a = await two.write('a'); await settle();"
        "const refuse = () => one.outbox.refuse({ code: 'invalid', detail: 'No.', client_id: a.client_id });"
        "refuse(); await settle(); const failed = [two.states(), two.outbox.entries[0].detail];"
        "two.outbox.retry(a.client_id); await settle(); const again = [one.states(), two.states()];"
        "refuse(); await settle(); await two.outbox.remove(a.client_id); await settle();"
        "return [failed, again, one.states(), two.states(), texts(), (await storage.list('parley')).length];"
    )
    assert result == [
        [["a failed"], "No."],
        [["a sending"], ["a sending"]],
        [],
        [],
        ["a by 0", "a by 0"],
        0,
    ]


def test_a_message_that_another_tab_sees_in_the_log_first_is_still_told_as_sent(run: Run) -> None:
    result = run(
        TWO + "const a = await one.write('a'); await one.write('b'); await settle();"
        "await two.outbox.forget(a.client_id); await settle(); await accept(one, a, 1); await settle();"
        "return [one.told, texts(), two.states()];"
    )
    assert result == [["a s1 1"], ["a by 0", "b by 0"], ["b sending"]]


def test_without_locks_each_tab_sends_its_own(run: Run) -> None:
    result = run(
        START + "const [one, two] = [openTab({ locks: false }), openTab({ locks: false })];"
        "await one.connect(); await two.connect(); await one.write('a', 's1'); await two.write('b', 's2');"
        "await settle(); return [texts(), one.states(), two.states()];"
    )
    both = ["a sending", "b sending"]
    assert result == [["a by 0", "b by 1"], both, both]


def test_without_locks_what_another_tab_left_is_sent_after_the_next_connection(run: Run) -> None:
    result = run(
        START + "const [one, two] = [openTab({ locks: false }), openTab({ locks: false })];"
        "one.open = false; await two.connect(); await one.write('a'); await settle(); one.crash();"
        "const before = texts(); two.outbox.pause(); await two.connect(); return [before, texts()];"
    )
    assert result == [[], ["a by 1"]]


def test_where_locks_are_forbidden_each_tab_leads(run: Run) -> None:
    result = run(
        START + "const one = openTab();"
        "one.clock.sharing.locks.request = () => Promise.reject(new DOMException('', 'SecurityError'));"
        "await one.write('a'); await one.connect(); return texts();"
    )
    assert result == ["a by 0"]


def test_where_channels_are_forbidden_a_tab_is_alone_and_sends(run: Run) -> None:
    result = run(
        START + "const clock = new FakePlatform(); clock.sharing = { ...browser.tab().sharing,"
        "openChannel: () => { throw new DOMException('', 'SecurityError'); } };"
        "const outbox = new Outbox({ storage, owner: 'p', send: ({ text }) => sent.push({ text }), platform: clock });"
        "await outbox.add({ text: 'a', session_id: 's1', draft: '' }); outbox.resume(); await settle();"
        "return sent.length;"
    )
    assert result == 1


def test_a_message_goes_out_only_once_it_is_stored(run: Run) -> None:
    result = run(
        START + "let store; const slow = { ...storage, list: async () => [], delete: async () => {},"
        "put: () => new Promise((resolve) => (store = resolve)) };"
        "const clock = new FakePlatform(); clock.sharing = browser.tab().sharing;"
        "const outbox = new Outbox({ storage: slow, owner: 'p', send: ({ text }) => sent.push({ text }), platform: clock });"
        "outbox.resume(); await settle(); outbox.add({ text: 'a', session_id: 's1', draft: '' }); await settle();"
        "outbox.resume(); await settle(); const before = sent.length; store(); await settle(); return [before, sent.length];"
    )
    assert result == [0, 1]
