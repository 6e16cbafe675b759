"""How the connection is shown: sentences, tries, buttons; and what a screen reader hears of it."""

from typing import Any

import pytest

from tests.js.test_connection import Run

pytestmark = pytest.mark.journey

START = """
document.body.innerHTML = `<div id="banner" hidden>
    <span id="banner-text"></span><span id="banner-count" aria-hidden="true"></span>
    <button id="banner-retry"></button><button id="banner-cancel" hidden></button>
    <button id="banner-report" hidden></button></div>
    <p id="banner-live" role="status"></p>`;
const { Emitter } = await import("/static/chat/emitter.js");
const { StatusLine } = await import("/static/widget/status.js");
const { AT_FIRST } = await import("/static/chat/connection_options.js");
const at = (id) => document.getElementById(id);
class FakeConnection extends Emitter {
    asked = [];
    async recover({ full }) { this.asked.push(full ? "full" : "quick"); }
    cancelRecovery() { this.asked.push("cancel"); }
    retryNow() { this.asked.push("retry"); }
}
const connection = new FakeConnection();
const line = new StatusLine(document.documentElement, connection);
const heard = [];
new MutationObserver(() => heard.push(at("banner-live").textContent)).observe(at("banner-live"), { childList: true });
const appears = async () => { while (at("banner").hidden) await new Promise((go) => setTimeout(go, 20)); };
const show = async (status) => {
    const hidden = at("banner").hidden; line.show({ ...AT_FIRST, ...status }); if (hidden) await appears();
    const visible = ["retry", "cancel", "report"].filter((name) => !at(`banner-${name}`).hidden);
    return [at("banner-text").textContent, at("banner-count").textContent, visible];
};
"""


def test_a_hiccup_is_not_worth_a_word_and_a_failure_is_at_once(run: Run) -> None:
    result = run(
        START + "line.show({ ...AT_FIRST, state: 'reconnecting', code: '1006', attempt: 1 });"
        "line.show({ ...AT_FIRST, state: 'connected' }); await new Promise((go) => setTimeout(go, 800));"
        "const hiccup = [at('banner').hidden, heard.length]; line.show({ ...AT_FIRST, state: 'failed', code: 'forbidden' });"
        "return [hiccup, at('banner').hidden, document.documentElement.dataset.connection];"
    )
    assert result == [[True, 0], False, "failed"]


@pytest.mark.parametrize(
    ("status", "text", "count", "buttons"),
    [
        (
            "{ state: 'reconnecting', attempt: 3, code: '1012', nextTryAt: Date.now() + 4_000 }",
            "The server restarts. Trying again.",
            "Attempt 3 of 5, in 4 s",
            ["retry"],
        ),
        (
            "{ state: 'reconnecting', attempt: 7, slow: true, code: 'unreachable', nextTryAt: Date.now() + 20_000 }",
            "The server cannot be reached. Check your network, or try another one.",
            "Next try in 20 s",
            ["retry", "report"],
        ),
        (
            "{ state: 'reconnecting', attempt: 7, slow: true, code: '1006', recovery: 'full' }",
            "Examining the connection…",
            "",
            ["cancel", "report"],
        ),
        ("{ state: 'stale' }", "Catching up on what you missed…", "", []),
        (
            "{ state: 'connected', via: 'poll' }",
            "Connected, by a slower way: this network lets no live connection through.",
            "",
            ["report"],
        ),
        (
            "{ state: 'failed', code: '4403' }",
            "Your access was withdrawn. Tell whoever runs this site.",
            "",
            ["retry", "report"],
        ),
        (
            "{ state: 'failed', code: 'new_one', detail: 'The server says so.' }",
            "The server says so.",
            "",
            ["retry", "report"],
        ),
    ],
)
def test_each_state_has_its_words_and_its_buttons(
    run: Run, status: str, text: str, count: str, buttons: list[Any]
) -> None:
    shown = run(START + f"return show({status});")
    assert shown == [text, count, buttons]


def test_every_code_is_said_in_words_and_never_as_a_number(run: Run) -> None:
    texts = run(
        START + "const { CODES } = await import('/static/chat/codes.js');"
        "const words = await import('/static/console/words.js'); const said = []; await show({ state: 'stale' });"
        "for (const code of Object.keys(CODES)) { said.push((await show({ state: 'reconnecting', code, attempt: 2 }))[0]);"
        "said.push((await show({ state: 'failed', code }))[0], words.explainFailure(code, '')); }"
        "return said;"
    )
    assert len(texts) > 90
    assert [text for text in texts if not text.endswith(".") or any(sign.isdigit() for sign in text)] == []


def test_a_screen_reader_hears_each_sentence_once_and_no_countdown(run: Run) -> None:
    result = run(
        START
        + "const counts = new Set(); new MutationObserver(() => counts.add(at('banner-count').textContent))"
        + ".observe(at('banner-count'), { childList: true });"
        "const nextTryAt = Date.now() + 3_000;"
        "for (const attempt of [1, 2, 3]) await show({ state: 'reconnecting', code: '1006', attempt, nextTryAt });"
        "while (counts.size < 5) await new Promise((go) => setTimeout(go, 50));"
        "line.show({ ...AT_FIRST, state: 'connected' }); await new Promise((go) => setTimeout(go, 0));"
        "return [heard, at('banner').querySelector('[role=status], [aria-live]'), at('banner').hidden];"
    )
    assert result == [["The connection broke off. Trying again.", "Connected again."], None, True]


def test_the_buttons_recover_quickly_at_first_thoroughly_later_and_can_be_called_off(run: Run) -> None:
    result = run(
        START + "await show({ state: 'reconnecting', attempt: 1, code: '1006' }); at('banner-retry').click();"
        "await show({ state: 'reconnecting', attempt: 6, slow: true, code: '1006' }); at('banner-retry').click();"
        "await show({ state: 'reconnecting', attempt: 6, slow: true, recovery: 'full' }); at('banner-cancel').click();"
        "connection.recover = async () => { throw new Error('no module'); }; at('banner-retry').click();"
        "await new Promise((go) => setTimeout(go, 0)); return connection.asked;"
    )
    assert result == ["quick", "full", "cancel", "retry"]
