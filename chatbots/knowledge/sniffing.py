"""What a file is by its first bytes, whatever its name says."""

import re

import puremagic

from chatbots.knowledge.encodings import MARKS
from core.errors import Invalid

LOOKED_AT = 8_192
HTML = re.compile(
    rb"\A\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
OLD_OFFICE = b"\xd0\xcf\x11\xe0"
# Bytes that stand in no text, apart from escape and form feed, which some have.
BINARY = re.compile(rb"[\x00-\x06\x0e-\x1a\x1c-\x1f]")
HINT = "These can be read: PDF, Word (.docx), HTML, Markdown, plain text, CSV and JSON."


def sniff_format(start: bytes) -> str:
    """ "pdf", "docx", "html", "text" (any kind of it), or "" for bytes that are nothing known.

    Raises:
        Invalid: it is something that cannot be read, which is named.
    """
    if b"%PDF-" in start[:1024]:
        return "pdf"
    if start.startswith(b"PK\x03\x04"):
        return _sniff_archive(start)
    if start.startswith(OLD_OFFICE):
        raise Invalid(
            "It is an old or a locked Office document.", hint="Save it as .docx without a password."
        )
    if HTML.match(start.removeprefix(MARKS[0][0])):
        return "html"
    if any(start.startswith(mark) for mark, _ in MARKS) or not BINARY.search(start):
        return "text"
    name = _name_by_magic(start)
    if name:
        raise Invalid(f"It is {name}, which holds no text that could be read.", hint=HINT)
    return ""


def _sniff_archive(start: bytes) -> str:
    """Word documents by the names of their parts, of which one stands within the first bytes."""
    if b"[Content_Types].xml" in start or b"word/" in start:
        if b"ppt/" in start or b"xl/" in start:
            raise Invalid(
                "It is a presentation or a spreadsheet.", hint="Save it as PDF or CSV and import that."
            )
        return "docx"
    raise Invalid("It is an archive.", hint="Unpack it, and import the files in it.")


def _name_by_magic(start: bytes) -> str:
    """What the bytes are by their magic numbers: "a file of the type image/png"; "" where nobody knows."""
    try:
        kind = puremagic.from_string(start, mime=True)
    except (puremagic.PureError, ValueError):
        return ""
    return f"a file of the type {kind}" if kind else ""
