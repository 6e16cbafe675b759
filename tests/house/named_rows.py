"""What a stranger could name in a body or a query rather than in the address: the isolation tests try each."""

from collections.abc import Callable
from typing import Any

from tests.house.world import NO_SLUG, NOBODY, World

# Rows that are named in a body rather than in the address: (method, address, acme's body, a body that names nothing).
Body = Callable[[World], dict[str, Any]]
BODIES: list[tuple[str, str, Body, dict[str, Any]]] = [
    (
        "post",
        "/api/v1/evaluations/",
        lambda world: {"chatbot": world.cast.acme.bot.slug, "text": "question,expect\nWell?,abstain"},
        {"chatbot": NO_SLUG, "text": "question,expect\nWell?,abstain"},
    ),
    (
        "post",
        "/api/v1/handoffs/",
        lambda world: {"session_id": str(world.closed_book.pk)},
        {"session_id": str(NOBODY)},
    ),
    (
        "post",
        "/api/v1/test-sessions/",
        lambda world: {"chatbot": world.cast.acme.bot.slug},
        {"chatbot": NO_SLUG},
    ),
]

# Rows that are named in the query: (address with acme's, address with nothing's).
Query = Callable[[World], str]
QUERIES: list[tuple[Query, str]] = [
    (
        lambda world: f"/api/v1/knowledge/?chatbot={world.cast.acme.bot.slug}",
        f"/api/v1/knowledge/?chatbot={NO_SLUG}",
    ),
    (
        lambda world: f"/api/v1/knowledge/search/?chatbot={world.cast.acme.bot.slug}&q=Returns",
        f"/api/v1/knowledge/search/?chatbot={NO_SLUG}&q=Returns",
    ),
    (
        lambda world: f"/api/v1/evaluations/?chatbot={world.cast.acme.bot.slug}",
        f"/api/v1/evaluations/?chatbot={NO_SLUG}",
    ),
    (
        lambda world: f"/embed/frame/{world.cast.acme.bot.public_id}/?test=1",
        "/embed/frame/0000000000000000/?test=1",
    ),
]
