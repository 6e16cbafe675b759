"""Which state of a bot is asked: its draft, what is published, or one of its versions; and the same again later."""

from chatbots.access import Brain, access_versions, draft_brain, load_brain, published_brain
from chatbots.configuration import Configuration, complete_configuration
from chatbots.models import Chatbot, EvaluationRun
from core.errors import Invalid, NotFound


def choose_brain(*, chatbot: Chatbot, version: str = "draft") -> Brain:
    """`version` is "draft", "published" or a version's number. Raises Invalid, NotFound (no such version)."""
    name = str(version).strip().casefold() or "draft"
    if name == "draft":
        return draft_brain(chatbot)
    if name == "published":
        try:
            return published_brain(chatbot)
        except NotFound as error:
            raise NotFound("Nothing of this bot is published yet. Evaluate the draft.") from error
    number = name.removeprefix("v")
    if not (number.isascii() and number.isdecimal() and len(number) < 10):
        raise Invalid(fields={"version": "One of draft, published, or a version’s number."})
    found = access_versions(chatbot).filter(number=int(number)).first()
    if found is None:
        raise NotFound(f"There is no version {number} of this bot.")
    return load_brain(chatbot_id=chatbot.pk, version_id=found.pk)


def name_brain(brain: Brain) -> str | int:
    """ "draft", or the version's number."""
    if brain.version_id is None:
        return "draft"
    return access_versions(brain.chatbot).values_list("number", flat=True).get(pk=brain.version_id)


def load_run_brain(run: EvaluationRun) -> Brain:
    """What the run began with, though the draft may have changed since."""
    configuration: Configuration = complete_configuration(run.configuration)
    return Brain(run.chatbot, run.version_id, configuration, run.knowledge_revision, run.fingerprint)
