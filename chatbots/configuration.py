"""What decides how a bot looks and answers: the draft's or a published version's, in one shape."""

import hashlib
from dataclasses import asdict, dataclass, field
from typing import Any

import msgspec

from chatbots.menus.walking import show_first_menu
from chatbots.models import BotVersion, Chatbot

DEFAULT_APPEARANCE: dict[str, str] = {
    "primary": "#1f6f5c",
    "on_primary": "#ffffff",
    "position": "right",
    "avatar_url": "",
    "theme": "auto",
}
DEFAULT_HANDOFF: dict[str, Any] = {"when_unsure": "hand_off", "offer_button": True}


@dataclass(frozen=True, slots=True)
class Configuration:
    """Everything that can change an answer or a look, the knowledge apart. `threshold` 0..1, `model` "": none."""

    name: str
    greeting: str = ""
    instructions: str = ""
    suggested_questions: list[str] = field(default_factory=list)
    appearance: dict[str, Any] = field(default_factory=dict)
    handoff: dict[str, Any] = field(default_factory=dict)
    allowed_domains: list[str] = field(default_factory=list)
    languages: list[str] = field(default_factory=lambda: ["en"])
    threshold: float = 0.5
    model: str = ""
    clarify: bool = True
    rules: list[dict[str, Any]] = field(default_factory=list)
    opening_hours: dict[str, Any] = field(default_factory=dict)
    menu: dict[str, Any] = field(default_factory=dict)


# Fields that came after the first versions were published, with what they mean where nobody has set them.
LATER: dict[str, Any] = {"model": "", "clarify": True, "rules": [], "opening_hours": {}, "menu": {}}
FIELDS = tuple(Configuration.__dataclass_fields__)


def draft_configuration(chatbot: Chatbot) -> Configuration:
    """The draft as it stands."""
    return _complete({name: getattr(chatbot, name) for name in FIELDS})


def version_configuration(version: BotVersion) -> Configuration:
    """What a version froze; fields that came later have their defaults."""
    return complete_configuration(version.configuration)


def complete_configuration(data: dict[str, Any]) -> Configuration:
    """What `configuration_data` made, also long ago."""
    return _complete({name: value for name, value in data.items() if name in FIELDS})


def configuration_data(configuration: Configuration) -> dict[str, Any]:
    """For storing in a version."""
    return asdict(configuration)


def public_configuration(*, chatbot: Chatbot, configuration: Configuration) -> dict[str, Any]:
    """The part that a visitor's browser may see."""
    return {
        "name": configuration.name,
        "slug": chatbot.slug,
        "public_id": chatbot.public_id,
        "greeting": configuration.greeting,
        "appearance": configuration.appearance,
        "languages": configuration.languages,
        "suggested_questions": configuration.suggested_questions,
        "handoff": {"offer_button": bool(configuration.handoff["offer_button"])},
        "menu": show_first_menu(configuration.menu, languages=configuration.languages),
    }


def make_fingerprint(*, chatbot: Chatbot, configuration: Configuration, knowledge_revision: int) -> str:
    """SHA-256 over all that can change an answer or a look. Chunks never change, so a revision's number stands for it.

    Fields that came later count once they are used: what was published before them is still what it was.
    """
    fields = asdict(configuration).items()
    values = {name: value for name, value in fields if name not in LATER or value != LATER[name]}
    data = {"bot": chatbot.public_id, "knowledge": knowledge_revision, "configuration": values}
    return hashlib.sha256(msgspec.json.encode(data, order="deterministic")).hexdigest()


def draft_fingerprint(chatbot: Chatbot) -> str:
    """The fingerprint under which the draft would be published now."""
    configuration = draft_configuration(chatbot)
    return make_fingerprint(
        chatbot=chatbot, configuration=configuration, knowledge_revision=chatbot.knowledge_revision
    )


def _complete(values: dict[str, Any]) -> Configuration:
    values["appearance"] = DEFAULT_APPEARANCE | (values.get("appearance") or {})
    values["handoff"] = DEFAULT_HANDOFF | (values.get("handoff") or {})
    values["languages"] = values.get("languages") or ["en"]
    return Configuration(**values)
