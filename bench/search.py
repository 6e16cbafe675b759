"""Search over ten thousand chunks: `python -m bench.search make FILE` and `python -m bench.search time BOT_ID REVISION`.

The texts are made up: words of two to four syllables, drawn as often as words are in real text (the nth word 1/n as
often as the first). They are the same in each run. `time` prints `{"p50_ms", "p95_ms", "load_ms"}` of the search alone.
"""

import csv
import json
import os
import random
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import django

CHUNKS = 10_000
WORDS = 8_000
SEARCHES = 500
SYLLABLES = [
    first + second for first in "bdfgklmnprstv" for second in ("a", "e", "i", "o", "u", "an", "er", "is")
]


def make_texts(count: int, *, words: int, seed: int) -> Iterator[str]:
    """So many texts of about so many words each."""
    vocabulary_of = random.Random(1)
    vocabulary = [
        "".join(vocabulary_of.choices(SYLLABLES, k=vocabulary_of.randint(2, 4))) for _ in range(WORDS)
    ]
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


def time_search(chatbot_id: int, revision: int) -> dict[str, float]:
    from chatbots.retrieval.index import load_index

    began = time.perf_counter()
    index = load_index(chatbot_id=chatbot_id, revision=revision)
    load_ms = (time.perf_counter() - began) * 1000
    took = []
    for question in make_texts(SEARCHES, words=9, seed=4):
        began = time.perf_counter()
        index.search(question)
        took.append((time.perf_counter() - began) * 1000)
    quantiles = statistics.quantiles(took, n=20)
    return {"p50_ms": statistics.median(took), "p95_ms": quantiles[-1], "load_ms": load_ms}


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
        print(json.dumps(time_search(*find_bot(sys.argv[2]))))
