"""Opening and ending test sessions."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from chatbots.configuration import draft_fingerprint
from chatbots.models import Chatbot
from conversations.access import find_or_make_visitor
from conversations.actions.open_conversation import open_empty_conversation
from conversations.models import Channel, Kind
from core.tokens import issue_signed_token
from organisations.access import access_rows
from organisations.models import Membership
from testsessions.models import TestSession


def access_test_sessions(membership: Membership) -> QuerySet[TestSession]:
    """The member's own test sessions that have not expired; nobody else's, also within the organisation."""
    rows = access_rows(TestSession, organisation=membership.organisation).filter(owner_id=membership.user_id)
    return rows.filter(expires_at__gt=timezone.now()).select_related("chatbot", "conversation")


def open_test_session(*, membership: Membership, chatbot: Chatbot) -> TestSession:
    """Open a test of the draft, good for settings.TEST_SESSION_HOURS: a test conversation with a visitor of its own."""
    pk = uuid.uuid4()
    with transaction.atomic():
        visitor = find_or_make_visitor(
            chatbot=chatbot, bearer=f"test:{pk}", name=membership.user.display_name
        )
        conversation = open_empty_conversation(visitor=visitor, kind=Kind.TEST, channel=Channel.WIDGET)
        return TestSession.objects.create(
            id=pk,
            organisation=membership.organisation,
            chatbot=chatbot,
            owner=membership.user,
            conversation=conversation,
            fingerprint=draft_fingerprint(chatbot),
            expires_at=timezone.now() + timedelta(hours=settings.TEST_SESSION_HOURS),
        )


def issue_test_token(*, session: TestSession) -> str:
    """A token for this session's socket, good until the session expires."""
    seconds = max(1, int((session.expires_at - timezone.now()).total_seconds()))
    bearer = str(session.conversation.visitor_id)
    return issue_signed_token(audience="test", bearer=bearer, bot=session.chatbot.public_id, seconds=seconds)


def end_test_session(*, session: TestSession) -> None:
    """Delete a test session with its conversation; its token is worth nothing from then on."""
    with transaction.atomic():
        session.conversation.visitor.delete()
