"""`python -m chatbots.knowledge.reading_child BYTES SECONDS`: the child of apart.py, which describes what they say.

Knows neither Django nor settings. SECONDS are of processor time and hold for each document.
"""

import io
import json
import os
import resource
import sys
from contextlib import suppress
from importlib import import_module
from typing import Any, BinaryIO

import msgspec

from chatbots.knowledge.pieces import Parsed
from core.errors import ParleyError

# Imported when first needed: the libraries take up to half a second to load.
READERS = {
    "html": ("chatbots.knowledge.html", "read_html"),
    "pdf": ("chatbots.knowledge.pdf", "read_pdf"),
    "docx": ("chatbots.knowledge.docx", "read_docx"),
}
REPORT_EVERY = 0.01


def main(memory: int, seconds: int) -> None:
    """Serve documents until standard input ends."""
    # What a library prints must not stand between the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with suppress(ValueError, OSError):  # not every system can bound it
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    requests = sys.stdin.buffer
    while head := requests.readline():
        request: dict[str, Any] = json.loads(head)
        used = resource.getrusage(resource.RUSAGE_SELF)
        limit = int(used.ru_utime + used.ru_stime) + seconds + 1
        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.getrlimit(resource.RLIMIT_CPU)[1]))
        data = requests.read(request["size"])
        _write(answers, _answer(request, data, answers))


def _answer(request: dict[str, Any], data: bytes, answers: BinaryIO) -> dict[str, Any]:
    told = 0.0

    def on_progress(share: float) -> None:
        nonlocal told
        if share - told >= REPORT_EVERY:
            told = share
            _write(answers, {"progress": share})

    module, name = READERS[request["reader"]]
    try:
        parsed: Parsed = getattr(import_module(module), name)(
            io.BytesIO(data), on_progress, **request["options"]
        )
        return {"parsed": msgspec.to_builtins(parsed)}
    except ParleyError as error:
        return _make_error(error.code, error.detail, str(error.extra.get("hint", "")))
    except MemoryError:
        return _make_error("too_large", "Reading it took more memory than is allowed.", "Split it.")
    except Exception as error:  # noqa: BLE001 - whatever a library meets, the parent must hear of it
        kind = type(error).__name__
        return _make_error(
            "invalid",
            f"It is damaged, or made in a way that cannot be read ({kind}).",
            "Save it anew, or paste its text.",
        )


def _make_error(code: str, detail: str, hint: str) -> dict[str, Any]:
    return {"error": {"code": code, "detail": detail, "hint": hint}}


def _write(answers: BinaryIO, answer: dict[str, Any]) -> None:
    answers.write(json.dumps(answer).encode() + b"\n")
    answers.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
