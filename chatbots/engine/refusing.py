"""What the bot says and does by a rule: answer with the owner's words, offer a person, or fetch one at once."""

from typing import Any, Literal

from chatbots.engine.phrases import say
from chatbots.engine.shapes import Asked, Reply, State
from chatbots.engine.state import after_abstention, after_answer
from chatbots.rules.matching import Rule

OFFER_ID = "request_agent"
REASON_ASKED = "The visitor asked for a person."
REASON_UNSURE = "The bot had no answer."
# The visitor wants a person, rather than that the bot does not know.
WISHES = ("asked_for_person", "keywords", "agent_mode")


def make_offer_part(asked: Asked) -> dict[str, Any]:
    """The button that fetches a person, as a message's part."""
    return {
        "type": "buttons",
        "buttons": [{"id": OFFER_ID, "title": say(asked.configuration, "offer_button")}],
    }


def abstain(
    asked: Asked, *, event: Literal["abstained", "provider_failed"] = "abstained"
) -> tuple[Reply, Rule]:
    """What the bot does that does not know, and the rule by which: the owner's, else its way of helping out."""
    state = after_abstention(asked.state)
    found: Rule | None = None
    offers = asked.configuration.handoff["when_unsure"] == "offer"
    rule = found or Rule("when_unsure", "offer" if offers else "hand_off", "", "")
    return follow_rule(asked, rule, state)


def fall_back(asked: Asked) -> Reply | None:
    """What the owner's rule says where a model's provider fails; None without one: the bot answers by itself."""
    rule: Rule | None = None
    return None if rule is None else follow_rule(asked, rule, after_answer(asked.state))[0]


def follow_rule(asked: Asked, rule: Rule, state: State) -> tuple[Reply, Rule]:
    """The reply that a rule leads to, and the rule as it was followed: outside the opening hours, nobody is fetched."""
    wished = rule
    name = "" if rule.name == "when_unsure" else rule.name
    if rule.outcome in ("hand_off", "handed_off"):
        reason = rule.why if rule.name in WISHES and rule.why else REASON_UNSURE
        text = rule.text or say(asked.configuration, "asked" if rule.name in WISHES else "hand_off")
        return Reply("handed_off", text, state=after_answer(state), rule=name, reason=reason), rule
    if rule.outcome == "offer":
        text = rule.text or say(asked.configuration, "offer")
        return Reply("abstained", text, parts=[make_offer_part(asked)], state=state, rule=name), rule
    helped = wished is rule and rule.name in ("greeting", "thanks", "keywords")
    return Reply("answered" if helped else "abstained", rule.text, state=state, rule=name), rule
