"""The door to bots for the frame page in a test."""

from django.http import HttpRequest

from chatbots.access import access_chatbots
from chatbots.models import Chatbot
from core.errors import NotFound
from organisations.access import access_row, require_role
from organisations.models import Role


def access_chatbot_to_test(request: HttpRequest, public_id: str) -> Chatbot:
    """A bot of any of the user's organisations, for those who may look inside. Raises NotFound for all others alike."""
    for membership in request.memberships:
        try:
            chatbot = access_row(access_chatbots(membership), public_id=public_id)
        except NotFound:
            continue
        require_role(membership, Role.OWNER, Role.SUPERVISOR)
        return chatbot
    raise NotFound
