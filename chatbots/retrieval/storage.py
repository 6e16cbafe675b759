"""An index as files: written aside and moved into place at once, checked when opened, mapped instead of read.

A folder holds one .npy file per array, `vocabulary.msgpack`, and `manifest.json` with the size and checksum of each.
"""

import errno
import json
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from chatbots.retrieval.bm25 import WordIndex
from chatbots.retrieval.knowledge_index import KnowledgeIndex
from chatbots.retrieval.postings import Postings
from chatbots.retrieval.ranking.scorer import Scorer
from chatbots.retrieval.texts import TextStore
from chatbots.retrieval.words import get_language

# Goes up whenever words, scores or files change their meaning: older folders are then built anew.
FORMAT = 3
MANIFEST = "manifest.json"
VOCABULARY = "vocabulary.msgpack"
SCORER = "scorer_"


class DamagedIndex(Exception):
    """The folder is missing, incomplete, altered or of another format. Build it again."""


def save_index(index: KnowledgeIndex, folder: Path, *, language: str, stamp: str) -> None:
    """Write `index` into `folder`, all or nothing. Two processes doing it at once both succeed; one's files stay.

    `stamp` says what it was built from; it is asked for again when the folder is opened.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _aside(folder) as aside:
        words, scorer = index.words, index.scorer
        arrays = _list_arrays(words) | {"outside": index.outside}
        if scorer is not None:
            arrays |= {SCORER + name: array for name, array in scorer.arrays().items()}
        for name, array in arrays.items():
            np.save(aside / f"{name}.npy", array, allow_pickle=False)
        (aside / VOCABULARY).write_bytes(msgspec.msgpack.encode(list(words.vocabulary)))
        manifest = {
            "format": FORMAT,
            "stamp": stamp,
            "language": language,
            "unknown_weight": words.unknown_weight,
            "average_lengths": [words.questions.average_length, words.passages.average_length],
            "embedder": index.embedder,
            "scorer": None if scorer is None else scorer.numbers(),
            "files": {file.name: _describe_file(file) for file in sorted(aside.iterdir())},
        }
        (aside / MANIFEST).write_text(json.dumps(manifest))
        _move_into_place(aside, folder)


def open_index(folder: Path, *, stamp: str) -> KnowledgeIndex:
    """Map the index in `folder`. Raises DamagedIndex, also where it was built from something else than `stamp` says."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
        _check_files(folder, manifest, stamp)
        return KnowledgeIndex(
            words=_read_words(folder, manifest),
            scorer=_read_scorer(folder, manifest),
            embedder=str(manifest["embedder"]),
            outside=_map_array(folder / "outside.npy"),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, msgspec.DecodeError) as error:
        raise DamagedIndex(str(error)) from error


def _list_arrays(index: WordIndex) -> dict[str, npt.NDArray[Any]]:
    arrays: dict[str, npt.NDArray[Any]] = {
        "weights": index.weights,
        "asked": index.asked,
        "asked_of": index.asked_of,
    }
    for name, postings in (("questions", index.questions), ("passages", index.passages)):
        arrays |= {
            f"{name}_scores": postings.scores,
            f"{name}_texts": postings.texts,
            f"{name}_starts": postings.starts,
            f"{name}_owners": postings.owners,
        }
    texts = index.texts
    return arrays | {
        "packed": texts.packed,
        "offsets": texts.offsets,
        "answer_weights": texts.answer_weights,
        "chunk_ids": texts.chunk_ids,
    }


def _read_scorer(folder: Path, manifest: dict[str, Any]) -> Scorer | None:
    if manifest["scorer"] is None:
        return None
    arrays = {
        name.removeprefix(SCORER).removesuffix(".npy"): _map_array(folder / name)
        for name in manifest["files"]
        if name.startswith(SCORER)
    }
    return Scorer.from_arrays(arrays, manifest["scorer"])


def _read_words(folder: Path, manifest: dict[str, Any]) -> WordIndex:
    def read(name: str) -> npt.NDArray[Any]:
        return _map_array(folder / f"{name}.npy")

    def read_postings(name: str, average: float) -> Postings:
        scores, texts, starts, owners = (
            read(f"{name}_{part}") for part in ("scores", "texts", "starts", "owners")
        )
        return Postings(scores, texts, starts, owners, average)

    questions, passages = manifest["average_lengths"]
    words = msgspec.msgpack.decode((folder / VOCABULARY).read_bytes(), type=list[str])
    return WordIndex(
        language=get_language(manifest["language"]),
        vocabulary={word: number for number, word in enumerate(words)},
        weights=read("weights"),
        questions=read_postings("questions", questions),
        passages=read_postings("passages", passages),
        asked=read("asked"),
        asked_of=read("asked_of"),
        texts=TextStore(read("packed"), read("offsets"), read("answer_weights"), read("chunk_ids")),
        unknown_weight=manifest["unknown_weight"],
    )


def _map_array(file: Path) -> npt.NDArray[Any]:
    """Mapped, and seen as a plain array: numpy's memmap class makes every slice slower."""
    try:
        array: npt.NDArray[Any] = np.load(file, mmap_mode="r", allow_pickle=False).view(np.ndarray)
    except ValueError:  # an empty array cannot be mapped
        array = np.load(file, allow_pickle=False)
    return array


def _check_files(folder: Path, manifest: dict[str, Any], stamp: str) -> None:
    if manifest["format"] != FORMAT:
        raise DamagedIndex("written by another version")
    if manifest["stamp"] != stamp:
        raise DamagedIndex("built from other knowledge")
    for name, described in manifest["files"].items():
        if _describe_file(folder / name) != described:
            raise DamagedIndex(f"{name} is not as it was written")


def _describe_file(file: Path) -> list[int]:
    checksum, size = 0, 0
    with file.open("rb") as opened:
        while piece := opened.read(1 << 20):
            checksum, size = zlib.crc32(piece, checksum), size + len(piece)
    return [size, checksum]


@contextmanager
def _aside(folder: Path) -> Iterator[Path]:
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        yield aside
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _move_into_place(aside: Path, folder: Path) -> None:
    """Rename, after moving aside what is there (damaged, or another process's equal work). Losing a race is no harm."""
    aside.chmod(0o755)
    for _ in range(100):
        try:
            aside.rename(folder)
            return
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
            with _aside(folder) as old, suppress(FileNotFoundError):
                folder.rename(old / "old")
