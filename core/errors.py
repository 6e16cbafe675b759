"""Parley's errors: one class per code of the protocol, translated to HTTP in core/api.py and to frames in conversations.

Every error carries a sentence for a person (`detail`), and where it helps the fields at fault and when to try again.
"""

from typing import Any, ClassVar


class ParleyError(Exception):
    """Base of all errors that a caller is told about.

    Args:
        detail: a sentence saying what happened and what to do.
        fields: field name -> sentence, for forms and API calls.
        retry_after_s: seconds after which the same request may succeed.
        extra: more data for the answer, such as who holds a handoff.
    """

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    default_detail: ClassVar[str] = "Something went wrong on our side. Try again."

    def __init__(
        self,
        detail: str = "",
        *,
        fields: dict[str, str] | None = None,
        retry_after_s: float | None = None,
        **extra: Any,
    ) -> None:
        self.detail = detail or self.default_detail
        self.fields = fields or {}
        self.retry_after_s = retry_after_s
        self.extra = extra
        super().__init__(self.detail)


class BadFrame(ParleyError):
    code, status = "bad_frame", 400
    default_detail = "That was not a JSON object in a text frame. Send one with a `type`."


class UnknownType(ParleyError):
    code, status = "unknown_type", 400
    default_detail = "There is no frame of that type."


class Invalid(ParleyError):
    code, status = "invalid", 400
    default_detail = "Some of that is not valid. Correct it and try again."


class Unauthorised(ParleyError):
    code, status = "unauthorised", 401
    default_detail = "Sign in, or send a valid token."


class Forbidden(ParleyError):
    code, status = "forbidden", 403
    default_detail = "Your role does not allow that. Ask an owner of the organisation."


class NotFound(ParleyError):
    """What does not exist and what belongs to somebody else: the same to the letter."""

    code, status = "not_found", 404
    default_detail = "There is nothing here by that name."


class Conflict(ParleyError):
    code, status = "conflict", 409
    default_detail = "Somebody was quicker. Load the page again to see what changed."


class TooLarge(ParleyError):
    code, status = "too_large", 413
    default_detail = "That is too large. Send less at once."


class RateLimited(ParleyError):
    code, status = "rate_limited", 429
    default_detail = "That was a lot at once. Wait a moment and try again."


class ProviderFailed(ParleyError):
    """A language model gave no answer, or not all of it. `hint` is for the owner's trace: what to do about it."""

    code, status = "provider_failed", 502
    default_detail = "The language model did not answer. Try again."

    def __init__(self, detail: str = "", *, hint: str = "", retry_after_s: float | None = None) -> None:
        super().__init__(detail, retry_after_s=retry_after_s)
        self.hint = hint


class Unavailable(ParleyError):
    """Not stored, or not known to be: sending the same again is safe."""

    code, status = "unavailable", 503
    default_detail = "We are busy right now. Try again in a moment."


class Internal(ParleyError):
    pass
