"""What went wrong at a provider, in words for the visitor and for the owner, and whether another try may help.

Never the provider's own words: those repeat parts of keys and of what was asked.
"""

import re
from typing import Any

from openai import APIConnectionError, APIError, APIStatusError, APITimeoutError

CODE = re.compile(r"[a-z][a-z0-9_]{2,59}")
STATUS_HINTS = {
    401: "The provider refuses the key: check OPENAI_API_KEY.",
    403: "The provider does not let this key use this model: check the key's rights, or choose another model.",
    404: "The provider knows no such model, or OPENAI_BASE_URL is not an OpenAI-compatible endpoint (most end in /v1).",
    413: "The question with its passages is too long for this model: choose one that takes more, or shorten the knowledge.",
    429: "The provider limits how much may be asked: raise the limit there, or choose another model.",
}
HINT_REFUSED = (
    "The provider does not take the request as it is: choose another model, or check that it is one for chat."
)
HINT_BROKEN = "The provider has trouble of its own: its status page may say more. Nothing is wrong here."
HINT_QUOTA = "The provider's account has no credit left: add some there, or choose another model."
HINT_UNREACHABLE = (
    "The server could not reach the provider: check OPENAI_BASE_URL and the way out of the server's network."
)
HINT_SILENT = "The provider took too long: choose a faster model, or raise PROVIDER_TIMEOUT_SECONDS."
HINT_CUT = "The connection to the provider broke in the middle of the answer: ask again."
HINT_GARBAGE = (
    "What came back is no stream of chat completions: check that OPENAI_BASE_URL is OpenAI-compatible."
)
HINT_FILTERED = (
    "The provider's own filter held the answer back: word the instructions or the knowledge differently."
)
HINT_EMPTY = "The model said nothing at all: choose another model."


class Fault(Exception):
    """`detail` may go to the visitor, `hint` to the owner. `passing`: another try may help."""

    def __init__(
        self, detail: str, hint: str, *, passing: bool = False, retry_after_s: float | None = None
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.hint = hint
        self.passing = passing
        self.retry_after_s = retry_after_s


def explain_error(error: Exception, *, spoke: bool) -> Fault:
    """The fault behind whatever was raised while asking or, once it `spoke`, while the answer came."""
    if isinstance(error, Fault):
        return error
    if isinstance(error, TimeoutError | APITimeoutError):
        said = "fell silent in the middle of its answer" if spoke else "did not answer in time"
        return Fault(f"The language model {said}.", HINT_SILENT)
    if isinstance(error, APIStatusError):
        return _explain_status(error)
    if isinstance(error, APIConnectionError):
        if spoke:
            return explain_ending("cut", spoke=True)
        return Fault("The language model could not be reached.", HINT_UNREACHABLE, passing=True)
    if type(error) is APIError:
        return Fault("The language model broke off with an error.", HINT_BROKEN, passing=True)
    return Fault("The language model's answer could not be read.", HINT_GARBAGE)


def explain_ending(reason: str, *, spoke: bool) -> Fault:
    """The fault of an answer that ended without a word; "cut": without saying that it ended; "nothing": it never began."""
    if reason == "cut":
        said = "broke off in the middle of its answer" if spoke else "broke off before its answer"
        return Fault(f"The language model {said}.", HINT_CUT, passing=True)
    if reason == "nothing":
        return Fault("The language model's answer could not be read.", HINT_GARBAGE)
    hint = HINT_FILTERED if reason == "content_filter" else HINT_EMPTY
    return Fault("The language model gave no answer.", hint)


def _explain_status(error: APIStatusError) -> Fault:
    status, code = error.status_code, _read_code(error)
    retry_after = _read_retry_after(error)
    if code == "insufficient_quota":
        return Fault("The language model's account is used up.", HINT_QUOTA)
    named = f"{status}, {code}" if code else f"{status}"
    if status == 429:
        words = f"The language model is busy ({named})."
        return Fault(words, STATUS_HINTS[429], passing=True, retry_after_s=retry_after)
    if status >= 500 or status in (408, 409):
        words = f"The language model's provider failed ({named})."
        return Fault(words, HINT_BROKEN, passing=True, retry_after_s=retry_after)
    return Fault(f"The language model refused ({named}).", STATUS_HINTS.get(status, HINT_REFUSED))


def _read_code(error: APIStatusError) -> str:
    code: Any = error.code
    return code if isinstance(code, str) and CODE.fullmatch(code) else ""


def _read_retry_after(error: APIStatusError) -> float | None:
    """Seconds; the header's other form, a date, is left to the backoff."""
    try:
        seconds = float(error.response.headers.get("retry-after", ""))
    except ValueError:
        return None
    return seconds if 0 <= seconds < 86_400 else None
