"""From a question to a reply: rules, then search, then the threshold. No database, no loop: called on a turn's thread."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from chatbots.configuration import Configuration
from chatbots.engine.citing import cite
from chatbots.engine.wording import prepare_wording
from chatbots.llm.base import Generation, Offer
from chatbots.retrieval.base import Candidate, Retriever
from chatbots.rules.matching import match_rule

OFFER_BUTTON = {"id": "request_agent", "title": "Talk to a person"}
TEXT_HAND_OFF = "I can't answer that one myself, so I'm fetching a person who can."
TEXT_ASKED = "Of course. I'm fetching a person for you."
TEXT_OFFER = "I don't have an answer to that. Would you like to talk to a person?"
SHOWN_CANDIDATES = 5


@dataclass(slots=True)
class Reply:
    """What the bot says. `outcome` as in models.TurnOutcome; `trace` as in models.Turn.

    With a `generation`, a language model is to say it (`speak` in answering.py): its words take the place of `text`, and
    `generated_citations` that of `citations`. Where it says nothing, `text` with `citations` is what the bot answers by
    itself. `passages` are those that the model is given, as citations, in the order of their numbers; `abstention` is
    what the bot says when the model finds no answer in them.
    """

    outcome: str
    text: str
    parts: list[dict[str, Any]] = field(default_factory=list)
    citations: list[dict[str, Any]] = field(default_factory=list)
    trace: dict[str, Any] = field(default_factory=dict)
    sender_name: str = ""
    generation: Generation | None = None
    generated_citations: list[dict[str, Any]] = field(default_factory=list)
    passages: list[dict[str, Any]] = field(default_factory=list)
    abstention: "Reply | None" = None


class Stages:
    """Takes the time of each stage, in milliseconds."""

    def __init__(self) -> None:
        self.times: list[dict[str, Any]] = []
        self._at = time.perf_counter()

    def done(self, name: str) -> None:
        now = time.perf_counter()
        self.times.append({"name": name, "ms": round((now - self._at) * 1000, 3)})
        self._at = now


def make_reply(
    *,
    question: str,
    configuration: Configuration,
    load_retriever: Callable[[], Retriever],
    model: str = "",
    offer: Offer | None = None,
) -> Reply:
    """Answer from the knowledge where the best candidate's confidence reaches the threshold, else abstain.

    `load_retriever` is called only when no rule has matched. Abstaining fetches a person at once or offers one, as
    the owner chose. The trace tells the stages, the candidates with their scores, the threshold, and why. `model` is what
    the message asked for, "" for the bot's own choice; with one, an answer carries a generation. `offer` is what that name
    stands for, None where it is not to be had.
    """
    stages = Stages()
    rule = match_rule(question=question, configuration=configuration)
    stages.done("rules")
    if rule is not None:
        reply = Reply(rule.outcome, rule.text or TEXT_ASKED)
        return _traced(reply, stages, configuration, [], rule=rule.name, why=rule.why)
    candidates = load_retriever().search(question, limit=SHOWN_CANDIDATES)
    stages.done("search")
    best = candidates[0] if candidates else None
    if best is not None and best.confidence >= configuration.threshold:
        reply = Reply("answered", best.text, citations=[cite(best)])
        why = f"“{best.title}” reached {best.confidence:.2f}, the threshold is {configuration.threshold:.2f}."
    else:
        reply = abstain(configuration)
        why = _explain_abstention(best, configuration)
    stages.done("decision")
    reply = _traced(reply, stages, configuration, candidates, rule="", why=why)
    if reply.outcome == "answered" and (chosen := model or configuration.model):
        passages = [one for one in candidates if one.confidence >= configuration.threshold]
        reply.abstention = abstain(configuration)
        asked = {"question": question, "configuration": configuration, "model": chosen}
        prepare_wording(reply, **asked, passages=passages, offer=offer)
    return reply


def abstain(configuration: Configuration) -> Reply:
    """The reply of a bot that does not know."""
    if configuration.handoff["when_unsure"] == "offer":
        return Reply("abstained", TEXT_OFFER, parts=[{"type": "buttons", "buttons": [OFFER_BUTTON]}])
    return Reply("handed_off", TEXT_HAND_OFF)


def _explain_abstention(best: Candidate | None, configuration: Configuration) -> str:
    if best is None:
        return "Nothing in the knowledge has a word of this question."
    return f"The best was “{best.title}” with {best.confidence:.2f}, under the threshold of {configuration.threshold:.2f}."


def _traced(
    reply: Reply,
    stages: Stages,
    configuration: Configuration,
    candidates: list[Candidate],
    *,
    rule: str,
    why: str,
) -> Reply:
    reply.trace = {
        "stages": stages.times,
        "rule": rule,
        "candidates": [
            {
                "title": candidate.title,
                "source": candidate.source,
                "kind": candidate.kind,
                "word_score": round(candidate.word_score, 3),
                "confidence": round(candidate.confidence, 4),
                "text": candidate.text[:300],
            }
            for candidate in candidates
        ],
        "threshold": configuration.threshold,
        "decision": reply.outcome,
        "why": why,
        "model": "",
        "tokens_in": 0,
        "tokens_out": 0,
        "cost": 0.0,
        "errors": [],
    }
    return reply
