"""What goes into the engine and what comes out of it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chatbots.configuration import Configuration
from chatbots.llm.base import Generation

State = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """One message to the bot. `choice` is the id of the button that was pressed, "" where the visitor typed; `question`
    is the text, a button's title where one was pressed. `state` is the conversation's (see state.py).
    """

    question: str
    choice: str
    state: State
    configuration: Configuration
    now: datetime
    model: str = ""


@dataclass(slots=True)
class Reply:
    """What the bot says. `outcome` as in models.TurnOutcome; `trace` as in models.Turn, its shape in trace.py.

    `state` is what the conversation's becomes with it, None where it stays as it is. `rule` names the owner's rule that
    led here, "" for none, and `reason` is what an agent is told where a person is fetched.

    With a `generation`, a language model is to say it (`speak` in answering.py): its words take the place of `text`, and
    `generated_citations` that of `citations`. Where it says nothing, `text` with `citations` is what the bot answers by
    itself. `passages` are those that the model is given, as citations, in the order of their numbers; `abstention` is
    what the bot says when the model finds no answer in them, and `fallback` what a rule says when its provider fails.
    """

    outcome: str
    text: str
    parts: list[dict[str, Any]] = field(default_factory=list)
    citations: list[dict[str, Any]] = field(default_factory=list)
    trace: dict[str, Any] = field(default_factory=dict)
    sender_name: str = ""
    state: State | None = None
    rule: str = ""
    reason: str = ""
    generation: Generation | None = None
    generated_citations: list[dict[str, Any]] = field(default_factory=list)
    passages: list[dict[str, Any]] = field(default_factory=list)
    abstention: "Reply | None" = None
    fallback: "Reply | None" = None

    def become(self, other: "Reply", *, why: str) -> None:
        """Say what `other` says instead, in place: whoever runs the turn holds on to this reply. The trace stays, and
        tells of it.
        """
        self.outcome, self.text, self.parts, self.citations = (
            other.outcome,
            other.text,
            other.parts,
            other.citations,
        )
        self.state, self.rule, self.reason = other.state, other.rule, other.reason
        self.generated_citations = []
        self.trace |= {"decision": self.outcome, "why": why, "rule": self.rule}
