"""Which reader takes which file: one line a format."""

from dataclasses import dataclass
from pathlib import PurePath

from chatbots.knowledge.faq_csv import read_faq_csv
from chatbots.knowledge.faq_json import read_faq_json
from chatbots.knowledge.markdown import read_markdown
from chatbots.knowledge.pieces import Reader, join_names
from chatbots.knowledge.plain_text import read_plain_text
from chatbots.models import SourceKind
from core.errors import Invalid


@dataclass(frozen=True, slots=True)
class Format:
    """`name` is what a caller may say instead of a file name."""

    name: str
    suffixes: tuple[str, ...]
    kind: SourceKind
    read: Reader


FORMATS = (
    Format("csv", (".csv",), SourceKind.FAQ, read_faq_csv),
    Format("json", (".json",), SourceKind.FAQ, read_faq_json),
    Format("markdown", (".md", ".markdown"), SourceKind.MARKDOWN, read_markdown),
    Format("text", (".txt", ".text"), SourceKind.TEXT, read_plain_text),
)


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
