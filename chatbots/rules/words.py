"""What the rules are called in the dashboard, and when each of them looks."""

from chatbots.rules.defaults import ABSTAINED, HAND_OFF, PROVIDER_FAILED, QUESTION, THUMBS_DOWN

TITLES = {
    "asked_for_person": "A visitor asks for a person",
    "keywords": "Certain words",
    "greeting": "They only say hello",
    "thanks": "They only say thanks",
    "repeated_abstention": "Several questions in a row without an answer",
    "cannot_help": "It cannot help",
    "thumbs_down": "A thumbs down",
    "provider_failed": "The language model fails",
    "opening_hours": "Nobody is there",
}
HELP = {
    "asked_for_person": "In their own words, in English, German, French, Spanish, Portuguese or Arabic.",
    "keywords": "One of these stands in what they write, as whole words. Capitals and accents do not matter.",
    "greeting": "“Hello”, “Guten Tag”, and nothing else.",
    "thanks": "“Thanks for your help”, “Merci”, and nothing else.",
    "repeated_abstention": "The bot has found nothing that it is sure of, time after time.",
    "cannot_help": "Nothing it found is sure enough. Switched off, it only says that it has no answer.",
    "thumbs_down": "A visitor marks a reply as no help.",
    "provider_failed": "It cannot be reached, takes too long, or its budget is spent.",
    "opening_hours": "Takes the place of a hand-off outside the opening hours below. {opens} becomes “on Monday at 9:00”.",
}
OUTCOMES = {"answer": "Say this", "offer": "Offer a person", "hand_off": "Fetch a person"}
OWN_OUTCOMES = {
    "provider_failed": {"answer": "Answer without it"},
    "opening_hours": {"hand_off": "Say this, and let them wait", "answer": "Say this; nobody waits"},
}
COUNTS = {"repeated_abstention": "From which one on", "thumbs_down": "From which one on"}
LOOKS = {
    QUESTION: "It looks at what visitors write.",
    ABSTAINED: "It looks when the bot has found no answer.",
    THUMBS_DOWN: "It looks when a visitor gives a thumbs down.",
    PROVIDER_FAILED: "It looks when a language model fails.",
    HAND_OFF: "It looks at hand-offs outside the opening hours.",
}


def word_outcome(name: str, outcome: str) -> str:
    """What an outcome is called for a rule of that kind."""
    return OWN_OUTCOMES.get(name, {}).get(outcome) or OUTCOMES[outcome]
