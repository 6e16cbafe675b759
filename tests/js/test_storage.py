"""Where messages are kept: the database, else localStorage, else this page's memory; nothing is lost between them."""

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.journey

Run = Callable[[str], Any]
FORBIDDEN = "() => { throw new DOMException('no', 'SecurityError'); }"
START = """
const open = () => new TieredStorage([new DatabaseTier(), new LocalTier()]);
const raw = (name, version) => new Promise((resolve, reject) => {
    const request = indexedDB.open(name, version);
    request.onupgradeneeded = ({ oldVersion }) => oldVersion || request.result.createObjectStore("values");
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
});
"""


def test_what_is_put_is_found_by_another_tab_in_the_database(run: Run) -> None:
    result = run(
        START + "const one = await openStorage(); await one.put('parley:a:1', { text: 'kept' });"
        "await one.put('parley:b:1', 1); const two = await openStorage();"
        "return [await two.get('parley:a:1'), await two.list('parley:a:'), two.durable, localStorage.length];"
    )
    assert result == [{"text": "kept"}, [{"text": "kept"}], True, 0]


def test_what_is_deleted_is_gone(run: Run) -> None:
    assert run(
        START + "const one = open(); await one.put('k', 1); await one.delete('k');"
        "return [await one.list(''), (await one.get('k')) === undefined];"
    ) == [[], True]


def test_what_an_older_page_left_in_local_storage_moves_into_the_database(run: Run) -> None:
    result = run(
        START + "localStorage.setItem('parley:outbox:p:1', JSON.stringify({ text: 'old' }));"
        "localStorage.setItem('parley:visitor:p', '\"token\"');"
        "const found = [await open().list('parley:outbox:p:'), await open().get('parley:visitor:p')];"
        "await open().put('parley:visitor:p', 'newer');"
        "const moved = await new DatabaseTier().get('parley:outbox:p:1');"
        "return [found, localStorage.length, moved, await open().get('parley:visitor:p')];"
    )
    assert result == [[[{"text": "old"}], "token"], 0, {"text": "old"}, "newer"]


def test_without_a_database_local_storage_keeps_it(run: Run) -> None:
    result = run(
        START
        + f"const one = new TieredStorage([new DatabaseTier({{ factory: {FORBIDDEN} }}), new LocalTier()]);"
        "await one.probe(); await one.put('k', 'v'); return [one.durable, localStorage.getItem('k'), await one.get('k')];"
    )
    assert result == [True, '"v"', "v"]


def test_where_everything_is_blocked_memory_keeps_it_and_says_so(run: Run) -> None:
    result = run(
        START
        + f"const one = new TieredStorage([new DatabaseTier({{ factory: {FORBIDDEN} }}), new LocalTier({FORBIDDEN})]);"
        "await one.probe(); await one.put('k', 'v');"
        "return [one.durable, await one.get('k'), await one.list('k')];"
    )
    assert result == [False, "v", ["v"]]


def test_a_full_disk_is_said_for_as_long_as_something_could_not_be_kept(run: Run) -> None:
    result = run(
        START + "const full = { put: () => Promise.reject(new DOMException('full', 'QuotaExceededError')),"
        "get: async () => undefined, delete: async () => {}, entries: async () => new Map() };"
        "const one = new TieredStorage([full, full]); const before = one.durable; await one.put('k', 'v');"
        "const during = [one.durable, await one.list('k')]; await one.delete('k'); return [before, during, one.durable];"
    )
    assert result == [True, [False, ["v"]], True]


def test_a_quota_that_the_commit_runs_into_is_noticed(run: Run) -> None:
    result = run(
        START
        + "const real = IDBObjectStore.prototype.put; IDBObjectStore.prototype.put = function (...all) {"
        "  const request = real.apply(this, all); request.onsuccess = () => this.transaction.abort(); return request; };"
        "const one = open(); await one.put('k', 'v'); IDBObjectStore.prototype.put = real;"
        "return [one.durable, localStorage.getItem('k'), await one.get('k')];"
    )
    assert result == [True, '"v"', "v"]


def test_an_upgrade_that_another_tab_blocks_does_not_block_us(run: Run) -> None:
    result = run(
        START + "const stubborn = await raw('blocked', 1);"
        "const upgrade = { open: (name) => indexedDB.open(name, 2) };"
        "const tier = (patienceMs) => new DatabaseTier({ name: 'blocked', factory: () => upgrade, patienceMs });"
        "const one = new TieredStorage([tier(50), new LocalTier()]);"
        "await one.put('k', 'early'); const meanwhile = [await one.get('k'), one.durable, localStorage.getItem('k')];"
        "stubborn.close(); await tier(10_000).get('k');"
        "const moved = await one.list('k'); return [meanwhile, moved, localStorage.getItem('k'), await one.get('k')];"
    )
    assert result == [["early", True, '"early"'], ["early"], None, "early"]


def test_whoever_holds_the_database_lets_a_newer_page_upgrade_it_and_goes_on(run: Run) -> None:
    result = run(
        START + "const one = open(); await one.put('k', 'old'); const newer = await raw('parley', 7);"
        "await one.put('l', 'later'); return [newer.version, await one.get('k'), await one.get('l'), localStorage.length];"
    )
    assert result == [7, "old", "later", 0]


def test_rubbish_in_local_storage_harms_nothing(run: Run) -> None:
    assert run(START + "localStorage.setItem('k', '{broken'); return await open().list('k');") == []
