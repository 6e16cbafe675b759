"""Replay: what recent visitors asked, asked of the draft; which answers would change, before anything is published."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from chatbots.access import Brain
from chatbots.evaluation.asking import BATCH, ask_questions
from chatbots.evaluation.judging import Given
from chatbots.models import Chatbot
from chatbots.retrieval.index import load_index
from conversations.models import Conversation, Kind, Message, Sender, Turn, TurnOutcome

MOST = 5_000
# What the bot itself came to: stopped and failed turns say nothing about what it knows.
DECIDED = (TurnOutcome.ANSWERED, TurnOutcome.CLARIFIED, TurnOutcome.ABSTAINED, TurnOutcome.HANDED_OFF)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it was asked last, and what came of it then. `times`: how often it was asked in the period."""

    turn_id: Any
    question: str
    asked_at: datetime
    outcome: str
    title: str
    confidence: float
    times: int


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of the question then (`before`) and what would come of it now (`after`)."""

    before: Asked
    after: Given

    @property
    def changed(self) -> bool:
        """Another outcome, or an answer from another entry; words of the same entry may differ."""
        if self.before.outcome != self.after.outcome:
            return True
        return self.after.outcome == TurnOutcome.ANSWERED and self.before.title != self.after.title


def replay_questions(
    *,
    chatbot: Chatbot,
    brain: Brain,
    since: datetime | None = None,
    last: int = 500,
    on_progress: Callable[[int, int], None] | None = None,
) -> list[Replayed]:
    """Ask the latest `last` different questions of real visitors of `brain`, newest first; nothing is stored or sent.

    Test sessions are left out, and so are buttons that were pressed, what people answered, and what was erased.
    `on_progress` hears how many of how many are done. Blocks: never on an event loop.
    """
    asked = list_asked(chatbot=chatbot, since=since, last=last)
    retriever = load_index(chatbot_id=brain.chatbot.pk, revision=brain.knowledge_revision)
    replayed: list[Replayed] = []
    for start in range(0, len(asked), BATCH):
        batch = asked[start : start + BATCH]
        answers = ask_questions(brain=brain, retriever=retriever, questions=[one.question for one in batch])
        replayed += [Replayed(one, given) for one, (given, _) in zip(batch, answers, strict=True)]
        if on_progress is not None:
            on_progress(len(replayed), len(asked))
    return replayed


def list_asked(*, chatbot: Chatbot, since: datetime | None = None, last: int = 500) -> list[Asked]:
    """The latest different questions with what came of them; of 30 days where no `since` is given."""
    since = since or timezone.now() - timedelta(days=30)
    found: dict[str, Asked] = {}
    for turn in _read_turns(chatbot, since):
        key = " ".join(turn.question.casefold().split())
        before = found.get(key)
        if before is None:
            found[key] = _describe(turn)
        else:
            found[key] = _count_again(before)
        if len(found) > min(last, MOST):
            del found[key]
            break
    return list(found.values())


def _read_turns(chatbot: Chatbot, since: datetime) -> Iterator[Any]:
    """Newest conversations first, in each the first try of each question; those with buttons pressed left out."""
    question = Message.objects.filter(
        conversation=OuterRef("conversation"), seq=OuterRef("question_seq"), sender=Sender.VISITOR
    )
    conversations = Conversation.objects.filter(
        organisation=chatbot.organisation_id, chatbot=chatbot, kind=Kind.LIVE, last_message_at__gte=since
    )
    rows = Turn.objects.filter(conversation__in=conversations, outcome__in=DECIDED, created_at__gte=since)
    rows = rows.annotate(question=Subquery(question.values("text")[:1])).exclude(question="")
    rows = rows.exclude(question__isnull=True).order_by("-created_at", "-pk")
    for turn in rows.iterator(chunk_size=500):
        if not (turn.trace or {}).get("choice"):
            yield turn


def _describe(turn: Any) -> Asked:
    candidates: Sequence[dict[str, Any]] = (turn.trace or {}).get("candidates") or ()
    best = candidates[0] if candidates else {}
    return Asked(
        turn_id=turn.pk,
        question=turn.question,
        asked_at=turn.created_at,
        outcome=turn.outcome,
        title=str(best.get("title", "")),
        confidence=float(best.get("confidence", 0.0)),
        times=1,
    )


def _count_again(one: Asked) -> Asked:
    return Asked(
        one.turn_id, one.question, one.asked_at, one.outcome, one.title, one.confidence, one.times + 1
    )
