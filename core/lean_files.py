"""Scripts and style sheets as browsers need them: without the comments that are for people."""

import re

# A comment that begins its line, with the line; and a type that stands before an expression.
BLOCK = re.compile(r"^[ \t]*/\*.*?\*/[ \t]*\n?", re.MULTILINE | re.DOTALL)
LINE = re.compile(r"^[ \t]*//.*\n?", re.MULTILINE)
TYPE = re.compile(r"/\*\* @(?:type|param)\b[^*\n]*\*/ ?")
INDENT = re.compile(r"^[ \t]+|[ \t]+$", re.MULTILINE)
EMPTY = re.compile(r"\n{2,}")


def lean_script(text: str) -> str:
    """`text` without the comments that begin a line, without types and indentation.

    Unchanged where a template may span lines: there line breaks, indentation and slashes are words.
    """
    if any(line.count("`") % 2 for line in text.splitlines() if not _is_comment(line)):
        return text
    bare = TYPE.sub("", LINE.sub("", BLOCK.sub("", text)))
    return EMPTY.sub("\n", INDENT.sub("", bare)).lstrip()


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith(("*", "//", "/*"))


def lean_sheet(text: str) -> str:
    """The same for CSS."""
    return EMPTY.sub("\n", INDENT.sub("", BLOCK.sub("", text))).lstrip()
