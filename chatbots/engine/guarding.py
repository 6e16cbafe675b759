"""What a model's words may carry to visitors: addresses that the passages gave, and nothing of the rules it works under.

A page in the knowledge may tell the model to send what it knows to some address, by an image that loads or a link that
lures. So an image is never passed on, and an address that was not in what the model was given is shown as plain text.
"""

import re
from collections.abc import Callable

# What becomes a link by itself where it is shown. A bare host may: its words are its target.
ADDRESS = r"(?:https?://|ftp://|www\.)[^\s<>\"'`)\]]+"
LINK = re.compile(r"(!?)\[([^\[\]\n]*)\]\(\s*<?([^\s()<>]*)>?[^()\n]*\)", re.IGNORECASE)
BARE = re.compile(rf"<?({ADDRESS})>?", re.IGNORECASE)
IMAGE_BY_NAME = re.compile(r"!\[([^\[\]\n]*)\](?:\[[^\[\]\n]*\])?")
SPLIT = re.compile(r"(\[[^\[\]\n]*\]\([^()\n]*\))")
FENCE = re.compile(r"</?passage-[0-9a-f]{8}[^>\n]*>")
# The end of a piece that may be the beginning of one of these. The longest wait is for a link of 500 characters.
BEGUN = re.compile(
    r"(?:!|!?\[[^\[\]\n]{0,200}|!?\[(?!\^?[\d, ]+\])[^\[\]\n]{0,200}\](?:\([^()\n]{0,500})?"
    r"|</?p?[a-z0-9 =-]{0,40}|<[^\s<>]{0,500}|(?<![a-z0-9])(?:h|ht|htt|https?|f|ft|ftp|w|ww|www)"
    r"|(?<![a-z0-9])(?:https?|ftp):[^\s()\]<>]{0,500}|(?<![a-z0-9])www\.[^\s()\]<>]{0,500})$",
    re.IGNORECASE,
)
TRAILING = ".,;:!?…"
# So many characters of the rules in a row are no coincidence; from so many on they are held back.
LEAKED, SUSPECT = 48, 20


class AddressGuard:
    """Lets addresses through that stand in `given`, which is all that the model was given."""

    def __init__(self, given: str) -> None:
        self._known = {_plain(found[0]) for found in BARE.finditer(given)}
        self._known |= {_plain(found[3]) for found in LINK.finditer(given)}

    def clean(self, text: str) -> str:
        """The same words; unknown links without their targets, unknown bare addresses as code, no images."""
        text = FENCE.sub("", text)
        text = LINK.sub(self._read_link, text)
        text = IMAGE_BY_NAME.sub(lambda found: found[1], text)
        text = _outside_links(text, lambda part: BARE.sub(self._read_address, part))
        return "".join(self._break_unknown(part) for part in SPLIT.split(text))

    def _break_unknown(self, part: str) -> str:
        """What was taken out may have left a new link behind: only a known one keeps its two halves together."""
        link = LINK.fullmatch(part)
        return part if link and _plain(link[3]) in self._known else part.replace("](", "] (")

    def _read_link(self, found: re.Match[str]) -> str:
        words, target = found[2], found[3]
        if found[1]:
            return words
        return f"[{words}]({target})" if _plain(target) in self._known else words

    def _read_address(self, found: re.Match[str]) -> str:
        if _plain(found[0]) in self._known:
            return found[0]
        address = found[1].rstrip(TRAILING)
        return f"`{address}`{found[1][len(address) :]}"


class RulesGuard:
    """Notices when a model recites its rules."""

    def __init__(self, rules: str) -> None:
        self._rules = _squeeze(rules)

    def count_recited(self, text: str) -> int:
        """How many of the last characters of `text`, at most LEAKED, are the rules' own words; 0 below SUSPECT."""
        tail = _squeeze(text[-2 * LEAKED :])
        for length in range(min(LEAKED, len(tail)), SUSPECT - 1, -1):
            if tail[-length:] in self._rules:
                return length
        return 0


def _plain(address: str) -> str:
    return address.strip("<>").rstrip(TRAILING).rstrip("/").lower()


def _squeeze(text: str) -> str:
    """Without what a model changes as it recites: case, marks, kinds of blank."""
    return re.sub(r"[\s*_`#>-]+", " ", text).lower()


def _outside_links(text: str, change: Callable[[str], str]) -> str:
    """`change` what stands between links, whose targets were judged already, and between spans of code."""
    parts = re.split(r"(\[[^\[\]\n]*\]\([^()\n]*\)|`[^`\n]*`)", text)
    return "".join(part if number % 2 else change(part) for number, part in enumerate(parts))
