"""What the bot does by a rule: answer with the owner's words, offer a person, or fetch one at once."""

from typing import Any

from chatbots.configuration import Configuration
from chatbots.engine.shapes import Asked, Reply, State
from chatbots.engine.state import after_abstention, after_answer
from chatbots.rules.matching import adjust_for_hours, weigh_rules
from chatbots.rules.rule import Rule, Weighed
from chatbots.rules.texts import say

OFFER_ID = "request_agent"
REASON_ASKED = "The visitor asked for a person."
REASON_UNSURE = "The bot had no answer."
REASON_PROVIDER = "The bot could not answer just now."
# Why a person is fetched, for the agent. A keyword's reason names the word.
REASONS = {"asked_for_person": REASON_ASKED, "provider_failed": REASON_PROVIDER}


def make_offer_part(configuration: Configuration) -> dict[str, Any]:
    """The button that fetches a person, as a message's part."""
    return {"type": "buttons", "buttons": [{"id": OFFER_ID, "title": say("offer_button", configuration)}]}


def weigh(asked: Asked, event: str, state: State) -> Weighed:
    """The owner's rules for an event of this message."""
    return weigh_rules(
        event=event, question=asked.question, state=state, configuration=asked.configuration, now=asked.now
    )


def abstain(asked: Asked) -> tuple[Reply, Weighed]:
    """What the bot does that does not know, by the owner's rules, and what those made of it."""
    state = after_abstention(asked.state)
    weighed = weigh(asked, "abstained", state)
    if weighed.rule is None:
        raise ValueError("there is always a rule for what a bot cannot answer")
    return follow_rule(asked, weighed.rule, state), weighed


def fall_back(asked: Asked) -> Reply | None:
    """What the owner's rule says where a model's provider fails; None: the bot answers by itself."""
    rule = weigh(asked, "provider_failed", asked.state).rule
    return None if rule is None or not rule.text else follow_rule(asked, rule, after_answer(asked.state))


def fetch_person(asked: Asked, *, name: str, text: str, why: str, state: State) -> tuple[Reply, Rule]:
    """A hand-off that no rule asks for (the button, a menu); outside the opening hours what the owner chose for then."""
    text = text or say("asked_for_person.hand_off", asked.configuration)
    rule = adjust_for_hours(
        Rule(name, "hand_off", text, why), configuration=asked.configuration, now=asked.now
    )
    return follow_rule(asked, rule, state, reason=why), rule


def follow_rule(asked: Asked, rule: Rule, state: State, *, reason: str = "") -> Reply:
    """The reply that a rule leads to; `state` is what the conversation's becomes with it, `reason` what agents are told."""
    cause = rule.cause or rule.name
    if rule.outcome == "hand_off":
        reason = reason or REASONS.get(cause) or (rule.why if rule.name == "keywords" else REASON_UNSURE)
        return Reply(rule.turn_outcome, rule.text, state=after_answer(state), rule=rule.name, reason=reason)
    parts = [make_offer_part(asked.configuration)] if rule.outcome == "offer" else []
    return Reply(rule.turn_outcome, rule.text, parts=parts, state=state, rule=rule.name)
