"""Real customers' questions, put to a bot that knows 77 topics: over a socket, and through the widget in a browser.

The data is BANKING77 (what customers of a bank asked) and CLINC150's out-of-scope questions, read from the folder that
PARLEY_EVAL_DATA names. Figures are written to test-results/real-questions.json.
"""

import csv
import json
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.server import ROOT, ServerProcess, run_installation
from tests.settings import SETUP
from tests.sockets import BlockingSocket

FOLDER = os.environ.get("PARLEY_EVAL_DATA", "")
VARIANTS, IN_SCOPE, OUT_OF_SCOPE = 10, 50, 20
# What words alone must reach here; the meaning search comes on top. The figures themselves: docs/performance.md.
LEAST_RIGHT_WHEN_ANSWERED, LEAST_HELD_BACK = 0.70, 0.75
pytestmark = [
    pytest.mark.journey,
    pytest.mark.timeout(300),
    pytest.mark.skipif(
        SETUP == "distributed", reason="what a bot finds is the same on both set-ups; once is enough"
    ),
    pytest.mark.skipif(not FOLDER, reason="PARLEY_EVAL_DATA names no folder with the evaluation files"),
]


@dataclass(frozen=True)
class Case:
    """A question and the topic that answers it; None: nothing in the knowledge does."""

    question: str
    topic: str | None


@dataclass(frozen=True)
class Heard:
    """What came back: the outcome, and the title that was cited."""

    outcome: str
    title: str | None


def read_rows(name: str) -> list[dict[str, str]]:
    with (Path(FOLDER) / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write_knowledge(path: Path) -> None:
    """One entry a topic: ten training questions as variants, an answer that names the topic."""
    variants: dict[str, list[str]] = {}
    for row in read_rows("banking77_train.csv"):
        variants.setdefault(row["category"], []).append(row["text"])
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["title", "question", "answer"])
        for topic, questions in variants.items():
            for question in random.Random(topic).sample(questions, VARIANTS):
                writer.writerow([topic, question, f"This is about {topic.replace('_', ' ')}."])


def choose_cases() -> list[Case]:
    rng = random.Random(77)
    known = [
        Case(row["text"], row["category"]) for row in rng.sample(read_rows("banking77_test.csv"), IN_SCOPE)
    ]
    unknown = [Case(row["question"], None) for row in rng.sample(read_rows("out_of_scope.csv"), OUT_OF_SCOPE)]
    return known + unknown


@dataclass(frozen=True)
class Bank:
    """A running server, and a published bot of the demo's organisation that knows the bank's topics."""

    server: ServerProcess
    slug: str
    public_id: str


@pytest.fixture(scope="module")
def bank(setup, tmp_path_factory) -> Iterator[Bank]:
    with run_installation(
        setup=setup, variables={"PARLEY_RATE_LIMITS": "off", "EMBEDDER": "auto"}
    ) as installation:
        server = installation.server
        options = ("--organisation", "demo", "--name", "Bank", "--slug", "bank")
        made = json.loads(server.manage("create_bot", *options))
        path = tmp_path_factory.mktemp("bank") / "banking77.csv"
        write_knowledge(path)
        counts = json.loads(server.manage("import_knowledge", "demo/bank", str(path)).splitlines()[-1])
        assert (counts["sources"], counts["chunks"], bool(counts["errors"])) == (1, 77, False)
        server.manage("publish_bot", "demo/bank")
        yield Bank(server, "bank", made["public_id"])


def report(name: str, cases: list[Case], heard: list[Heard]) -> dict[str, float]:
    pairs = list(zip(cases, heard, strict=True))
    known = [(case, answer) for case, answer in pairs if case.topic]
    answered = [(case, answer) for case, answer in known if answer.outcome == "answered"]
    right = sum(answer.title == case.topic for case, answer in answered)
    held_back = sum(answer.outcome == "handed_off" for case, answer in pairs if not case.topic)
    figures = {
        "in_scope": len(known),
        "answered": len(answered),
        "right": right,
        "wrong": len(answered) - right,
        "asked_back": sum(answer.outcome == "clarified" for _, answer in known),
        "handed_off": sum(answer.outcome == "handed_off" for _, answer in known),
        "right_when_answered": round(right / max(1, len(answered)), 3),
        "out_of_scope": len(pairs) - len(known),
        "held_back": held_back,
        "held_back_share": round(held_back / (len(pairs) - len(known)), 3),
    }
    path = ROOT / "test-results" / "real-questions.json"
    path.parent.mkdir(exist_ok=True)
    kept = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps({**kept, name: figures}, indent=2))
    print(name, figures)
    return figures


def check(figures: dict[str, float]) -> None:
    assert figures["answered"] >= 20
    assert figures["right_when_answered"] >= LEAST_RIGHT_WHEN_ANSWERED
    assert figures["held_back_share"] >= LEAST_HELD_BACK


def test_real_questions_over_a_socket(bank):
    cases, heard = choose_cases(), []
    token = bank.server.issue_token("owner@demo.test")
    with BlockingSocket(
        bank.server.url, path=f"/ws/chat/?bot={bank.slug}", token=token, by="header"
    ) as socket:
        socket.expect("ready")
        for case in cases:
            before = len(socket.frames)
            socket.say(case.question)
            complete = socket.expect("complete")
            saved = next(frame for frame in socket.frames[before:] if frame["type"] == "saved")
            citations = saved["message"]["citations"]
            heard.append(Heard(complete["outcome"], citations[0]["title"] if citations else None))
    check(report("socket", cases, heard))


def ask_in_the_widget(page: Page, question: str) -> Heard:
    """Type a question into a new conversation and read what a visitor sees."""
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator("#bubbles .bubble--visitor")).to_have_count(0)
    page.get_by_label("Write a message").fill(question)
    page.keyboard.press("Enter")
    page.wait_for_function(
        """() => document.querySelector("#bubbles .citation, #bubbles .bubble--system, #bubbles .bubble__buttons")""",
    )
    citations = page.locator("#bubbles .citation summary").all_text_contents()
    if not citations and page.locator("#bubbles .bubble__buttons").count():
        return Heard("clarified", None)
    if not citations:
        return Heard("handed_off", None)
    return Heard("answered", citations[0].split(" · ")[0])


def test_real_questions_through_the_widget_and_an_agents_reply(bank, page: Page, context):
    cases = choose_cases()
    page.goto(f"{bank.server.url}/embed/frame/{bank.public_id}/")
    heard = [ask_in_the_widget(page, case.question) for case in cases]
    check(report("widget", cases, heard))
    text = "Hello, this is Mia. I can help with that."
    token = bank.server.issue_token("agent@demo.test")
    with BlockingSocket(bank.server.url, path="/ws/agent/", token=token, by="header") as agent:
        newest = agent.expect("ready")["waiting"][-1]
        agent.send("accept", handoff_id=newest["id"])
        agent.expect("state", state="agent")
        agent.say(text, session_id=newest["session_id"])
        agent.expect("accepted")
        expect(page.locator("#bubbles")).to_contain_text(text)
