"""Finds an owner's words in what a visitor writes."""

import re
from collections.abc import Sequence

from chatbots.rules.normalising import normalise_text

# Scripts that put no spaces between words: Thai to Khmer, and Chinese and Japanese.
UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


def find_keyword(question: str, keywords: Sequence[str]) -> str:
    """The first of `keywords` that stands in `question` as whole words, whatever its case and accents; "" for none.

    Where a script has no spaces between words, anywhere in it.
    """
    words = f" {normalise_text(question)} "
    for keyword in keywords:
        wanted = normalise_text(keyword)
        if wanted and (wanted if UNSPACED.search(wanted) else f" {wanted} ") in words:
            return keyword
    return ""
