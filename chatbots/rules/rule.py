"""A rule that fired, and what is noted of those that did not."""

from dataclasses import dataclass, field
from typing import Any

# The outcome of a turn in which a rule spoke; of an answer it depends on whether the visitor was helped by it.
TURN_OUTCOMES = {"answer": "answered", "offer": "abstained", "hand_off": "handed_off"}
NO_HELP = {"repeated_abstention", "cannot_help", "thumbs_down", "opening_hours"}


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that fired.

    `outcome`: `answer` (say `text`), `offer` (say it with the button that fetches a person) or `hand_off` (say it and
    fetch one). `text` is what the visitor reads, `why` a sentence for the owner. `number`: its place in the owner's list,
    from 1. Outside the opening hours `name` is `opening_hours`, and `cause` the rule that would have handed off.
    An `answer` of `provider_failed` has no text: what the bot found by itself is the answer.
    """

    name: str
    outcome: str
    text: str
    why: str
    number: int = 0
    cause: str = ""

    @property
    def turn_outcome(self) -> str:
        """As in models.TurnOutcome."""
        return (
            "abstained" if self.outcome == "answer" and self.name in NO_HELP else TURN_OUTCOMES[self.outcome]
        )


@dataclass(frozen=True, slots=True)
class Weighed:
    """`rule`: what fired, or None. `notes`: every rule that looked, as `{number, name, on, matched, fired, why}`."""

    rule: Rule | None
    notes: list[dict[str, Any]] = field(default_factory=list)
