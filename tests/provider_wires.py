"""The two wire formats that the stand-in speaks: OpenAI's chat completions and Anthropic's Messages."""

import json
import time
from collections.abc import Iterator
from typing import Any, Protocol

from tests.provider_script import Refusal, Request, Script


class Wire(Protocol):
    bad_key: str | None

    def read_key(self, request: Request) -> str: ...
    def begin(self, request: Request, script: Script) -> Iterator[bytes]: ...
    def say(self, request: Request, text: str) -> bytes: ...
    def end(self, request: Request, script: Script) -> Iterator[bytes]: ...
    def whole(self, request: Request, script: Script) -> dict[str, Any]: ...
    def refuse(self, refusal: Refusal) -> bytes: ...


class OpenAIWire:
    bad_key: str | None = "invalid_api_key"

    def read_key(self, request: Request) -> str:
        return request.headers.get("authorization", "").removeprefix("Bearer ")

    def begin(self, request: Request, script: Script) -> Iterator[bytes]:
        yield self._event(request, {"role": "assistant", "content": ""})

    def say(self, request: Request, text: str) -> bytes:
        return self._event(request, {"content": text})

    def end(self, request: Request, script: Script) -> Iterator[bytes]:
        yield self._event(request, {}, script.finish_reason)
        if _counts(request):
            chunk = {**_chunk(request, {}), "choices": [], "usage": _usage(script)}
            yield b"data: " + json.dumps(chunk).encode() + b"\n\n"
        yield b"data: [DONE]\n\n"

    def whole(self, request: Request, script: Script) -> dict[str, Any]:
        message = {"role": "assistant", "content": script.text, "refusal": None}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": script.finish_reason}
        return {
            **_chunk(request, {}),
            "object": "chat.completion",
            "choices": [choice],
            "usage": _usage(script),
        }

    def refuse(self, refusal: Refusal) -> bytes:
        kind = "invalid_request_error" if refusal.status < 429 else "server_error"
        error = {"message": refusal.message, "type": kind, "param": None, "code": refusal.code}
        return json.dumps({"error": error}).encode()

    def _event(self, request: Request, delta: dict[str, str], finish_reason: str | None = None) -> bytes:
        usage = {"usage": None} if _counts(request) else {}
        chunk = {**_chunk(request, delta, finish_reason), **usage}
        return b"data: " + json.dumps(chunk).encode() + b"\n\n"


class AnthropicWire:
    """As its reference on streaming has it: message_start, content_block_*, ping, message_delta, message_stop, error."""

    ENDINGS = {"stop": "end_turn", "length": "max_tokens", "content_filter": "refusal"}
    TYPES = {
        400: "invalid_request_error", 401: "authentication_error", 402: "billing_error", 403: "permission_error",
        404: "not_found_error", 413: "request_too_large", 429: "rate_limit_error", 529: "overloaded_error",
    }  # fmt: skip

    bad_key: str | None = None

    def read_key(self, request: Request) -> str:
        """The documentation's header, or the one that its SDK sends."""
        return request.headers.get("x-api-key") or request.headers.get("authorization", "")[len("Bearer ") :]

    def begin(self, request: Request, script: Script) -> Iterator[bytes]:
        message = {**_message(request), "usage": {"input_tokens": script.tokens_in, "output_tokens": 1}}
        yield _named("message_start", message=message)
        yield _named("content_block_start", index=0, content_block={"type": "text", "text": ""})
        yield _named("ping")

    def say(self, request: Request, text: str) -> bytes:
        return _named("content_block_delta", index=0, delta={"type": "text_delta", "text": text})

    def end(self, request: Request, script: Script) -> Iterator[bytes]:
        yield _named("content_block_stop", index=0)
        yield _named(
            "message_delta",
            delta={"stop_reason": self._ending(script), "stop_sequence": None},
            usage={"output_tokens": script.tokens_out},
        )
        yield _named("message_stop")

    def whole(self, request: Request, script: Script) -> dict[str, Any]:
        usage = {"input_tokens": script.tokens_in, "output_tokens": script.tokens_out}
        content = [{"type": "text", "text": script.text}]
        return {
            **_message(request),
            "content": content,
            "stop_reason": self._ending(script),
            "usage": usage,
        }

    def refuse(self, refusal: Refusal) -> bytes:
        kind = refusal.code or self.TYPES.get(refusal.status, "api_error")
        return json.dumps({"type": "error", "error": {"type": kind, "message": refusal.message}}).encode()

    def _ending(self, script: Script) -> str:
        return self.ENDINGS.get(script.finish_reason, script.finish_reason)


# The end of a path -> what is spoken there.
WIRES: dict[str, Wire] = {"/chat/completions": OpenAIWire(), "/messages": AnthropicWire()}


def find_wire(path: str) -> Wire | None:
    return next((wire for ending, wire in WIRES.items() if path.endswith(ending)), None)


def _counts(request: Request) -> bool:
    return bool((request.body.get("stream_options") or {}).get("include_usage"))


def _chunk(request: Request, delta: dict[str, str], finish_reason: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
    return {
        "id": "chatcmpl-standin",
        "object": "chat.completion.chunk",
        "created": int(time.time()),
        "model": request.body.get("model"),
        "choices": [choice],
    }


def _usage(script: Script) -> dict[str, int]:
    total = script.tokens_in + script.tokens_out
    return {
        "prompt_tokens": script.tokens_in,
        "completion_tokens": script.tokens_out,
        "total_tokens": total,
    }


def _message(request: Request) -> dict[str, Any]:
    return {
        "id": "msg_standin",
        "type": "message",
        "role": "assistant",
        "content": [],
        "model": request.body.get("model"),
        "stop_reason": None,
        "stop_sequence": None,
    }


def _named(event: str, **data: Any) -> bytes:
    return f"event: {event}\n".encode() + b"data: " + json.dumps({"type": event, **data}).encode() + b"\n\n"
