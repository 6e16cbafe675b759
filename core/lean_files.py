"""Scripts and style sheets as browsers need them: without what is for people."""

import rcssmin
import rjsmin


def lean_script(text: str) -> str:
    """`text` without comments, types and needless space; names, strings and templates stay as they are."""
    return str(rjsmin.jsmin(text)) + "\n"


def lean_sheet(text: str) -> str:
    """The same for CSS."""
    return str(rcssmin.cssmin(text)) + "\n"
