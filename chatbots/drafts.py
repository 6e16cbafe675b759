"""The draft beside what is published: saving forms into it, and naming where the two differ."""

from dataclasses import dataclass

from chatbots.actions.edit_bot import edit_bot
from chatbots.configuration import FIELDS, draft_configuration, draft_fingerprint, version_configuration
from chatbots.forms.bot import DraftForm
from chatbots.models import Chatbot
from core.errors import Invalid

WORDS = {
    "name": "name",
    "greeting": "greeting",
    "instructions": "instructions",
    "suggested_questions": "suggested questions",
    "appearance": "appearance",
    "handoff": "handoff",
    "allowed_domains": "allowed domains",
    "languages": "languages",
    "threshold": "threshold",
    "model": "language model",
    "clarify": "asking back",
    "rules": "rules",
    "opening_hours": "opening hours",
    "menu": "menu",
}


@dataclass(frozen=True, slots=True)
class PublishState:
    """`version` 0: never published. `differences`: what of the draft visitors do not have yet, in words."""

    version: int
    differences: list[str]

    @property
    def is_current(self) -> bool:
        return self.version > 0 and not self.differences


def describe_publish_state(chatbot: Chatbot) -> PublishState:
    """Compares the draft with the published version."""
    version = chatbot.published
    if version is None:
        return PublishState(version=0, differences=[])
    if version.fingerprint == draft_fingerprint(chatbot):
        return PublishState(version=version.number, differences=[])
    draft, live = draft_configuration(chatbot), version_configuration(version)
    differences = [WORDS[name] for name in FIELDS if getattr(draft, name) != getattr(live, name)]
    if chatbot.knowledge_revision != version.knowledge_revision:
        differences.append("knowledge")
    return PublishState(version=version.number, differences=differences or ["details"])


def save_draft_form(*, chatbot: Chatbot, form: DraftForm) -> bool:
    """Save the valid fields of a bound form; the others get their errors. Returns whether all were saved."""
    form.is_valid()
    changes = form.changes()
    try:
        if changes:
            edit_bot(chatbot=chatbot, changes=changes)
    except Invalid as error:
        chatbot.refresh_from_db()
        rest = _note_faults(form, error)
        if rest:
            edit_bot(chatbot=chatbot, changes=rest)
    return not form.errors


def _note_faults(form: DraftForm, error: Invalid) -> dict[str, object]:
    """Put the faults at their fields; returns the changes that the others ask for."""
    for name, sentence in error.fields.items():
        form.note_fault(name, sentence)
    return form.changes()
