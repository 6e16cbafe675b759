"""Which sentences of a model's answer state something without naming a passage."""

import re

MARK = re.compile(r"\[\d{1,2}\]")
# After a full stop, unless a mark follows that belongs to the sentence before it; and after a mark that ends a sentence.
END = re.compile(
    r"(?<=[.!?])\s+(?!\[\d)|(?<=[。！？])(?!\s*\[\d)"
    r"|(?<=\])(?:\s+(?=[A-ZÀ-ÞА-Я\"“])|(?=[\u3040-\u30ff\u3400-\u9fff]))"
)
WORD = re.compile(r"\w+")
# "Yes, of course." and "You're welcome!" are no claims.
FEWEST_WORDS, FEWEST_UNSPACED = 4, 8
MOST_SENTENCES = 50


def find_uncited(text: str) -> list[str]:
    """The sentences that state something and carry no mark, in their order, at most 50 of them.

    Questions, headings, lines that lead to a list, and sentences of under four words state nothing.
    """
    found = [sentence for line in text.splitlines() for sentence in _split(line)]
    return [sentence for sentence in found if not MARK.search(sentence) and _is_claim(sentence)][
        :MOST_SENTENCES
    ]


def _split(line: str) -> list[str]:
    if line.lstrip().startswith("#"):
        return []
    pieces = END.split(line)
    return [piece.strip() for piece in pieces if piece and piece.strip()]


def _is_claim(sentence: str) -> bool:
    plain = sentence.strip(' *_`>-•"“”')
    if not plain or plain[-1] in "?？؟:：" or plain == "…":
        return False
    words = WORD.findall(plain)
    return len(words) >= FEWEST_WORDS or (len(words) < FEWEST_WORDS and _is_unspaced(plain))


def _is_unspaced(text: str) -> bool:
    """Chinese, Japanese and Thai write no blanks between words."""
    return len(re.findall(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]", text)) >= FEWEST_UNSPACED
