"""Which reader takes which file: one line a format."""

from dataclasses import dataclass
from pathlib import PurePath
from typing import BinaryIO

from chatbots.knowledge.apart import read_apart
from chatbots.knowledge.faq_csv import read_faq_csv
from chatbots.knowledge.faq_json import read_faq_json
from chatbots.knowledge.markdown import read_markdown
from chatbots.knowledge.out_of_scope import read_out_of_scope
from chatbots.knowledge.pieces import Reader, join_names
from chatbots.knowledge.plain_text import read_plain_text
from chatbots.knowledge.sniffing import LOOKED_AT, sniff_format
from chatbots.models import SourceKind
from core.errors import Invalid


@dataclass(frozen=True, slots=True)
class Format:
    """`name` is what a caller may say instead of a file name. `is_text`: plain text that an editor shows."""

    name: str
    suffixes: tuple[str, ...]
    kind: SourceKind
    read: Reader
    is_text: bool = True


FORMATS = (
    Format("csv", (".csv",), SourceKind.FAQ, read_faq_csv),
    Format("json", (".json",), SourceKind.FAQ, read_faq_json),
    Format("markdown", (".md", ".markdown"), SourceKind.MARKDOWN, read_markdown),
    Format("text", (".txt", ".text"), SourceKind.TEXT, read_plain_text),
    Format("html", (".html", ".htm", ".xhtml"), SourceKind.HTML, read_apart("html"), is_text=False),
    Format("pdf", (".pdf",), SourceKind.PDF, read_apart("pdf"), is_text=False),
    Format("docx", (".docx",), SourceKind.DOCX, read_apart("docx"), is_text=False),
    Format("out_of_scope", (".questions",), SourceKind.OUT_OF_SCOPE, read_out_of_scope),
)
BY_NAME = {chosen.name: chosen for chosen in FORMATS}


def find_format(name: str) -> Format:
    """The format of a file name, or by its own name ("csv"). Raises Invalid, naming those that there are."""
    suffix = PurePath(name).suffix.lower()
    for candidate in FORMATS:
        if name == candidate.name or suffix in candidate.suffixes:
            return candidate
    known = join_names(suffix for candidate in FORMATS for suffix in candidate.suffixes)
    sentence = (
        f"Files of the kind {suffix} cannot be imported."
        if suffix
        else "The kind of file is not clear from its name."
    )
    raise Invalid(f"{sentence} These can: {known}.", fields={"kind": f"One of {known}."})


def choose_format(name: str, opened: BinaryIO) -> Format:
    """The format by what is in the file; its name decides only between kinds of text, and where the bytes say nothing.

    Raises:
        Invalid: neither says what it is, or it is something that cannot be read.
    """
    opened.seek(0)
    found = sniff_format(opened.read(LOOKED_AT))
    opened.seek(0)
    if found and found != "text":
        return BY_NAME[found]
    named = find_format(name)
    return named if named.is_text or not found or named.name == "html" else BY_NAME["text"]
