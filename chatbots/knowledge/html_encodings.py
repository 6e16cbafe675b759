"""Bytes of a web page to text: by its mark, by what the server or the page says, else by what the bytes look like."""

import codecs
import re

import charset_normalizer

from chatbots.knowledge.encodings import MARKS

DECLARED = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([a-zA-Z0-9_:.-]{2,40})""", re.IGNORECASE)
LOOKED_THROUGH = 4096
SAMPLE = 200_000


def decode_html(data: bytes, *, charset: str = "") -> str:
    """Never raises: what no encoding explains is read with replacement marks. `charset` is what the server said."""
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    declared = DECLARED.search(data[:LOOKED_THROUGH])
    for name in ("utf-8", charset, declared.group(1).decode("ascii") if declared else ""):
        text = _try(data, name)
        if text is not None:
            return text
    best = charset_normalizer.from_bytes(data[:SAMPLE]).best()
    return data.decode(best.encoding if best else "windows-1252", "replace")


def _try(data: bytes, name: str) -> str | None:
    """Pages that say Latin-1 mean Windows-1252, as browsers know."""
    try:
        found = codecs.lookup(name).name if name else ""
        encoding = "windows-1252" if found in ("iso8859-1", "ascii") else found
        return data.decode(encoding) if encoding else None
    except (LookupError, UnicodeDecodeError, ValueError):
        return None
