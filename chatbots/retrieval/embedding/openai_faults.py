"""What went wrong at an embeddings endpoint, as a sentence and a hint for the owner. Never a key, never a text."""

from openai import APIConnectionError, APIStatusError, APITimeoutError

from chatbots.retrieval.embedding.base import EmbedderFailed

NO_EMBEDDINGS = "The embeddings endpoint answered with something else than embeddings."
UNTIL_THEN = "Then import it again. Until then the bot answers from what it knew before."
HINTS = {
    401: "the endpoint refuses the key: check EMBEDDINGS_API_KEY.",
    403: "the endpoint does not let this key use this model: check the key's rights and EMBEDDINGS_MODEL.",
    404: "the endpoint knows no such model: check EMBEDDINGS_MODEL, and that EMBEDDINGS_BASE_URL is an "
    "OpenAI-compatible endpoint (most end in /v1).",
    413: "the texts are too long for it: lower EMBEDDINGS_BATCH, or choose another model.",
    429: "the endpoint limits how much may be asked: raise the limit there.",
}
HINT_REFUSED = (
    "the endpoint does not take the request as it is: check that EMBEDDINGS_MODEL is a model for embeddings."
)
HINT_QUOTA = "add some credit to the account there."
HINT_BROKEN = "the endpoint has trouble of its own."
HINT_SILENT = "the endpoint took too long: lower EMBEDDINGS_BATCH, or raise PROVIDER_TIMEOUT_SECONDS."
HINT_UNREACHABLE = "check EMBEDDINGS_BASE_URL and the way out of the server's network."
HINT_GARBAGE = (
    "check that EMBEDDINGS_BASE_URL is OpenAI-compatible and EMBEDDINGS_MODEL a model for embeddings."
)


def explain_error(error: Exception) -> EmbedderFailed:
    """The fault behind whatever was raised while asking."""
    if isinstance(error, EmbedderFailed):
        return make_fault(error.detail, HINT_GARBAGE)
    if isinstance(error, TimeoutError | APITimeoutError):
        return make_fault("The embeddings endpoint did not answer in time.", HINT_SILENT, passing=True)
    if isinstance(error, APIStatusError):
        return _explain_status(error)
    if isinstance(error, APIConnectionError):
        return make_fault("The embeddings endpoint could not be reached.", HINT_UNREACHABLE, passing=True)
    return make_fault(NO_EMBEDDINGS, HINT_GARBAGE)


def make_fault(
    detail: str, hint: str, *, passing: bool = False, retry_after_s: float | None = None
) -> EmbedderFailed:
    hint = f"Whoever runs this server can mend that: {hint} {UNTIL_THEN}"
    return EmbedderFailed(detail, hint=hint, passing=passing, retry_after_s=retry_after_s)


def _explain_status(error: APIStatusError) -> EmbedderFailed:
    status, wait = error.status_code, _read_retry_after(error)
    if error.code == "insufficient_quota":
        return make_fault("The account at the embeddings endpoint is used up.", HINT_QUOTA)
    if status == 429:
        words = f"The embeddings endpoint is busy ({status})."
        return make_fault(words, HINTS[429], passing=True, retry_after_s=wait)
    if status >= 500 or status in (408, 409):
        words = f"The embeddings endpoint failed ({status})."
        return make_fault(words, HINT_BROKEN, passing=True, retry_after_s=wait)
    return make_fault(f"The embeddings endpoint refused ({status}).", HINTS.get(status, HINT_REFUSED))


def _read_retry_after(error: APIStatusError) -> float | None:
    """Seconds; the header's other form, a date, is left to the backoff."""
    try:
        seconds = float(error.response.headers.get("retry-after", ""))
    except ValueError:
        return None
    return seconds if 0 < seconds < 86_400 else None
