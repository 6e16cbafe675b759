"""Which script modules a page needs from its start, so that the browser fetches them all at once."""

import re
from pathlib import Path

IMPORT = re.compile(r'^(?:import|export) [^;]*?from "(\.{1,2}/[^"]+\.js)";', re.MULTILINE)


def list_modules(folder: Path, entry: str) -> list[str]:
    """`entry` and all that it imports, directly or not, relative to `folder`; what `import()` fetches later is left out."""
    found = {entry}
    waiting = [entry]
    while waiting:
        name = waiting.pop()
        for target in IMPORT.findall((folder / name).read_text(encoding="utf-8")):
            path = (folder / name).parent.joinpath(target).resolve().relative_to(folder.resolve()).as_posix()
            if path not in found:
                found.add(path)
                waiting.append(path)
    return sorted(found)
