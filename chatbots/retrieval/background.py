"""Vectors of the background questions, which every scorer is measured against: embedded once an installation."""

import hashlib
import tempfile
from pathlib import Path

import numpy as np
from django.conf import settings

from chatbots.retrieval.embedding.base import EmbedderFailed, Rows, find_embedder
from chatbots.retrieval.embedding.vectors import Stored
from chatbots.retrieval.ranking.background import BACKGROUND

_kept: dict[Path, Rows] = {}


def load_background(embedder: str, *, dimensions: int) -> Rows:
    """(questions, dimensions), as the embedder of that name sees them; kept in a file. Raises EmbedderFailed."""
    file = _name_file(embedder)
    rows = _kept.get(file)
    rows = _read(file) if rows is None else rows
    if rows is None or rows.shape[1] != dimensions:  # the model was exchanged under its name
        rows = _embed(embedder, file)
    if rows.shape[1] != dimensions:
        raise EmbedderFailed(
            "The embedder's vectors are of another length than before.", hint="Import it again."
        )
    _kept[file] = rows
    return rows


def _name_file(embedder: str) -> Path:
    digest = hashlib.blake2b("\0".join((embedder, *BACKGROUND)).encode(), digest_size=12).hexdigest()
    return Path(settings.PARLEY_DATA) / "indexes" / f"background-{digest}.npy"


def _read(file: Path) -> Rows | None:
    """None where it is not what was written."""
    try:
        rows = np.load(file, allow_pickle=False).astype(np.float32)
    except (OSError, ValueError, EOFError):
        return None
    whole = rows.ndim == 2 and len(rows) == len(BACKGROUND) and np.isfinite(rows).all()
    return rows if whole else None


def _embed(name: str, file: Path) -> Rows:
    embedder = find_embedder()
    if embedder is None or embedder.name != name:
        raise EmbedderFailed("The embedder is gone.", hint="Import it again.")
    rows = embedder.embed_questions(BACKGROUND, patient=True).astype(Stored)
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=file.parent, suffix=".npy", delete=False) as aside:
        np.save(aside, rows, allow_pickle=False)
    Path(aside.name).replace(file)
    return rows.astype(np.float32)
