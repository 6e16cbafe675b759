"""The people of the tests: two tenants that must never meet, and strangers."""

import uuid
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from chatbots.actions.edit_bot import create_bot
from chatbots.actions.publish_bot import publish_bot
from chatbots.models import Chatbot, KnowledgeChunk, KnowledgeSource
from conversations.actions.post_message import post_messages_in_transaction
from conversations.models import Conversation, Visitor
from conversations.writer.items import NewMessage, OpenConversation
from core.tokens import issue_signed_token
from handoff.actions.accept_handoff import accept_handoff
from handoff.actions.request_handoff import request_handoff
from organisations.actions.organisations import add_member, create_organisation
from organisations.api_tokens import issue_api_token
from organisations.models import Membership, Organisation, Role, User

PASSWORD = "a password for tests"
# title -> (question variants, answer)
KNOWLEDGE = {
    "Delivery time": (
        ["How long does delivery take?", "When will my parcel arrive?"],
        "Two to four working days.",
    ),
    "Returns": (
        ["Can I send something back?", "How do I return an article?"],
        "Yes, within 30 days of delivery.",
    ),
    "Payment": (["Which cards do you accept?", "How can I pay?"], "All the usual cards, and PayPal."),
}


@dataclass
class Tenant:
    """One organisation with its people and its published bot."""

    organisation: Organisation
    owner: User
    supervisor: User
    agent: User
    agent2: User
    bot: Chatbot

    @property
    def people(self) -> dict[str, User]:
        return {
            "owner": self.owner,
            "supervisor": self.supervisor,
            "agent": self.agent,
            "agent2": self.agent2,
        }

    def membership_of(self, user: User) -> Membership:
        return Membership.objects.get(organisation=self.organisation, user=user)


@dataclass
class Cast:
    """`outsider` owns the other tenant: whoever gets at acme's things as them has broken in."""

    acme: Tenant
    rival: Tenant
    newcomer: User = field(default_factory=lambda: make_user("newcomer@example.test"))

    @property
    def outsider(self) -> User:
        return self.rival.owner


def make_user(email: str, *, name: str = "") -> User:
    return User.objects.create_user(email, PASSWORD, name=name or email.partition("@")[0].title())


def make_bot(*, organisation: Organisation, slug: str) -> Chatbot:
    """A published bot that knows the answers of KNOWLEDGE."""
    bot = create_bot(organisation=organisation, name=slug.replace("-", " ").title(), slug=slug)
    source = KnowledgeSource.objects.create(
        organisation=organisation,
        chatbot=bot,
        title="faq.csv",
        kind="faq",
        state="ready",
        chunk_count=len(KNOWLEDGE),
    )
    bot.knowledge_revision += 1
    bot.save(update_fields=["knowledge_revision"])
    KnowledgeChunk.objects.bulk_create(
        KnowledgeChunk(
            organisation=organisation,
            chatbot=bot,
            source=source,
            position=position,
            kind="faq",
            title=title,
            questions=questions,
            text=answer,
            added_in=bot.knowledge_revision,
        )
        for position, (title, (questions, answer)) in enumerate(KNOWLEDGE.items())
    )
    publish_bot(chatbot=bot, author=None)
    bot.refresh_from_db()
    return bot


def make_visitor(bot: Chatbot, *, name: str = "") -> Visitor:
    """A visitor of the widget."""
    pk = uuid.uuid4()
    organisation_id = bot.organisation_id
    bearer = f"visitor:{pk}"
    return Visitor.objects.create(
        id=pk, organisation_id=organisation_id, chatbot=bot, bearer=bearer, name=name
    )


def issue_visitor_token(visitor: Visitor) -> str:
    """What the widget's bootstrap gives to this visitor."""
    return issue_signed_token(
        audience="visitor", bearer=str(visitor.pk), seconds=3600, bot=visitor.chatbot.public_id
    )


def make_conversation(
    visitor: Visitor, *texts: str, handoff: bool = False, agent: User | None = None
) -> Conversation:
    """A conversation with what the visitor said; `handoff` puts it into the queue, `agent` has accepted it."""
    bot, pk = visitor.chatbot, uuid.uuid4()
    opens = OpenConversation(pk, bot.pk, visitor.pk, bot.published_id, "live", "widget")
    for number, text in enumerate(texts or ("Hello",)):
        place: dict[str, Any] = {"conversation_id": pk} if number else {"opens": opens}
        item = NewMessage(
            organisation_id=bot.organisation_id,
            sender="visitor",
            sender_name=visitor.name,
            text=text,
            bearer=visitor.bearer,
            client_id=uuid.uuid4(),
            **place,
        )
        with transaction.atomic():
            post_messages_in_transaction(item)
    if handoff or agent:
        session = request_handoff(conversation_id=pk, reason="Asked for a person.")
        if agent and session:
            membership = Membership.objects.get(organisation_id=bot.organisation_id, user=agent)
            accept_handoff(membership=membership, handoff_id=session.pk)
    return Conversation.objects.get(pk=pk)


def make_tenant(slug: str) -> Tenant:
    owner = make_user(f"owner@{slug}.test")
    organisation = create_organisation(owner=owner, name=slug.title(), slug=slug)
    people = {role: make_user(f"{role}@{slug}.test") for role in ("supervisor", "agent", "agent2")}
    for name, user in people.items():
        add_member(
            organisation=organisation, user=user, role=Role.SUPERVISOR if name == "supervisor" else Role.AGENT
        )
    bot = make_bot(organisation=organisation, slug=f"{slug}-shop")
    return Tenant(organisation=organisation, owner=owner, bot=bot, **people)


def make_cast() -> Cast:
    return Cast(acme=make_tenant("acme"), rival=make_tenant("rival"))


def issue_token(user: User) -> str:
    """An API token, as `manage.py issue_token` prints it."""
    return issue_api_token(user=user)


def bearer(user: User) -> dict[str, str]:
    """Headers for Django's test client."""
    return {"Authorization": f"Bearer {issue_token(user)}"}
