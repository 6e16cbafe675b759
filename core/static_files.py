"""Static files as browsers get them: scripts and sheets without comments, all text compressed once."""

import gzip
import os
import zlib
from pathlib import Path
from typing import Any

from django.conf import settings
from whitenoise.middleware import WhiteNoiseMiddleware

from core import lean_files
from core.lean_files import lean_script, lean_sheet

# Copies by another edition of lean_files are not taken for its own.
EDITION = f"{zlib.crc32(Path(lean_files.__file__).read_bytes()):08x}"
LEAN = {".js": lean_script, ".css": lean_sheet}


class LeanStaticFiles(WhiteNoiseMiddleware):
    """WhiteNoise over lean copies, which it keeps in the data folder. With DEBUG the sources are served as they are."""

    def add_file_to_dictionary(self, url: str, path: str, stat_cache: Any = None) -> None:
        source = Path(path)
        if source.suffix in LEAN and source.is_relative_to(settings.BASE_DIR / "static"):
            path, stat_cache = str(make_lean(source)), None
        super().add_file_to_dictionary(url, path, stat_cache=stat_cache)


def make_lean(source: Path) -> Path:
    """The lean copy of one of our own files, with a gzipped one beside it; both made anew where the source changed.

    Safe for several processes at once: each file appears as a whole.
    """
    copy = settings.PARLEY_DATA / "lean" / EDITION / source.relative_to(settings.BASE_DIR / "static")
    zipped = copy.with_name(copy.name + ".gz")
    made = source.stat().st_mtime_ns
    if all(one.exists() and one.stat().st_mtime_ns == made for one in (copy, zipped)):
        return copy
    body = LEAN[source.suffix](source.read_text(encoding="utf-8")).encode()
    copy.parent.mkdir(parents=True, exist_ok=True)
    for path, data in ((zipped, gzip.compress(body, 9, mtime=0)), (copy, body)):
        _replace(path, data, made)
    return copy


def _replace(path: Path, data: bytes, mtime_ns: int) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_bytes(data)
    os.utime(draft, ns=(mtime_ns, mtime_ns))
    draft.replace(path)
