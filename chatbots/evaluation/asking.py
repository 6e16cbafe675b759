"""Asking many questions of one state of a bot, by the very pipeline that visitors get, without storing anything."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from chatbots.access import Brain
from chatbots.engine.reply import Reply, make_reply
from chatbots.evaluation.cases import Case
from chatbots.evaluation.judging import Given, Verdict, judge, list_names, matches
from chatbots.retrieval.base import Retriever
from chatbots.retrieval.index import load_index, select_chunks

# Questions are embedded together, so many at a time.
BATCH = 64
CHOICE = "answer:"

OnProgress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one case. `title` is the best candidate's, or the name by which the case rightly expects it."""

    case: Case
    given: Given
    verdict: Verdict
    ms: float
    title: str = field(default="")

    @property
    def kind(self) -> str:
        return self.case.kind

    @property
    def expect(self) -> str:
        return self.case.expect

    @property
    def outcome(self) -> str:
        return self.given.outcome

    @property
    def confidence(self) -> float:
        return self.given.confidence

    @property
    def right(self) -> bool:
        return self.verdict.right

    @property
    def ok(self) -> bool:
        return self.verdict.ok


def evaluate_questions(
    *, brain: Brain, cases: Sequence[Case], on_progress: OnProgress | None = None
) -> list[Result]:
    """Ask all cases of `brain`, offline; `on_progress` hears how many are done. Blocks: never on an event loop."""
    results: list[Result] = []
    for batch in evaluate_in_batches(brain=brain, cases=cases):
        results += batch
        if on_progress is not None:
            on_progress(len(results))
    return results


def evaluate_in_batches(*, brain: Brain, cases: Sequence[Case]) -> Iterator[list[Result]]:
    """The same, batch by batch, so that the caller can keep each."""
    known = read_names(brain)
    retriever = load_index(chatbot_id=brain.chatbot.pk, revision=brain.knowledge_revision)
    if cases:
        # The first search of a process reads the model of meaning, which no visitor but the first waits for.
        retriever.search(cases[0].question, limit=1)
    for start in range(0, len(cases), BATCH):
        batch = cases[start : start + BATCH]
        answers = ask_questions(brain=brain, retriever=retriever, questions=[case.question for case in batch])
        yield [_make_result(case, given, ms, known) for case, (given, ms) in zip(batch, answers, strict=True)]


def ask_questions(
    *, brain: Brain, retriever: Retriever, questions: Sequence[str]
) -> list[tuple[Given, float]]:
    """What comes of each question, and in how many milliseconds (with its share of the embedding of all).

    Each is the first of its conversation. No language model is asked: the answer is the knowledge's own words.
    """
    configuration = replace(brain.configuration, model="")
    since = time.perf_counter()
    retriever.prepare(questions)
    each = (time.perf_counter() - since) * 1000 / max(1, len(questions))
    answers = []
    for question in questions:
        since = time.perf_counter()
        reply = make_reply(question=question, configuration=configuration, load_retriever=lambda: retriever)
        answers.append((describe_reply(reply), each + (time.perf_counter() - since) * 1000))
    return answers


def describe_reply(reply: Reply) -> Given:
    """What of a reply cases are judged by."""
    trace = reply.trace
    candidates: list[dict[str, Any]] = trace.get("candidates") or []
    best = candidates[0] if candidates else {}
    buttons = [button for part in reply.parts for button in part.get("buttons", ())]
    choices = tuple(
        str(button.get("title", "")) for button in buttons if str(button.get("id", "")).startswith(CHOICE)
    )
    return Given(
        outcome=reply.outcome,
        text=reply.text,
        title=str(best.get("title", "")),
        source=str(best.get("source", "")),
        chunk_id=best.get("chunk_id"),
        confidence=float(best.get("confidence", 0.0)),
        threshold=float(trace.get("threshold") or 0.0),
        choices=choices,
        rule="" if candidates else str(trace.get("rule") or ""),
        trace=trace,
    )


def read_names(brain: Brain) -> frozenset[str]:
    """The names that cases may expect of this state of the knowledge."""
    chunks = select_chunks(chatbot_id=brain.chatbot.pk, revision=brain.knowledge_revision)
    rows = chunks.exclude(kind="out_of_scope").order_by().values_list("title", "source__title")
    return list_names(list(rows.distinct()))


def find_unknown_titles(*, brain: Brain, cases: Sequence[Case]) -> list[str]:
    """Titles that cases expect and that are not in the knowledge, each once, in the order of the cases."""
    known = read_names(brain)
    titles = dict.fromkeys(case.expect for case in cases if case.kind == "title")
    return [title for title in titles if not list_names([(title, "")]) & known]


def _make_result(case: Case, given: Given, ms: float, known: frozenset[str]) -> Result:
    verdict = judge(case, given, known=known)
    named = (
        verdict.right
        and case.kind == "title"
        and matches(case.expect, title=given.title, source=given.source)
    )
    return Result(case, given, verdict, round(ms, 3), case.expect if named else given.title)
