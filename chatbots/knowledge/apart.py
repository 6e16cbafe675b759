"""Reading foreign documents in a process of their own, with bounds on memory and time and without the server's secrets.

A library that parses what strangers made can be led to run for hours or take all memory. Here it takes a child process
with it and nothing else. One child reads as many documents as it is given.

The parent writes a line of JSON (`reader`, `size`, `options`) and `size` bytes; the child answers with lines of JSON:
`progress`, and at last `parsed` or `error`.
"""

import json
import os
import selectors
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import IO, Any, BinaryIO, Self

import msgspec
from django.conf import settings

from chatbots.knowledge.pieces import OnProgress, Parsed, Reader
from core.errors import Invalid, ParleyError, TooLarge

TAKES_TOO_MUCH = "Split it into smaller files, or save its text as Markdown or plain text."
BLOCK = 2**18


class ReadingProcess:
    """The child, started when it is first needed and again where it died. For one thread."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._answered = b""

    def read(self, reader: str, data: bytes, *, on_progress: OnProgress, **options: str) -> Parsed:
        """`reader` is one of those in reading_child.py.

        Raises:
            Invalid, TooLarge: as that reader says, or because it took too long or too much memory.
        """
        deadline = monotonic() + settings.KNOWLEDGE_READ_SECONDS
        child = self._start()
        head = json.dumps({"reader": reader, "size": len(data), "options": options}) + "\n"
        try:
            self._send(child, head.encode() + data, deadline)
            for line in self._receive(child, deadline):
                answer: dict[str, Any] = json.loads(line)
                if "progress" in answer:
                    on_progress(answer["progress"])
                    continue
                return _take_answer(answer)
        except (BrokenPipeError, ConnectionError):
            pass
        except ParleyError as error:
            if (
                "code" not in error.extra
            ):  # not the reader's own words: the child is in the middle of something
                self.close()
            raise
        except BaseException:
            self.close()
            raise
        self.close()
        raise TooLarge("Reading it took more memory than is allowed, or ended at once.", hint=TAKES_TOO_MUCH)

    def close(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.communicate()
            self._child = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _start(self) -> subprocess.Popen[bytes]:
        if self._child is not None and self._child.poll() is None:
            return self._child
        self.close()
        self._answered = b""
        limits = [str(settings.KNOWLEDGE_READ_MEMORY), str(int(settings.KNOWLEDGE_READ_SECONDS))]
        base = str(Path(settings.BASE_DIR))
        self._child = subprocess.Popen(  # noqa: S603 - our own module, the document comes through the pipe
            [sys.executable, "-m", "chatbots.knowledge.reading_child", *limits],
            cwd=base,
            env={"PYTHONPATH": base, "LANG": "C.UTF-8"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
        )
        for number in (_get_pipe(self._child.stdin), _get_pipe(self._child.stdout)):
            os.set_blocking(number, False)
        return self._child

    def _send(self, child: subprocess.Popen[bytes], data: bytes, deadline: float) -> None:
        pipe = _get_pipe(child.stdin)
        rest = memoryview(data)
        with _selecting(pipe, selectors.EVENT_WRITE) as selector:
            while rest:
                _wait(selector, deadline)
                rest = rest[os.write(pipe, rest[:BLOCK]) :]

    def _receive(self, child: subprocess.Popen[bytes], deadline: float) -> Iterator[bytes]:
        """Lines until the child ends."""
        pipe = _get_pipe(child.stdout)
        with _selecting(pipe, selectors.EVENT_READ) as selector:
            while True:
                parts: list[bytes] = [self._answered]
                while b"\n" not in parts[-1]:
                    _wait(selector, deadline)
                    block = os.read(pipe, BLOCK)
                    if not block:
                        return
                    parts.append(block)
                line, self._answered = b"".join(parts).split(b"\n", 1)
                yield line


def read_apart(name: str) -> Reader:
    """The reader `name` for the list of formats: each document in a child of its own."""

    def read(opened: BinaryIO, on_progress: OnProgress) -> Parsed:
        with ReadingProcess() as process:
            return process.read(name, opened.read(), on_progress=on_progress)

    return read


def _take_answer(answer: dict[str, Any]) -> Parsed:
    if "error" in answer:
        fault = answer["error"]
        kind = TooLarge if fault["code"] == TooLarge.code else Invalid
        raise kind(fault["detail"], **({"hint": fault["hint"]} if fault["hint"] else {}), code=fault["code"])
    return msgspec.convert(answer["parsed"], Parsed)


def _get_pipe(pipe: IO[bytes] | None) -> int:
    if pipe is None:
        raise BrokenPipeError
    return pipe.fileno()


@contextmanager
def _selecting(pipe: int, event: int) -> Iterator[selectors.BaseSelector]:
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, event)
        yield selector


def _wait(selector: selectors.BaseSelector, deadline: float) -> None:
    if not selector.select(max(0.0, deadline - monotonic())) and monotonic() >= deadline:
        seconds = settings.KNOWLEDGE_READ_SECONDS
        raise TooLarge(f"Reading it took longer than {seconds:,.0f} s.", hint=TAKES_TOO_MUCH)
