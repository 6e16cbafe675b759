"""The demo: two organisations with people, bots and knowledge, loaded at the first start on a loopback address."""

import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from chatbots.access import access_chatbots
from chatbots.actions.edit_bot import create_bot, edit_bot
from chatbots.actions.out_of_scope import KIND, TITLE
from chatbots.actions.publish_bot import publish_bot
from chatbots.knowledge.importing import import_file, import_source
from chatbots.models import Chatbot
from core.errors import Forbidden
from organisations.access import access_demo_users
from organisations.actions.demo_people import make_demo_people
from organisations.models import Membership

KNOWLEDGE = Path(settings.BASE_DIR) / "demo" / "knowledge"
ORGANISATIONS = {"demo": "Juniper & Bean", "other": "Northwind Outdoor"}
PEOPLE = {
    "demo": [
        ("owner@demo.test", "Ada Owner", "owner"),
        ("agent@demo.test", "Mia Agent", "agent"),
        ("agent2@demo.test", "Ben Agent", "agent"),
        ("supervisor@demo.test", "Sam Supervisor", "supervisor"),
    ],
    "other": [("owner@other.test", "Olga Owner", "owner")],
}
SHOP = {
    "greeting": "Hello, and welcome to Juniper & Bean. Ask me about coffee, grinders, delivery or your order.",
    "suggested_questions": [
        "How long does delivery take?",
        "Which grinder do I need for espresso?",
        "Can I return opened coffee?",
    ],
}
SHOP_FILES = [
    "shop.csv",
    "brewing-guide.md",
    "grinder-guide.md",
    "storing-coffee.html",
    "kettle-manual.pdf",
    "growers.docx",
]
OTHER_SHOP = {"greeting": "Hello from Northwind Outdoor. Ask me about tents, boots or your order."}
BOTS: dict[str, tuple[str, str, dict[str, Any], list[str]]] = {
    "demo": ("shop", "Juniper", SHOP, SHOP_FILES),
    "other": ("other-shop", "Nora", OTHER_SHOP, ["other-shop.csv"]),
}


def read_demo_password() -> str:
    """DEMO_PASSWORD, else the one made up at the first start and kept beside the data."""
    if settings.DEMO_PASSWORD:
        return str(settings.DEMO_PASSWORD)
    path = settings.PARLEY_DATA / "demo_password"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(9))
    return path.read_text().strip()


def load_demo() -> bool:
    """Make what is missing of the demo; returns whether anything was made.

    Raises:
        Forbidden: the server is reached from elsewhere; demo accounts exist on a loopback address only.
    """
    if not settings.LOOPBACK:
        raise Forbidden("The demo is loaded on a loopback address only: its passwords are printed.")
    password = read_demo_password()
    made = False
    for slug, name in ORGANISATIONS.items():
        with transaction.atomic():
            owner, fresh = make_demo_people(slug=slug, name=name, people=PEOPLE[slug], password=password)
        made |= fresh | _load_bot(owner)
    return made


def switch_demo_accounts() -> None:
    """Demo accounts work on a loopback address only, whatever the database was used for before."""
    access_demo_users().exclude(is_active=settings.LOOPBACK).update(is_active=settings.LOOPBACK)


def _load_bot(owner: Membership) -> bool:
    slug, name, fields, files = BOTS[owner.organisation.slug]
    chatbot = access_chatbots(owner).filter(slug=slug).first()
    if chatbot is not None and chatbot.published is not None:
        return False
    if chatbot is None:
        chatbot = edit_bot(
            chatbot=create_bot(organisation=owner.organisation, name=name, slug=slug), changes=fields
        )
    _load_knowledge(chatbot, files)
    publish_bot(chatbot=chatbot, author=owner.user, note="The demo as it comes.")
    return True


def _load_knowledge(chatbot: Chatbot, files: list[str]) -> None:
    # First, so that what is imported afterwards learns from it where the bot's trade ends.
    examples = KNOWLEDGE / f"{chatbot.slug}-not-to-answer.txt"
    if examples.exists():
        import_source(chatbot=chatbot, title=TITLE, kind=KIND, path=examples)
    for file in files:
        import_file(chatbot=chatbot, path=KNOWLEDGE / file)
