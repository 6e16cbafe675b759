"""Frames that clients send: typed, and refused with a sentence when they are not what the protocol says."""

import json
from typing import Any, Generic, Literal, TypeVar
from uuid import UUID

import msgspec

from core.errors import BadFrame, Invalid, ParleyError, UnknownType

F = TypeVar("F")


class Frame(msgspec.Struct, tag_field="type", frozen=True, gc=False):
    """Base of all frames; a subclass's tag is its `type`. Fields that it does not know are passed over."""


class MessageFrame(Frame, frozen=True, tag="message"):
    client_id: UUID
    text: str
    session_id: str = ""
    model: str | None = None
    attachments: list[str] = []


class ChooseFrame(Frame, frozen=True, tag="choose"):
    client_id: UUID
    choice: str
    session_id: str = ""


class FeedbackFrame(Frame, frozen=True, tag="feedback"):
    session_id: str
    seq: int
    value: Literal[1, -1]
    text: str = ""


class SessionSyncFrame(Frame, frozen=True, tag="session_sync"):
    session_id: str
    after_seq: int = 0


class TypingFrame(Frame, frozen=True, tag="typing"):
    session_id: str
    on: bool = True


class ReadFrame(Frame, frozen=True, tag="read"):
    session_id: str
    seq: int


class RequestAgentFrame(Frame, frozen=True, tag="request_agent"):
    session_id: str
    reason: str = ""


class EndFrame(Frame, frozen=True, tag="end"):
    session_id: str


class CancelFrame(Frame, frozen=True, tag="cancel"):
    session_id: str
    turn_id: str


class RetryFrame(Frame, frozen=True, tag="retry"):
    session_id: str
    turn_id: str


class PingFrame(Frame, frozen=True, tag="ping"):
    id: str | int | None = None
    session_id: str = ""
    last_seq: int = 0


class AcceptFrame(Frame, frozen=True, tag="accept"):
    handoff_id: str


CHAT_FRAMES = (
    MessageFrame
    | ChooseFrame
    | FeedbackFrame
    | SessionSyncFrame
    | CancelFrame
    | RetryFrame
    | TypingFrame
    | ReadFrame
    | RequestAgentFrame
    | EndFrame
    | PingFrame
)
AGENT_FRAMES = MessageFrame | SessionSyncFrame | TypingFrame | ReadFrame | EndFrame | PingFrame | AcceptFrame


class FrameReader(Generic[F]):
    """Reads one socket's kinds of frames."""

    def __init__(self, kinds: Any) -> None:
        self._decoder: msgspec.json.Decoder[F] = msgspec.json.Decoder(kinds)
        self._types = {kind.__struct_config__.tag for kind in kinds.__args__}

    def read(self, text: str) -> F:
        """Return the frame in `text`.

        Raises:
            BadFrame: no JSON object with a `type`. UnknownType. Invalid: a field is missing or wrong; it is named.
        """
        try:
            return self._decoder.decode(text)
        except (msgspec.ValidationError, msgspec.DecodeError, RecursionError, UnicodeEncodeError) as error:
            raise self._explain(text, error) from error

    def _explain(self, text: str, error: Exception) -> ParleyError:
        try:
            # The standard library takes lone surrogates, which are worth a better answer than "no JSON".
            raw = json.loads(text)
        except (ValueError, RecursionError):
            return BadFrame()
        if not isinstance(raw, dict) or not isinstance(raw.get("type"), str):
            return BadFrame()
        if raw["type"] not in self._types:
            return UnknownType(f"There is no frame of type {raw['type'][:40]!r} here.")
        about = {"client_id": raw["client_id"][:64]} if isinstance(raw.get("client_id"), str) else {}
        if isinstance(error, msgspec.ValidationError):
            return Invalid(f"That frame is not valid: {error}.", **about)
        return Invalid("That message contains half a character. Type it again.", **about)


def error_frame(error: ParleyError, **about: Any) -> dict[str, Any]:
    """The `error` frame for `error`; `about` names the client_id or turn_id that it concerns."""
    frame: dict[str, Any] = {
        "type": "error",
        "code": error.code,
        "detail": error.detail,
        **error.extra,
        **about,
    }
    if error.fields:
        frame["fields"] = error.fields
    if error.retry_after_s is not None:
        frame["retry_after_s"] = error.retry_after_s
    return frame
