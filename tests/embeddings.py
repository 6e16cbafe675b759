"""Stand-ins for embedders: one in the process that counts, and an endpoint that speaks OpenAI's embeddings.

Both know a few synonyms: texts about the same thing lie near to each other, others do not.
"""

import asyncio
import base64
import hashlib
import json
import re
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np

from chatbots.retrieval.embedding.base import EmbedderFailed, Rows, make_unit_rows

DIMENSIONS = 64
MEANINGS = {
    "refund": "return", "money": "return", "back": "return", "send": "return", "returns": "return",
    "parcel": "delivery", "arrive": "delivery", "order": "delivery", "shipping": "delivery",
    "hours": "open", "opening": "open", "closed": "open", "visit": "open",
}  # fmt: skip


def embed_by_words(texts: Sequence[str]) -> Rows:
    """(len(texts), DIMENSIONS): a direction for each meaning, summed over the words that have one."""
    rows = np.full((len(texts), DIMENSIONS), 0.01, dtype=np.float32)
    for row, text in zip(rows, texts, strict=True):
        for word in re.findall(r"\w+", text.lower()):
            meaning = MEANINGS.get(word, word)
            row[hashlib.blake2b(meaning.encode()).digest()[0] % DIMENSIONS] += (
                1.0 if word in MEANINGS else 0.2
            )
    return make_unit_rows(rows)


@dataclass
class CountingEmbedder:
    """Writes down what it embedded and where; `failing`: raises that instead."""

    name: str = "stand-in"
    batch: int = 8
    question_batch: int = 1
    questions: list[str] = field(default_factory=list)
    passages: list[str] = field(default_factory=list)
    on_loop: list[bool] = field(default_factory=list)
    failing: EmbedderFailed | None = None
    left: int = 10**9  # calls until it fails

    def embed_questions(self, texts: Sequence[str], *, patient: bool = False) -> Rows:
        return self._embed(texts, self.questions)

    def embed_passages(self, texts: Sequence[str]) -> Rows:
        return self._embed(texts, self.passages)

    def forget(self) -> None:
        self.questions.clear()
        self.passages.clear()

    def _embed(self, texts: Sequence[str], seen: list[str]) -> Rows:
        self.left -= 1
        if self.failing is not None and self.left < 0:
            raise self.failing
        assert len(texts) <= 128
        self.on_loop.append(_is_on_loop())
        seen += texts
        return embed_by_words(texts)


def _is_on_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


@dataclass
class Answer:
    """What the endpoint says to one request in place of embeddings."""

    status: int = 200
    body: Any = None
    raw: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    wait: threading.Event | None = None


@dataclass
class Endpoint:
    """`requests` are the bodies that came, with the key in "key". `floats`: knows no base64, as some do."""

    url: str = ""
    key: str = "sk-embeddings"
    model: str = "small-embedder"
    floats: bool = False
    requests: list[dict[str, Any]] = field(default_factory=list)
    script: deque[Answer] = field(default_factory=deque)

    def refuse(self, status: int, code: str = "", **headers: str) -> None:
        error = {"message": "no", "type": "error", "code": code or None}
        self.script.append(Answer(status, {"error": error}, headers=headers))

    def answer(self, body: dict[str, Any]) -> Answer:
        if self.script:
            return self.script.popleft()
        if body["key"] != f"Bearer {self.key}":
            return Answer(401, {"error": {"message": "no", "code": "invalid_api_key"}})
        if body["model"] != self.model:
            return Answer(404, {"error": {"message": "no", "code": "model_not_found"}})
        as_base64 = body.get("encoding_format") == "base64" and not self.floats
        rows = embed_by_words(body["input"])
        data = [
            {"object": "embedding", "index": at, "embedding": _encode(row, as_base64=as_base64)}
            for at, row in enumerate(rows)
        ]
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        return Answer(body={"object": "list", "model": self.model, "data": data[::-1], "usage": usage})


def _encode(row: Any, *, as_base64: bool) -> Any:
    return base64.b64encode(row.astype("<f4").tobytes()).decode() if as_base64 else row.tolist()


@contextmanager
def run_endpoint() -> Iterator[Endpoint]:
    """An endpoint on a free port."""
    endpoint = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            body["key"] = self.headers["authorization"]
            endpoint.requests.append(body)
            answer = endpoint.answer(body)
            if answer.wait is not None:
                answer.wait.wait(20)
            sent = answer.raw if answer.raw is not None else json.dumps(answer.body).encode()
            self.send_response(answer.status)
            for name, value in {"content-type": "application/json", **answer.headers}.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("content-length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    endpoint.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield endpoint
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
