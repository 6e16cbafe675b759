"""What went wrong at a provider, in words for the visitor and for the owner, and whether another try may help.

Never the provider's own words: those repeat parts of keys and of what was asked. The SDKs of OpenAI and of Anthropic name
their errors alike; `sdk` is the module of the one that was used.
"""

import re
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import httpx2

from chatbots.llm.base import Access

CODE = re.compile(r"[a-z][a-z0-9_]{2,59}")
# What Anthropic's error events in a stream, whose status is 200, stand for.
STATUS_OF_TYPE = {
    "invalid_request_error": 400, "authentication_error": 401, "billing_error": 402, "permission_error": 403,
    "not_found_error": 404, "request_too_large": 413, "rate_limit_error": 429, "api_error": 500, "timeout_error": 504,
    "overloaded_error": 529,
}  # fmt: skip
USED_UP = re.compile(r"credit balance is too low", re.IGNORECASE)
HINT_QUOTA = "The provider's account has no credit left: add some there, or choose another model."
STATUS_HINTS = {
    401: "The provider refuses the key: check {key}.",
    402: HINT_QUOTA,
    403: "The provider does not let this key use this model: check the key's rights, or choose another model.",
    404: "The provider knows no such model, or {url} is not the address of {kind} (most end in /v1).",
    413: "The question with its passages is too long for this model: choose one that takes more, or shorten the knowledge.",
    429: "The provider limits how much may be asked: raise the limit there, or choose another model.",
    529: "The provider is overloaded at the moment: it passes. Another model may be free.",
}
HINT_REFUSED = (
    "The provider does not take the request as it is: choose another model, or check that it is one for chat."
)
HINT_MOVED = "The address answers that it is somewhere else: check {url}."
HINT_BROKEN = "The provider has trouble of its own: its status page may say more. Nothing is wrong here."
HINT_UNREACHABLE = (
    "The server could not reach the provider: check {url} and the way out of the server's network."
)
HINT_PRIVATE = (
    "{url} leads into a private network, where this server asks nobody: name a public address, or have"
    " PROVIDERS_MAY_BE_PRIVATE set."
)
HINT_SILENT = "The provider took too long: choose a faster model, or raise PROVIDER_TIMEOUT_SECONDS."
HINT_CUT = "The connection to the provider broke in the middle of the answer: ask again."
HINT_GARBAGE = "What came back is no answer of {kind}: check {url}."
HINT_FILTERED = (
    "The provider's own filter held the answer back: word the instructions or the knowledge differently."
)
HINT_EMPTY = "The model said nothing at all: choose another model."


class PrivateAddress(OSError):
    """A host outside the open internet, where the installation lets accounts ask nobody."""


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


@dataclass(frozen=True, slots=True)
class Place:
    """What hints call the key, the address, and what should be there."""

    key: str
    url: str
    kind: str


def name_place(provider: str, access: Access | None) -> Place:
    """By the settings of the environment, or by the account."""
    kind = "Anthropic's Messages API" if provider == "anthropic" else "an OpenAI-compatible endpoint"
    if access is None or not access.account:
        return Place(f"{provider.upper()}_API_KEY", f"{provider.upper()}_BASE_URL", kind)
    account = f"the account “{access.account}” under Language models"
    return Place(f"the key of {account}", f"the address of {account}", kind)


def explain_error(error: Exception, *, sdk: ModuleType, place: Place, spoke: bool) -> Fault:
    """The fault behind whatever was raised while asking or, once it `spoke`, while the answer came."""
    fault = error if isinstance(error, Fault) else _explain(error, sdk, spoke)
    fault.hint = fault.hint.format(key=place.key, url=place.url, kind=place.kind)
    fault.hint = fault.hint[:1].upper() + fault.hint[1:]
    return fault


def explain_ending(reason: str, *, spoke: bool) -> Fault:
    """The fault of an answer that ended without a word; "cut": without saying that it ended; "nothing": it never began."""
    if reason == "cut":
        said = "broke off in the middle of its answer" if spoke else "broke off before its answer"
        return Fault(f"The language model {said}.", HINT_CUT, passing=True)
    if reason == "nothing":
        return Fault("The language model's answer could not be read.", HINT_GARBAGE)
    hint = HINT_FILTERED if reason == "filtered" else HINT_EMPTY
    return Fault("The language model gave no answer.", hint)


def _explain(error: Exception, sdk: ModuleType, spoke: bool) -> Fault:
    if _leads_inside(error):
        return Fault("The language model may not be asked there.", HINT_PRIVATE)
    if isinstance(error, TimeoutError | sdk.APITimeoutError):
        said = "fell silent in the middle of its answer" if spoke else "did not answer in time"
        return Fault(f"The language model {said}.", HINT_SILENT)
    if isinstance(error, sdk.APIStatusError):
        return _explain_status(error)
    # While a stream is read, the SDKs let through what carries their requests.
    if isinstance(error, sdk.APIConnectionError | httpx2.TransportError):
        if spoke:
            return explain_ending("cut", spoke=True)
        if isinstance(error, httpx2.RemoteProtocolError | httpx2.ReadError):
            return explain_ending("cut", spoke=False)
        return Fault("The language model could not be reached.", HINT_UNREACHABLE, passing=True)
    if type(error) is sdk.APIError:
        return Fault("The language model broke off with an error.", HINT_BROKEN, passing=True)
    return Fault("The language model's answer could not be read.", HINT_GARBAGE)


def _explain_status(error: Any) -> Fault:
    code, retry_after = _read_code(error), _read_retry_after(error)
    status = STATUS_OF_TYPE.get(code, 500) if error.status_code == 200 else error.status_code
    if code == "insufficient_quota" or status == 402 or USED_UP.search(str(error)):
        return Fault("The language model's account is used up.", HINT_QUOTA)
    named = f"{status}, {code}" if code else f"{status}"
    if status == 429:
        words = f"The language model is busy ({named})."
        return Fault(words, STATUS_HINTS[429], passing=True, retry_after_s=retry_after)
    if status >= 500 or status in (408, 409):
        words = f"The language model's provider failed ({named})."
        hint = STATUS_HINTS.get(status, HINT_BROKEN)
        return Fault(words, hint, passing=True, retry_after_s=retry_after)
    hint = HINT_MOVED if 300 <= status < 400 else STATUS_HINTS.get(status, HINT_REFUSED)
    return Fault(f"The language model refused ({named}).", hint)


def _read_code(error: Any) -> str:
    """The provider's short code: OpenAI's `code`, Anthropic's `type`; "" where it is no plain word."""
    code: Any = getattr(error, "code", None)
    body: Any = getattr(error, "body", None)
    if code is None and isinstance(body, dict) and isinstance(body.get("error"), dict):
        code = body["error"].get("type")
    return code if isinstance(code, str) and CODE.fullmatch(code) else ""


def _read_retry_after(error: Any) -> float | None:
    """Seconds; the header's other form, a date, is left to the backoff."""
    try:
        seconds = float(error.response.headers.get("retry-after", ""))
    except ValueError:
        return None
    return seconds if 0 <= seconds < 86_400 else None


def _leads_inside(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, PrivateAddress):
            return True
        error = error.__cause__ or error.__context__
    return False
