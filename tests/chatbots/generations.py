"""What a model is asked in tests."""

from typing import Any

from chatbots.llm.base import Generation
from tests.provider import MODEL


def make_generation(**changes: Any) -> Generation:
    question = [{"role": "user", "content": "How much is the fish?"}]
    return Generation(
        **{"provider": "openai", "model": MODEL, "system": "Be brief.", "messages": question, **changes}
    )
