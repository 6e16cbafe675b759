"""Buttons in the log: which can be pressed, and what the others still say."""

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.journey

Run = Callable[[str], Any]
START = """
const { choosing } = await import("/static/widget/log.js");
const { drawMessage } = await import("/static/widget/bubble.js");
const group = (...ids) => [{ type: "buttons", buttons: ids.map((id) => ({ id, title: id.toUpperCase() })) }];
const bot = (...ids) => ({ sender: "bot", text: "?", parts: ids.length ? group(...ids) : [] });
const own = (text, id = "") => ({ sender: "visitor", text, parts: id ? [{ type: "choice", id }] : [] });
const look = (index, parts, messages, more = {}) => {
  const { active, chosen } = choosing(index, parts, { messages, outgoing: [], state: "bot", ...more });
  return [active, chosen];
};
"""


def test_the_newest_buttons_can_be_pressed_until_one_is(run: Run) -> None:
    result = run(
        START + "const log = [bot('a', 'b'), own('A', 'a'), bot('c'), own('What?'), bot()];"
        "return [look(0, log[0].parts, log), look(2, log[2].parts, log), look(-1, group('x'), log)];"
    )
    assert result == [[False, "a"], [True, ""], [False, ""]]


def test_a_choice_on_its_way_counts_so_that_a_second_press_makes_no_second_one(run: Run) -> None:
    result = run(
        START + "const log = [bot('a', 'b')];"
        "return [look(0, log[0].parts, log, { outgoing: [{ text: 'B', choice: 'b' }] }),"
        "look(-1, group('x'), [], { outgoing: [{ text: 'x', choice: 'x' }] }), look(-1, group('x'), [])];"
    )
    assert result == [[False, "b"], [False, "x"], [True, ""]]


def test_a_typed_title_shows_as_chosen_and_a_person_takes_the_buttons_away(run: Run) -> None:
    result = run(
        START + "const log = [bot('a', 'b'), own(' b ')];"
        "return [look(0, log[0].parts, log), look(0, log[0].parts, log.slice(0, 1), { state: 'agent' })];"
    )
    assert result == [[False, "b"], [False, ""]]


def test_buttons_are_a_named_group_and_afterwards_text_of_which_one_is_marked(run: Run) -> None:
    result = run(
        START
        + """
        const header = { type: "text", text: "<b>Shop</b>" };
        const parts = [{ ...group("a", "b")[0], header, footer: "Type menu." }];
        const draw = (context) => {
          const row = document.createElement("div");
          const message = { ...bot(), text: "Which?", html: "<p>Which?</p>", parts, citations: [], state: "sent" };
          const look = { named: false, meta: "", dated: false, chosen: "", ...context };
          row.append(...drawMessage(message, look, { press() {} }));
          return row;
        };
        const open = draw({ active: true });
        const done = draw({ active: false, chosen: "a" });
        const set = open.querySelector("[role=group]");
        const text = (name) => open.querySelector(name).textContent;
        return [set.getAttribute("aria-label"), open.querySelectorAll("button").length, text("strong"),
          open.querySelector("small").textContent, done.querySelectorAll("button").length,
          [...done.querySelectorAll(".choice")].map(({ textContent }) => textContent)];
        """
    )
    assert result == ["Which?", 2, "<b>Shop</b>", "Type menu.", 0, ["A, chosen", "B"]]


def test_sources_show_their_passage_and_where_their_link_goes(run: Run) -> None:
    result = run(
        START
        + """
        const citations = [{ title: "Delivery", source: "faq", url: "https://shop.test/faq", text: "**Two** days" },
          { title: "Bad", source: "Bad", url: "javascript:alert(1)", text: "x" }];
        const parts = [{ type: "uncited", sentences: ["It is free."] }];
        const row = document.createElement("div");
        const message = { ...bot(), parts, citations, state: "sent", turn_id: 1, seq: 4, feedback: 1 };
        const context = { named: false, meta: "", dated: false, active: false, rated: true };
        const rated = [];
        row.append(...drawMessage(message, context, { press() {}, rate: (...what) => rated.push(what) }));
        const thumbs = [...row.querySelectorAll(".thumb")];
        thumbs[1].click();
        return [[...row.querySelectorAll("summary")].map(({ textContent }) => textContent),
          [...row.querySelectorAll("a")].map((link) => [link.textContent, link.rel]),
          row.querySelector(".citation__text").textContent, thumbs.map((one) => one.getAttribute("aria-pressed")), rated];
        """
    )
    assert result == [
        ["Delivery · faq", "Bad", "Partly without a source"],
        [["https://shop.test/faq", "noopener noreferrer nofollow"]],
        "Two days",
        ["true", "false"],
        [[4, -1]],
    ]
