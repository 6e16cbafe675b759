"""The door to bots, their versions and their knowledge."""

from dataclasses import dataclass

from django.db.models import QuerySet

from chatbots.configuration import Configuration, draft_configuration, make_fingerprint, version_configuration
from chatbots.models import BotVersion, Chatbot, KnowledgeChunk, KnowledgeSource
from core.errors import Invalid, NotFound
from organisations.access import access_row, access_rows, require_role
from organisations.models import Membership, Role


@dataclass(frozen=True, slots=True)
class Brain:
    """What a turn answers with. `version_id` None: the draft."""

    chatbot: Chatbot
    version_id: int | None
    configuration: Configuration
    knowledge_revision: int
    fingerprint: str


def access_chatbots(membership: Membership) -> QuerySet[Chatbot]:
    """The organisation's bots; every member may know their names."""
    return access_rows(Chatbot, organisation=membership.organisation).select_related(
        "published", "organisation"
    )


def access_chatbot(membership: Membership, slug: str) -> Chatbot:
    """A bot by its short name, for those who may look inside. Raises NotFound, Forbidden (agents)."""
    chatbot = access_row(access_chatbots(membership), slug=slug)
    require_role(membership, Role.OWNER, Role.SUPERVISOR)
    return chatbot


def access_chatbot_to_edit(membership: Membership, slug: str) -> Chatbot:
    """The same for owners, who may change it. Raises NotFound, Forbidden."""
    chatbot = access_row(access_chatbots(membership), slug=slug)
    require_role(membership, Role.OWNER)
    return chatbot


def access_published_chatbot(public_id: str) -> Chatbot:
    """A published bot, for anonymous visitors, version and organisation loaded. Raises NotFound."""
    rows = Chatbot.objects.select_related("published", "organisation").filter(published__isnull=False)
    return access_row(rows, public_id=public_id)


def access_chatbot_of_speaker(chatbot_id: int) -> Chatbot:
    """The bot of somebody who was let in to it, as it is now, version loaded. Raises NotFound."""
    return access_row(Chatbot.objects.select_related("published"), pk=chatbot_id)


def access_knowledge_sources(chatbot: Chatbot) -> QuerySet[KnowledgeSource]:
    """The draft's sources of a bot that the caller already has access to."""
    return KnowledgeSource.objects.filter(chatbot=chatbot, removed_at__isnull=True)


def access_knowledge_source(chatbot: Chatbot, source_id: int) -> KnowledgeSource:
    """One of them. Raises NotFound."""
    return access_row(access_knowledge_sources(chatbot), pk=source_id)


def access_versions(chatbot: Chatbot) -> QuerySet[BotVersion]:
    """The published versions of a bot that the caller already has access to, newest first."""
    return BotVersion.objects.filter(chatbot=chatbot).select_related("author")


def find_chatbot_by_name(name: str) -> Chatbot:
    """For commands: "ORG/SLUG", or "SLUG" where only one organisation has it.

    Raises:
        NotFound. Invalid: several organisations have it; they are named.
    """
    organisation, _, slug = name.rpartition("/")
    rows = Chatbot.objects.select_related("organisation", "published").filter(slug=slug)
    found = list(rows.filter(organisation__slug=organisation) if organisation else rows)
    if not found:
        raise NotFound(f"There is no bot {name!r}. `manage.py create_bot` makes one.")
    if len(found) > 1:
        choices = ", ".join(f"{chatbot.organisation.slug}/{slug}" for chatbot in found)
        raise Invalid(f"Several organisations have a bot {slug!r}. Name one of {choices}.")
    return found[0]


def draft_brain(chatbot: Chatbot) -> Brain:
    """The draft as it stands."""
    configuration = draft_configuration(chatbot)
    revision = chatbot.knowledge_revision
    fingerprint = make_fingerprint(chatbot=chatbot, configuration=configuration, knowledge_revision=revision)
    return Brain(chatbot, None, configuration, revision, fingerprint)


def published_brain(chatbot: Chatbot) -> Brain:
    """The published version. Raises NotFound where there is none."""
    version = chatbot.published
    if version is None:
        raise NotFound
    return _version_brain(chatbot, version)


def load_brain(*, chatbot_id: int, version_id: int | None) -> Brain:
    """What a conversation runs on: its version, or the draft where it has none. Raises NotFound."""
    if version_id is None:
        return draft_brain(access_row(Chatbot.objects.all(), pk=chatbot_id))
    rows = BotVersion.objects.select_related("chatbot")
    version = access_row(rows, pk=version_id, chatbot_id=chatbot_id)
    return _version_brain(version.chatbot, version)


def _version_brain(chatbot: Chatbot, version: BotVersion) -> Brain:
    configuration = version_configuration(version)
    return Brain(chatbot, version.pk, configuration, version.knowledge_revision, version.fingerprint)


def access_sources(membership: Membership, *, slug: str = "") -> QuerySet[KnowledgeSource]:
    """Sources of all the organisation's bots, or of one. Raises NotFound, Forbidden (agents)."""
    require_role(membership, Role.OWNER, Role.SUPERVISOR)
    rows = access_rows(KnowledgeSource, organisation=membership.organisation).filter(removed_at__isnull=True)
    rows = rows.select_related("chatbot")
    return rows.filter(chatbot=access_chatbot(membership, slug)) if slug else rows


def access_source(membership: Membership, source_id: int | str) -> KnowledgeSource:
    """Raises NotFound, Forbidden (agents)."""
    rows = access_rows(KnowledgeSource, organisation=membership.organisation).filter(removed_at__isnull=True)
    source = access_row(rows.select_related("chatbot"), pk=source_id)
    require_role(membership, Role.OWNER, Role.SUPERVISOR)
    return source


def access_source_to_edit(membership: Membership, source_id: int | str) -> KnowledgeSource:
    """The same for owners. Raises NotFound, Forbidden."""
    source = access_source(membership, source_id)
    require_role(membership, Role.OWNER)
    return source


def access_chunks(source: KnowledgeSource) -> QuerySet[KnowledgeChunk]:
    """A source's chunks in the draft, in their order; those of an import that is not done yet are not among them."""
    revision = source.chatbot.knowledge_revision
    return KnowledgeChunk.objects.filter(source=source, added_in__lte=revision, removed_in__isnull=True)
