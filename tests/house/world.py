"""Everything that acme owns, and what stands for nothing at all: the isolation tests compare answers about both."""

import json
import re
import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from django.apps import apps
from django.core import serializers

from chatbots.actions.out_of_scope import access_out_of_scope, add_out_of_scope
from chatbots.models import (
    Chatbot,
    EvaluationResult,
    EvaluationRun,
    KnowledgeChunk,
    KnowledgeSource,
    ProviderAccount,
)
from conversations.models import Conversation, Message, Turn, Visitor
from handoff.models import HandoffSession
from organisations.models import Invitation, Organisation
from tests.cast import Cast, Tenant, make_conversation, make_visitor
from testsessions.models import TestSession

NOBODY = uuid.UUID("00000000-0000-4000-8000-00000000dead")
NO_NUMBER = 987_654_321
NO_SLUG = "no-such-thing"
FAR_AWAY = datetime(2100, 1, 1, tzinfo=UTC)


@dataclass
class World:
    """acme's rows: a conversation of each kind, what hangs on them, and a second visitor of the same bot."""

    cast: Cast
    visitor: Visitor
    neighbour: Visitor
    waiting: Conversation
    active: Conversation
    closed_book: Conversation
    waiting_handoff: HandoffSession
    active_handoff: HandoffSession
    source: KnowledgeSource
    turn: Turn
    test_session: TestSession
    invitation: Invitation
    account: ProviderAccount
    run: EvaluationRun
    example: KnowledgeChunk
    reply: Message

    @property
    def secret(self) -> str:
        return secret_of(self.cast)

    @property
    def acme(self) -> Organisation:
        return self.cast.acme.organisation

    def fingerprint(self) -> str:
        """All of acme's rows as text: equal before and after means that nothing was touched."""
        rows: list[Any] = [self.acme]
        for model in apps.get_models():
            names = {field.name for field in model._meta.get_fields()}
            if "organisation" in names:
                rows += model._default_manager.filter(organisation=self.acme).order_by("pk")
        return str(serializers.serialize("json", rows))

    def marks(self) -> list[str]:
        """Words and ids that nobody outside acme may be shown."""
        ids = [
            self.waiting.pk,
            self.active.pk,
            self.closed_book.pk,
            self.waiting_handoff.pk,
            self.active_handoff.pk,
        ]
        people = [user.email for user in self.cast.acme.people.values()] + [self.invitation.email]
        return [
            self.secret,
            self.visitor.name,
            self.cast.acme.bot.name,
            self.cast.acme.bot.slug,
            *people,
            *map(str, ids),
        ]


def secret_of(cast: Cast) -> str:
    return f"Secret words of {cast.acme.organisation.name}"


def swap(cast: Cast) -> Cast:
    """The same people with rival's world in the place of acme's."""
    return replace(cast, acme=cast.rival, rival=cast.acme)


def make_world(cast: Cast) -> World:
    acme, secret = cast.acme, secret_of(cast)
    visitor = make_visitor(acme.bot, name=f"Vera of {acme.organisation.name}")
    waiting = make_conversation(visitor, secret, handoff=True)
    active = make_conversation(visitor, secret, agent=acme.agent)
    add_out_of_scope(chatbot=acme.bot, questions=[secret])
    acme.bot.refresh_from_db()
    turn = make_turn(active, secret=secret)
    return World(
        cast=cast,
        visitor=visitor,
        neighbour=make_visitor(acme.bot, name="Another Visitor"),
        waiting=waiting,
        active=active,
        closed_book=make_conversation(visitor, secret),
        waiting_handoff=HandoffSession.objects.get(conversation=waiting),
        active_handoff=HandoffSession.objects.get(conversation=active),
        source=KnowledgeSource.objects.get(chatbot=acme.bot, kind="faq"),
        turn=turn,
        test_session=make_trial(acme, secret=secret),
        invitation=make_invitation(acme),
        account=make_account(acme, secret=secret),
        run=make_run(acme.bot, secret=secret),
        example=access_out_of_scope(acme.bot)[0],
        reply=make_reply_of(turn),
    )


def make_turn(conversation: Conversation, *, secret: str) -> Turn:
    return Turn.objects.create(
        organisation_id=conversation.organisation_id,
        conversation=conversation,
        question_seq=1,
        owner_version=0,
        state="complete",
        outcome="answered",
        lease_until=FAR_AWAY,
        trace={"question": secret},
    )


def make_reply_of(turn: Turn) -> Message:
    """A message of the conversation as if this turn had made it."""
    messages = Message.objects.filter(conversation=turn.conversation_id)
    message = messages.order_by("-seq")[0]
    messages.filter(pk=message.pk).update(turn_id=turn.pk)
    return message


def make_run(bot: Chatbot, *, secret: str) -> EvaluationRun:
    run = EvaluationRun.objects.create(
        organisation_id=bot.organisation_id,
        chatbot=bot,
        fingerprint="f" * 64,
        configuration={"name": bot.name},
        knowledge_revision=bot.knowledge_revision,
        name=secret,
        total=2,
        done=1,
        state="running",
    )
    EvaluationResult.objects.create(
        run=run, position=1, question=secret, expect=secret, outcome="answered", title=secret
    )
    return run


def make_trial(tenant: Tenant, *, secret: str) -> TestSession:
    return TestSession.objects.create(
        organisation=tenant.organisation,
        chatbot=tenant.bot,
        owner=tenant.owner,
        conversation=make_conversation(make_visitor(tenant.bot), secret),
        fingerprint="f" * 64,
        expires_at=FAR_AWAY,
    )


def make_invitation(tenant: Tenant) -> Invitation:
    slug = tenant.organisation.slug
    return Invitation.objects.create(
        organisation=tenant.organisation,
        email=f"invited@{slug}.test",
        digest=slug.ljust(64, "d"),
        invited_by=tenant.owner,
        expires_at=FAR_AWAY,
    )


def make_account(tenant: Tenant, *, secret: str) -> ProviderAccount:
    """Without a model, so that nobody is asked when it is tested."""
    return ProviderAccount.objects.create(
        organisation=tenant.organisation, name="acme-models", kind="openai", check_hint=secret
    )


CHANGES_EACH_TIME = [
    (re.compile(rb'nonce="[^"]*"'), b""),
    (re.compile(rb'name="csrfmiddlewaretoken" value="[^"]*"'), b""),
    (re.compile(rb'"?(x-csrftoken|csrf_?token)"?[:=]\s*"[^"]*"', re.IGNORECASE), b""),
]


def normalise(body: bytes, *named: object) -> bytes:
    """An answer without what differs from request to request, and without the name that was asked for."""
    for pattern, instead in CHANGES_EACH_TIME:
        body = pattern.sub(instead, body)
    for name in named:
        body = body.replace(str(name).encode(), b"THIS")
    return body


def same_frame(frame: dict[str, Any]) -> str:
    """An error frame without the client id that it answers."""
    return json.dumps({name: value for name, value in frame.items() if name != "client_id"}, sort_keys=True)
