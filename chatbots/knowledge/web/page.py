"""One page of the web as its source remembers it, and how what came is read."""

from dataclasses import replace
from hashlib import sha256
from io import BytesIO

import msgspec

from chatbots.knowledge.apart import ReadingProcess
from chatbots.knowledge.formats import BY_NAME
from chatbots.knowledge.html_encodings import decode_html
from chatbots.knowledge.pieces import MAX_TITLE, Parsed, Piece
from chatbots.knowledge.sniffing import LOOKED_AT, sniff_format
from chatbots.knowledge.web.addresses import make_title
from chatbots.knowledge.web.fetching import Fetched
from core.errors import Invalid

# By what the server says; what says nothing is judged by its bytes alone.
KINDS = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/plain": "text",
    "text/markdown": "markdown",
    "text/x-markdown": "markdown",
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/octet-stream": "",
    "binary/octet-stream": "",
    "": "",
}
ACCEPT = "text/html, application/xhtml+xml, text/markdown, text/plain;q=0.8, application/pdf;q=0.8, */*;q=0.1"


class Page(msgspec.Struct, frozen=True):
    """An object of a source's `pages`.

    `address` was asked, `url` is the page's own (after redirects, or what it says is its canonical one). `state` is
    "ready", "same" (another page has the same url), "kept" (it could not be had this time: what is known of it stays)
    or "failed"; `digest` is that of the bytes that came, `chunks` how many pieces they made, `fetched_at` in ISO 8601.
    """

    address: str
    url: str = ""
    title: str = ""
    state: str = "ready"
    error: str = ""
    hint: str = ""
    etag: str = ""
    last_modified: str = ""
    digest: str = ""
    chunks: int = 0
    fetched_at: str = ""


def load_pages(stored: object) -> dict[str, Page]:
    """By the address that was asked. What another release wrote in another shape counts as never fetched."""
    try:
        return {page.address: page for page in msgspec.convert(stored, list[Page])}
    except msgspec.ValidationError:
        return {}


def read_page(fetched: Fetched, reading: ReadingProcess) -> tuple[Page, list[Piece], list[str]]:
    """The page, its pieces with its url on them, and warnings.

    Raises:
        Invalid, TooLarge: it is no text, or cannot be read.
    """
    parsed = _parse(fetched, reading)
    url = parsed.about.get("canonical") or fetched.address
    title = parsed.about.get("title", "")[:MAX_TITLE]
    pieces = [
        replace(piece, url=url, title=piece.title or title or make_title(url, kind="url"))
        for piece in parsed.pieces
    ]
    page = Page(
        address=fetched.address,
        url=url,
        title=title,
        etag=fetched.etag,
        last_modified=fetched.last_modified,
        digest=make_digest(fetched.body),
        chunks=len(pieces),
    )
    return page, pieces, parsed.warnings


def make_digest(body: bytes) -> str:
    return sha256(body).hexdigest()


def _parse(fetched: Fetched, reading: ReadingProcess) -> Parsed:
    if fetched.kind not in KINDS:
        raise Invalid(
            f"It is of the kind {fetched.kind[:60]}, which is no page of text.",
            hint="Pages, PDF, Word documents, Markdown and plain text can be imported.",
        )
    found = sniff_format(fetched.body[:LOOKED_AT])
    name = found if found in ("pdf", "docx", "html") else KINDS[fetched.kind] or "text"
    if name == "html":
        return reading.read(
            "html", fetched.body, on_progress=_ignore, charset=fetched.charset, address=fetched.address
        )
    if name in ("pdf", "docx"):
        return reading.read(name, fetched.body, on_progress=_ignore)
    text = decode_html(fetched.body, charset=fetched.charset)
    return BY_NAME[name].read(BytesIO(text.encode("utf-8", "replace")), _ignore)


def _ignore(share: float) -> None:
    """Pages count as a whole."""
