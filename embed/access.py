"""The door to bots for the frame page in a test, and for the demo site."""

from django.http import HttpRequest

from chatbots.access import access_chatbots, access_published_chatbot, find_chatbot_by_name
from chatbots.models import Chatbot
from core.errors import Invalid, NotFound
from organisations.access import access_memberships, access_row
from organisations.models import Role

DEMO_BOT = "demo/shop"


def access_chatbot_to_test(request: HttpRequest, public_id: str) -> Chatbot:
    """A bot of any of the user's organisations, for those who may look inside. Raises NotFound for all others alike."""
    for membership in access_memberships(request.user):
        if membership.role not in (Role.OWNER, Role.SUPERVISOR):
            continue
        try:
            return access_row(access_chatbots(membership), public_id=public_id)
        except NotFound:
            continue
    raise NotFound


def access_demo_bot() -> Chatbot:
    """The published bot of the demo site. Raises NotFound on an installation without a demo."""
    try:
        chatbot = find_chatbot_by_name(DEMO_BOT)
    except Invalid as error:
        raise NotFound from error
    return access_published_chatbot(chatbot.public_id)
