"""Whether the bot answers, asks back, or says that it does not know: by calibrated confidence against the threshold."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from chatbots.configuration import Configuration
from chatbots.retrieval.base import Candidate

ANSWER_PREFIX = "answer:"
NONE = f"{ANSWER_PREFIX}none"
MOST_CHOICES = 3
# A choice is worth offering where it is at least this share as likely as the best one …
CLOSE = 0.2
# … and the best is not far below the threshold: a question that nothing answers has several weak candidates, too.
NEAR = 0.6
TITLE_CHARACTERS = 80


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do, and why, in a sentence for the owner. `choices`: what to ask back for, two or three, best first."""

    outcome: Literal["answered", "clarified", "abstained"]
    why: str
    choices: list[Candidate] = field(default_factory=list)


def decide(
    candidates: Sequence[Candidate], configuration: Configuration, *, asked_back: Collection[int] = ()
) -> Decision:
    """Answer where the best candidate's confidence reaches the threshold; else ask back or abstain.

    Asked back is where two or three close candidates reach the threshold together, but not once more for what
    `asked_back` (chunk ids) offered a moment ago.
    """
    threshold = configuration.threshold
    if not candidates:
        return Decision("abstained", "Nothing in the knowledge has anything to do with this question.")
    best = candidates[0]
    if best.confidence >= threshold:
        why = f"“{best.title}” reached {best.confidence:.2f}, the threshold is {threshold:.2f}."
        return Decision("answered", why)
    why = f"The best was “{best.title}” with {best.confidence:.2f}, under the threshold of {threshold:.2f}."
    choices = _find_choices(candidates, threshold) if configuration.clarify else []
    if not choices:
        return Decision("abstained", why)
    if {one.chunk_id for one in choices} <= set(asked_back):
        return Decision("abstained", f"{why} The visitor was asked back for the same a moment ago.")
    together = sum(one.confidence for one in choices)
    return Decision("clarified", f"{why} The {len(choices)} best together reached {together:.2f}.", choices)


def count_choices(confidences: Sequence[float], *, threshold: float) -> int:
    """How many of the best (`confidences` in falling order) to offer as choices: 2, 3, or 0 for none.

    The least number that reaches the threshold together, of those that are close to the best.
    """
    if not confidences or not NEAR * threshold <= confidences[0] < threshold:
        return 0
    together = 0.0
    for count, confidence in enumerate(confidences[:MOST_CHOICES], 1):
        if confidence < CLOSE * confidences[0]:
            return 0
        together += confidence
        if together >= threshold and count > 1:
            return count
    return 0


def make_choice_buttons(choices: Sequence[Candidate], *, none_title: str) -> dict[str, Any]:
    """The buttons that ask back, as a message's part: one an entry, and a way out."""
    buttons = [{"id": f"{ANSWER_PREFIX}{one.chunk_id}", "title": shorten_title(one.title)} for one in choices]
    return {"type": "buttons", "buttons": [*buttons, {"id": NONE, "title": none_title}]}


def shorten_title(title: str) -> str:
    """A title as it fits on a button."""
    title = " ".join(title.split())
    return title if len(title) <= TITLE_CHARACTERS else f"{title[: TITLE_CHARACTERS - 1].rstrip()}…"


def _find_choices(candidates: Sequence[Candidate], threshold: float) -> list[Candidate]:
    """Of several candidates under one title, which no visitor could tell apart, the best stands for all."""
    titles: dict[str, Candidate] = {}
    for candidate in candidates:
        titles.setdefault(shorten_title(candidate.title).casefold(), candidate)
    known = [one for title, one in titles.items() if title]
    return known[: count_choices([one.confidence for one in known], threshold=threshold)]
