"""Publishing: what visitors get is frozen, and stays so until the next time."""

from django.db import transaction
from django.db.models import Max

from chatbots.configuration import configuration_data, draft_configuration, make_fingerprint
from chatbots.models import BotVersion, Chatbot
from organisations.models import User


def publish_bot(*, chatbot: Chatbot, author: User | None, note: str = "") -> BotVersion:
    """Freeze the draft's configuration and knowledge revision as a version, and let visitors have it.

    Locks the bot's row. Publishing the very same again makes no new version. New conversations get it within seconds;
    running ones keep theirs.
    """
    with transaction.atomic():
        chatbot = (
            Chatbot.objects.select_for_update(of=("self",)).select_related("published").get(pk=chatbot.pk)
        )
        configuration = draft_configuration(chatbot)
        revision = chatbot.knowledge_revision
        fingerprint = make_fingerprint(
            chatbot=chatbot, configuration=configuration, knowledge_revision=revision
        )
        if chatbot.published is not None and chatbot.published.fingerprint == fingerprint:
            return chatbot.published
        last = BotVersion.objects.filter(chatbot=chatbot).aggregate(last=Max("number"))["last"] or 0
        version = BotVersion.objects.create(
            organisation_id=chatbot.organisation_id,
            chatbot=chatbot,
            number=last + 1,
            configuration=configuration_data(configuration),
            knowledge_revision=revision,
            fingerprint=fingerprint,
            author=author,
            note=note[:300],
        )
        Chatbot.objects.filter(pk=chatbot.pk).update(published=version)
    return version
