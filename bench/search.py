"""Search over ten thousand chunks, in a process of its own:

    python -m bench.search make FILE          writes the knowledge
    python -m bench.search embed SLUG         gives the chunks vectors and builds the index
    python -m bench.search time SLUG          searches; the index must be there

Texts are made up: words are drawn as often as in real text (the nth word 1/n as often as the first), the commonest are
English, the others have two syllables. They are the same in each run. Reading the meaning of ten thousand chunks
takes ten minutes, so `embed` reads that of a few, and scatters the vectors of the others about a thousand subjects; the
questions of `time` are truly embedded.
"""

import csv
import json
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import django
import numpy as np

CHUNKS = 10_000
WORDS = 8_000
SEARCHES = 300
SAMPLED = 32
SUBJECTS = 1_000
SYLLABLES = [
    first + second for first in "bdfgklmnprstv" for second in ("a", "e", "i", "o", "u", "an", "er", "is")
]
COMMON = (
    "the to how do I is my can what order card not when a account get in for of change it you where and on have "
    "delivery with that money payment be still this need from your will about why should me are or long address "
    "bank there password an if no use does has after been day transfer back time price find refund by send phone"
)


def make_texts(count: int, *, words: int, seed: int) -> Iterator[str]:
    """So many texts of about so many words each."""
    vocabulary_of = random.Random(1)
    vocabulary = COMMON.split()
    vocabulary += ["".join(vocabulary_of.choices(SYLLABLES, k=2)) for _ in range(WORDS - len(vocabulary))]
    weights = [1 / rank for rank in range(1, WORDS + 1)]
    draw = random.Random(seed)
    for _ in range(count):
        yield " ".join(draw.choices(vocabulary, weights, k=draw.randint(words // 2, words * 3 // 2)))


def write_knowledge(file: Path) -> None:
    """An entry a line, as `import_knowledge` reads it."""
    questions, answers = make_texts(CHUNKS, words=9, seed=2), make_texts(CHUNKS, words=60, seed=3)
    with file.open("w", newline="") as output:
        rows = csv.writer(output)
        rows.writerow(("title", "question", "answer"))
        rows.writerows((f"Entry {n}", *pair) for n, pair in enumerate(zip(questions, answers, strict=True)))


def embed_chunks(chatbot_id: int, revision: int) -> dict[str, float]:
    """`embedding_ms` a text, and `build_s` for words, scorer and files together."""
    from chatbots.models import KnowledgeChunk
    from chatbots.retrieval.embedding.base import find_embedder
    from chatbots.retrieval.index import refresh_index, select_chunks

    embedder = find_embedder()
    assert embedder is not None
    chunks = list(select_chunks(chatbot_id=chatbot_id, revision=revision).order_by("pk"))
    texts = [f"{chunk.title}\n{chunk.text}" for chunk in chunks[:SAMPLED]]
    began = time.perf_counter()
    dimensions = embedder.embed_passages(texts).shape[1]
    took_ms = (time.perf_counter() - began) * 1000 / SAMPLED
    for chunk, vectors in zip(chunks, scatter_vectors(len(chunks), dimensions), strict=True):
        chunk.vectors, chunk.embedded_by = vectors, embedder.name
    KnowledgeChunk.objects.bulk_update(chunks, ["vectors", "embedded_by"], batch_size=500)
    began = time.perf_counter()
    refresh_index(chatbot_id=chatbot_id, revision=revision)
    return {"embedding_ms": took_ms, "build_s": time.perf_counter() - began}


def scatter_vectors(count: int, dimensions: int) -> Iterator[bytes]:
    """A question's and a passage's row of each chunk, near to the chunk's subject and to each other."""
    draw = np.random.default_rng(5)
    subjects = draw.standard_normal((SUBJECTS, dimensions))
    common = draw.standard_normal(dimensions) * 2
    for _ in range(count):
        rows = common + subjects[draw.integers(SUBJECTS)] + draw.standard_normal((2, dimensions)) * 0.5
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        yield rows.astype("<f2").tobytes()


def time_search(chatbot_id: int, revision: int) -> dict[str, Any]:
    """Milliseconds of whole searches, of their two halves, and of the bare references on the same questions."""
    from chatbots.retrieval.embedding.base import find_embedder
    from chatbots.retrieval.embedding.questions import embed_question, forget_questions
    from chatbots.retrieval.index import load_index

    embedder = find_embedder()
    assert embedder is not None
    embedder.embed_questions(["Hello"])
    began = time.perf_counter()
    index: Any = load_index(chatbot_id=chatbot_id, revision=revision)
    load_ms = (time.perf_counter() - began) * 1000
    assert index.has_meaning
    index.search("a first one, which maps the files")
    questions = list(make_texts(SEARCHES, words=9, seed=4))
    vectors = {question: embed_question(embedder, question) for question in questions}
    forget_questions()
    embedding = [_time(embed_question, embedder, question) for question in questions]
    ranking = [_time(index.search_with, question, vectors[question], keep=False) for question in questions]
    whole = [first + second for first, second in zip(embedding, ranking, strict=True)]
    return {
        "load_ms": load_ms,
        **_spread("", whole),
        **_spread("embedding_", embedding),
        **_spread("ranking_", ranking),
        **_time_references(embedder, questions),
    }


def _time_references(embedder: Any, questions: list[str]) -> dict[str, float]:
    """The library's bare call, and one matrix product over as many rows as the index has texts."""
    model = embedder._model
    calls = [_time(model.query, question) for question in questions]
    matrix = np.ones((2 * CHUNKS, model.dim), dtype=np.float32)
    vector = model.query(questions[0])
    products = [_time(np.matmul, matrix, vector) for _ in range(50)]
    return {
        "bare_embedding_ms": statistics.median(calls),
        "bare_product_ms": statistics.median(products),
    }


def _time(call: Callable[..., object], *arguments: object, **options: object) -> float:
    began = time.perf_counter()
    call(*arguments, **options)
    return (time.perf_counter() - began) * 1000


def _spread(name: str, took: list[float]) -> dict[str, float]:
    return {f"{name}p50_ms": statistics.median(took), f"{name}p95_ms": statistics.quantiles(took, n=20)[-1]}


def find_bot(slug: str) -> tuple[int, int]:
    """The bot's key and the revision of its knowledge."""
    from chatbots.models import Chatbot

    bot = Chatbot.objects.get(slug=slug)
    return bot.pk, bot.knowledge_revision


if __name__ == "__main__":
    if sys.argv[1] == "make":
        write_knowledge(Path(sys.argv[2]))
    else:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        django.setup()
        work = embed_chunks if sys.argv[1] == "embed" else time_search
        print(json.dumps(work(*find_bot(sys.argv[2]))))
