"""Where an answer came from, as visitors are shown it."""

from typing import Any

from chatbots.retrieval.base import Candidate

CITED_CHARACTERS = 500


def cite(candidate: Candidate) -> dict[str, Any]:
    """`text` is the passage, at most 500 characters of it; `url` the source's address, "" for one that has none."""
    return {
        "title": candidate.title,
        "source": candidate.source,
        "url": candidate.url,
        "text": candidate.text[:CITED_CHARACTERS],
    }
