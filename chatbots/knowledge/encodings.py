"""Bytes to text: UTF-8 with or without a byte order mark, UTF-16 with one. Anything else is an error that says why."""

import codecs
import io
import re
from collections.abc import Iterator
from typing import BinaryIO

from core.errors import Invalid

SAVE_AS_UTF8 = "Save it as UTF-8 (in Excel “CSV UTF-8”, in a text editor “Save as” with encoding UTF-8) and import it again."
MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# What is often given by mistake, by its first bytes.
OTHER_FORMATS = {
    b"PK\x03\x04": "an Office document or ZIP archive",
    b"\xd0\xcf\x11\xe0": "an old Office document",
    b"%PDF": "a PDF",
    b"\x1f\x8b": "a gzip archive",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    codecs.BOM_UTF32_LE: "UTF-32 text",
    codecs.BOM_UTF32_BE: "UTF-32 text",
}

# Tab, line feed and carriage return are text. A lone surrogate cannot come from a file, but it can from an API call.
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
CONTROL_NAMES = {0: "a NUL byte", 0x1B: "an escape character", 0x7F: "a delete character"}


def find_control_character(text: str) -> tuple[int, str] | None:
    """Place and name of the first character that is no text, such as NUL; None where all is well."""
    found = CONTROL.search(text)
    if found is None:
        return None
    code = ord(found.group())
    return found.start(), CONTROL_NAMES.get(code, f"the control character U+{code:04X}")


def decode_lines(opened: BinaryIO) -> Iterator[str]:
    """The file's lines with their ends, read as they are asked for. Raises Invalid, naming line and byte."""
    encoding = _skip_mark(opened)
    wrapper = io.TextIOWrapper(opened, encoding=encoding, errors="strict", newline="")
    undecodable = False
    try:
        yield from wrapper
    except UnicodeDecodeError:
        undecodable = True  # the error knows its place in a block only, not in the file
    finally:
        if not opened.closed:
            wrapper.detach()
    if undecodable:
        decode_text(opened)


def decode_text(opened: BinaryIO) -> str:
    """The whole file with line ends unified.

    Raises:
        Invalid: another encoding, NUL or control characters, with line and byte.
    """
    encoding = _skip_mark(opened)
    skipped, data = opened.tell(), opened.read()
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].decode(encoding, "replace").count("\n") + 1
        raise Invalid(
            f"The file is not {encoding[:6].upper().rstrip('-')}: line {line} has the byte "
            f"0x{data[error.start]:02X} at byte {skipped + error.start + 1:,}. {SAVE_AS_UTF8}"
        ) from error
    if (found := find_control_character(text)) is not None:
        line = text.count("\n", 0, found[0]) + 1
        raise Invalid(f"Line {line} holds {found[1]}. Remove it and import the file again.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _skip_mark(opened: BinaryIO) -> str:
    """The encoding by the file's first bytes; leaves the file after the byte order mark."""
    opened.seek(0)
    start = opened.read(4096)
    for magic, name in OTHER_FORMATS.items():
        if start.startswith(magic):
            raise Invalid(f"The file is {name}, not plain text. {SAVE_AS_UTF8}")
    for mark, encoding in MARKS:
        if start.startswith(mark):
            opened.seek(len(mark))
            return encoding
    if start.count(0) * 4 > len(start):
        raise Invalid(f"The file looks like UTF-16 without a byte order mark. {SAVE_AS_UTF8}")
    opened.seek(0)
    return "utf-8"
