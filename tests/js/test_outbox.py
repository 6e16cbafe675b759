"""Every message is kept until the server has it, in order, and none blocks another."""

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.journey

Run = Callable[[str], Any]
START = """
const storage = openMemory();
const sent = [];
let isOpen = true;
const send = (frame) => { if (isOpen) sent.push(frame); return isOpen; };
const makeOutbox = (owner = "p", store = storage) => new Outbox({ storage: store, owner, send, platform });
const outbox = makeOutbox();
const write = (text, session_id = "s1") => outbox.add({ text, session_id, draft: "d1" });
const accept = (entry, seq, session_id = "s1") => outbox.accept({ client_id: entry.client_id, session_id, seq });
const texts = () => sent.map(({ text }) => text);
const states = () => outbox.entries.map(({ text, state }) => `${text} ${state}`);
outbox.resume();
"""


def test_what_is_written_offline_waits_and_goes_out_in_order(run: Run) -> None:
    result = run(
        START + "isOpen = false; outbox.pause(); const a = await write('a'); const b = await write('b');"
        "const before = states(); isOpen = true; outbox.resume(); await platform.settle();"
        "await accept(a, 1); await accept(b, 2); return [before, texts(), states()];"
    )
    assert result == [["a queued", "b queued"], ["a", "b"], []]


def test_one_is_on_its_way_at_a_time_so_that_order_holds(run: Run) -> None:
    result = run(
        START
        + "const a = await write('a'); await write('b'); const first = texts(); const waiting = states();"
        "await accept(a, 1); return [first, waiting, texts()];"
    )
    assert result == [["a"], ["a sending", "b queued"], ["a", "b"]]


def test_conversations_do_not_wait_for_each_other(run: Run) -> None:
    assert run(START + "await write('a', 's1'); await write('b', 's2'); return texts();") == ["a", "b"]


def test_a_lost_acknowledgement_is_asked_for_again_under_the_same_id(run: Run) -> None:
    result = run(
        START + "const a = await write('a'); outbox.pause(); outbox.resume();"
        "await platform.settle(); "
        "return [sent.length, sent[0].client_id === sent[1].client_id, a.client_id === sent[0].client_id];"
    )
    assert result == [2, True, True]


def test_an_answer_that_never_comes_is_asked_for_again(run: Run) -> None:
    result = run(
        START + "await write('a'); await platform.pass(15_000);"
        "return [sent.length, sent[0].client_id === sent[1].client_id];"
    )
    assert result == [2, True]


def test_the_first_of_a_new_conversation_goes_without_id_and_the_next_wait_for_it(run: Run) -> None:
    result = run(
        START + "const a = await write('a', ''); await write('b', ''); await write('c', '');"
        "const first = sent.map(({ session_id }) => session_id); await accept(a, 1, 's9');"
        "return [first, sent.map(({ text, session_id }) => `${text} ${session_id}`)];"
    )
    assert result == [[""], ["a ", "b s9"]]


def test_a_new_conversation_whose_first_message_is_refused_is_opened_by_the_next(run: Run) -> None:
    result = run(
        START + "const a = await write('a', ''); await write('b', '');"
        "outbox.refuse({ type: 'error', code: 'invalid', detail: 'No.', client_id: a.client_id });"
        "return [sent.map(({ text, session_id }) => `${text}|${session_id}`), states()];"
    )
    assert result == [["a|", "b|"], ["a failed", "b sending"]]


def test_a_refused_message_steps_aside_and_can_be_tried_again_or_deleted(run: Run) -> None:
    result = run(
        START + "const a = await write('a'); const b = await write('b');"
        "outbox.refuse({ type: 'error', code: 'too_large', detail: 'Too long.', client_id: a.client_id });"
        "const aside = [states(), outbox.entries[0].detail]; await accept(b, 1);"
        "outbox.retry(a.client_id); const again = states(); "
        "outbox.refuse({ type: 'error', code: 'too_large', detail: 'Too long.', client_id: a.client_id });"
        "await outbox.remove(a.client_id); "
        "return [aside, again, states(), (await storage.list('parley')).length];"
    )
    assert result == [[["a failed", "b sending"], "Too long."], ["a sending"], [], 0]


def test_a_busy_server_is_asked_again_after_the_time_that_it_named(run: Run) -> None:
    result = run(
        START + "const a = await write('a'); await write('b');"
        "outbox.refuse({ code: 'unavailable', detail: 'Busy.', client_id: a.client_id, retry_after_s: 4 });"
        "await platform.pass(3_999); const early = texts(); await platform.pass(1); return [early, texts()];"
    )
    assert result == [["a"], ["a", "a"]]


def test_an_error_about_nothing_of_ours_is_not_ours(run: Run) -> None:
    assert run(
        START + "await write('a'); return [outbox.refuse({ code: 'invalid', detail: '' }),"
        "outbox.refuse({ code: 'invalid', detail: '', client_id: 'x' }), states()];"
    ) == [False, False, ["a sending"]]


def test_the_outbox_survives_a_reload(run: Run) -> None:
    result = run(
        START + "isOpen = false; outbox.pause(); const a = await write('a', ''); await write('b', '');"
        "isOpen = true; const next = makeOutbox(); next.resume(); await platform.settle();"
        "await next.accept({ client_id: a.client_id, session_id: 's5', seq: 1 });"
        "return sent.map(({ text, session_id, client_id }) => `${text}|${session_id}|${client_id === a.client_id}`);"
    )
    assert result == ["a||true", "b|s5|false"]


def test_what_was_accepted_is_forgotten_for_good(run: Run) -> None:
    result = run(
        START + "const a = await write('a'); await accept(a, 1); await accept(a, 1);"
        "const next = makeOutbox(); await next.restore(); "
        "return [next.entries.length, (await storage.list('')).length];"
    )
    assert result == [0, 0]


def test_somebody_elses_messages_stay_where_they_are(run: Run) -> None:
    result = run(
        START
        + "isOpen = false; await write('secret'); const other = makeOutbox('q'); "
        + "await other.restore(); return other.entries.length;"
    )
    assert result == 0


def test_rubbish_in_the_store_harms_nothing(run: Run) -> None:
    result = run(
        START + "localStorage.clear(); localStorage.setItem('parley:outbox:p:1', '{broken');"
        "localStorage.setItem('parley:outbox:p:2', 'null'); "
        "localStorage.setItem('parley:outbox:p:3', '{\"text\": 4}');"
        "const next = makeOutbox('p', new TieredStorage([new LocalTier()])); await next.restore();"
        "await next.add({ text: 'a', session_id: 's1', draft: 'd' }); return next.entries.length;"
    )
    assert result == 1


def test_a_full_disk_does_not_keep_a_message_from_being_sent(run: Run) -> None:
    result = run(
        START + "const full = { length: 0, key: () => null, getItem: () => null, removeItem: () => {},"
        "setItem: () => { throw new DOMException('full', 'QuotaExceededError'); } };"
        "const store = new TieredStorage([new LocalTier(() => full)]); const next = makeOutbox('p', store); next.resume();"
        "await next.add({ text: 'a', session_id: 's1', draft: 'd' }); return [texts(), store.durable];"
    )
    assert result == [["a"], False]


def test_a_choice_waits_like_a_message_and_goes_out_under_one_id_also_after_a_reload(run: Run) -> None:
    result = run(
        START + "isOpen = false; outbox.pause(); await write('before');"
        "const { client_id } = await outbox.add({ text: 'Delivery', choice: 'd', session_id: 's1', draft: 'd1' });"
        "isOpen = true; const later = makeOutbox(); await later.restore(); later.resume(); await platform.settle();"
        "await later.accept({ client_id: sent[0].client_id, session_id: 's1', seq: 1 });"
        "later.pause(); later.resume(); await platform.settle();"
        "const choices = sent.filter(({ type }) => type === 'choose');"
        "return [sent[0].text, choices.map(({ choice, session_id }) => [choice, session_id]),"
        "choices.every((one) => one.client_id === client_id && !('text' in one))];"
    )
    assert result == ["before", [["d", "s1"], ["d", "s1"]], True]
