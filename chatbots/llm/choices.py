"""Which language models a bot may choose. The deployer names them: OPENAI_MODELS, at OPENAI_BASE_URL, by OPENAI_API_KEY."""

from django.conf import settings

from chatbots.llm.base import prepare_provider
from core.errors import Invalid

OFFLINE = ""


def list_models() -> list[str]:
    """The names that a bot may choose, in the deployer's order; empty where no provider is set up."""
    if not (settings.OPENAI_BASE_URL or settings.OPENAI_API_KEY):
        return []
    return list(dict.fromkeys(name.strip() for name in settings.OPENAI_MODELS if name.strip()))


def find_provider(model: str) -> str:
    """The provider that a model is to be had from, "" where it is none that may be chosen (any more)."""
    return "openai" if model in list_models() else ""


async def prepare_providers() -> None:
    """Import what the offered models need, beside the loop, before the first visitor has to wait for it."""
    for name in {find_provider(model) for model in list_models()}:
        await prepare_provider(name)


def check_model(model: object, *, field: str = "model") -> str:
    """Return the model when it may be chosen; "" is none at all, which always may. Raises Invalid naming the field."""
    if model == OFFLINE:
        return OFFLINE
    if isinstance(model, str) and find_provider(model):
        return model
    offered = ", ".join(list_models())
    sentence = (
        f"There is no such model here. Choose one of: {offered}; or none, to answer without one."
        if offered
        else "No language model is set up on this server. Leave it empty; see OPENAI_MODELS in its settings."
    )
    raise Invalid(sentence, fields={field: sentence})
