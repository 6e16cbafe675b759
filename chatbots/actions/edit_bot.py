"""Making a bot and changing its draft."""

import re
import shutil
from functools import partial
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.text import slugify

from chatbots.llm.choices import check_model
from chatbots.menus.checks import check_menu
from chatbots.models import Chatbot
from chatbots.rules.checks import check_opening_hours, check_rules, keep_in_step
from conversations.writer.checks import check_text
from core.errors import Conflict, Invalid
from organisations.models import Organisation

EDITABLE = (
    "name", "greeting", "instructions", "suggested_questions", "appearance", "handoff", "allowed_domains", "languages",
    "threshold", "model", "clarify", "rules", "opening_hours", "menu",
)  # fmt: skip
COLOUR = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)
DOMAIN = re.compile(
    r"\*|(\*\.)?([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?(:\d{1,5})?", re.IGNORECASE
)
# /bots/new/ is a page of its own.
RESERVED = {"new"}
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
ADDRESS = re.compile(r"((https://|/)[^\s\x00-\x1f\x7f\ud800-\udfff]{0,490})?")
MOST_DOMAINS, MOST_LANGUAGES = 100, 50
CHOICES = {"position": {"left", "right"}, "theme": {"auto", "light", "dark"}}


def create_bot(
    *, organisation: Organisation, name: str, slug: str = "", fields: dict[str, Any] | None = None
) -> Chatbot:
    """Make a bot with an empty knowledge; `fields` as in `edit_bot`. An empty `slug` is made from the name.

    Raises:
        Invalid: no name, no usable slug, or a field that cannot be; nothing is made. Conflict: the organisation has a
        bot of that slug.
    """
    check_text(name, field="name", limit=80)
    wanted = slug or slugify(name)[:60] or "bot"
    if wanted in RESERVED:
        raise Conflict(f"{wanted!r} cannot be a short name. Choose another.")
    chatbot = Chatbot(organisation=organisation, name=name.strip(), slug=wanted)
    try:
        chatbot.full_clean(validate_unique=False, validate_constraints=False)
        with transaction.atomic():
            chatbot.save(force_insert=True)
            if fields:
                edit_bot(chatbot=chatbot, changes=fields)
    except ValidationError as error:
        raise Invalid("That bot cannot be made so.", fields=_sentences(error)) from error
    except IntegrityError as error:
        raise Conflict(f"There is a bot {wanted!r} already. Choose another short name.") from error
    return chatbot


def edit_bot(*, chatbot: Chatbot, changes: dict[str, Any]) -> Chatbot:
    """Change fields of the draft; the published version stays as it is.

    Another first language is another way of reading the knowledge, and so a new revision of it.

    Raises:
        Invalid: a field that cannot be changed or a value that cannot be; all of them named, nothing saved.
    """
    unknown = changes.keys() - set(EDITABLE)
    if unknown:
        raise Invalid(fields=dict.fromkeys(sorted(unknown), "This cannot be changed."))
    changes = keep_in_step(changes=changes, when_unsure=chatbot.when_unsure)
    faults: dict[str, str] = {}
    language = chatbot.languages[:1]
    for name, value in changes.items():
        try:
            setattr(chatbot, name, CHECKS[name](chatbot, value) if name in CHECKS else value)
        except Invalid as error:
            faults |= error.fields or {name: error.detail}
    try:
        chatbot.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        faults = _sentences(error) | faults
    if faults:
        raise Invalid("Some of that cannot be saved. See each field.", fields=faults)
    chatbot.save(update_fields=[*changes, "updated_at"])
    if chatbot.languages[:1] != language:
        Chatbot.objects.filter(pk=chatbot.pk).update(knowledge_revision=F("knowledge_revision") + 1)
        chatbot.refresh_from_db(fields=["knowledge_revision"])
    return chatbot


def delete_bot(*, chatbot: Chatbot) -> None:
    """Delete a bot with its knowledge, versions and conversations, and after the commit its files."""
    folders = [settings.PARLEY_DATA / name / str(chatbot.pk) for name in ("indexes", "uploads")]
    with transaction.atomic():
        chatbot.conversations.all().delete()
        chatbot.delete()
        for folder in folders:
            transaction.on_commit(partial(shutil.rmtree, folder, ignore_errors=True))


def _check_name(_: Chatbot, value: Any) -> str:
    return check_text(_string(value, "name"), field="name", limit=80).strip()


def _check_greeting(_: Chatbot, value: Any) -> str:
    return check_text(_string(value, "greeting"), field="greeting", limit=500, required=False)


def _check_instructions(_: Chatbot, value: Any) -> str:
    return check_text(_string(value, "instructions"), field="instructions", limit=8_000, required=False)


def _check_threshold(_: Chatbot, value: Any) -> float:
    try:
        threshold = float(value)
    except (TypeError, ValueError, OverflowError):
        threshold = -1.0
    if isinstance(value, bool) or not 0.0 <= threshold <= 1.0:
        raise Invalid(fields={"threshold": "Choose a number from 0 to 1."})
    return threshold


def _check_model(chatbot: Chatbot, value: Any) -> str:
    """A choice made before stays good, also when its model is not offered any more: the bot answers by itself then."""
    if value == chatbot.model:
        return chatbot.model
    return check_model(value, organisation_id=chatbot.organisation_id)


def _check_clarify(_: Chatbot, value: Any) -> bool:
    if not isinstance(value, bool):
        raise Invalid(fields={"clarify": "Choose true or false."})
    return value


def _check_rules(_: Chatbot, value: Any) -> list[dict[str, Any]]:
    return check_rules(value)


def _check_opening_hours(_: Chatbot, value: Any) -> dict[str, Any]:
    return check_opening_hours(value)


def _check_menu(_: Chatbot, value: Any) -> dict[str, Any]:
    return check_menu(value)


def _check_questions(_: Chatbot, value: Any) -> list[str]:
    questions = [question.strip() for question in _strings(value, "suggested_questions") if question.strip()]
    if len(questions) > 6 or any(len(question) > 120 for question in questions):
        raise Invalid(fields={"suggested_questions": "At most six, of at most 120 characters each."})
    return [check_text(question, field="suggested_questions") for question in questions]


def _check_domains(_: Chatbot, value: Any) -> list[str]:
    domains = [domain.strip().lower() for domain in _strings(value, "allowed_domains") if domain.strip()]
    if len(domains) > MOST_DOMAINS:
        raise Invalid(fields={"allowed_domains": f"At most {MOST_DOMAINS} domains."})
    for domain in domains:
        if len(domain) > 259 or not DOMAIN.fullmatch(domain):
            raise Invalid(
                fields={"allowed_domains": f"{domain[:60]!r} is no domain. Write it like shop.example.com."}
            )
    return list(dict.fromkeys(domains))


def _check_languages(_: Chatbot, value: Any) -> list[str]:
    languages = _strings(value, "languages")
    if not languages or not all(len(name) <= 35 and LANGUAGE.fullmatch(name) for name in languages):
        raise Invalid(fields={"languages": "Name at least one language, like en or pt-BR."})
    if len(languages) > MOST_LANGUAGES:
        raise Invalid(fields={"languages": f"At most {MOST_LANGUAGES} languages."})
    return list(dict.fromkeys(languages))


def _check_appearance(chatbot: Chatbot, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Invalid(fields={"appearance": "This takes an object."})
    for name, entry in value.items():
        fault = _find_appearance_fault(name, entry)
        if fault:
            raise Invalid(fields={f"appearance.{name}"[:60]: fault})
    return {**(chatbot.appearance or {}), **value}


def _find_appearance_fault(name: str, entry: Any) -> str:
    if name in ("primary", "on_primary"):
        return "" if isinstance(entry, str) and COLOUR.fullmatch(entry) else "Give a colour like #1f6f5c."
    if name in CHOICES:
        fits = isinstance(entry, str) and entry in CHOICES[name]
        return "" if fits else f"Choose one of {', '.join(sorted(CHOICES[name]))}."
    if name == "avatar_url":
        written = isinstance(entry, str) and ADDRESS.fullmatch(entry)
        return "" if written else "Give an address that begins with https://."
    return "There is no such setting."


def _check_handoff(chatbot: Chatbot, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Invalid(fields={"handoff": "This takes an object."})
    if value.get("when_unsure", "hand_off") not in ("hand_off", "offer"):
        raise Invalid(fields={"handoff.when_unsure": "Choose hand_off or offer."})
    if not isinstance(value.get("offer_button", True), bool):
        raise Invalid(fields={"handoff.offer_button": "Choose true or false."})
    unknown = value.keys() - {"when_unsure", "offer_button"}
    if unknown:
        raise Invalid(fields={f"handoff.{min(unknown)}"[:60]: "There is no such setting."})
    return {**(chatbot.handoff or {}), **value}


CHECKS = {
    "name": _check_name,
    "greeting": _check_greeting,
    "instructions": _check_instructions,
    "threshold": _check_threshold,
    "model": _check_model,
    "suggested_questions": _check_questions,
    "allowed_domains": _check_domains,
    "languages": _check_languages,
    "appearance": _check_appearance,
    "handoff": _check_handoff,
    "clarify": _check_clarify,
    "rules": _check_rules,
    "opening_hours": _check_opening_hours,
    "menu": _check_menu,
}


def _string(value: Any, field: str) -> str:
    if not isinstance(value, str):
        raise Invalid(fields={field: "This takes text."})
    return value


def _strings(value: Any, field: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        raise Invalid(fields={field: "This takes a list of texts."})
    return value


def _sentences(error: ValidationError) -> dict[str, str]:
    return {name: " ".join(messages) for name, messages in error.message_dict.items()}
