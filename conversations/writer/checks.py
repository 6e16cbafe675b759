"""What no message may contain, whichever database stores it."""

from django.conf import settings

from core.errors import Invalid


def check_text(text: str, *, field: str = "text", limit: int | None = None, required: bool = True) -> str:
    """Return `text`, or raise Invalid with a sentence.

    PostgreSQL refuses NUL while SQLite stores it, and a lone surrogate is an encoding error of neither: both are
    refused here, before a batch could fail for them. `limit` in characters, settings.MESSAGE_MAX_CHARACTERS by default.
    """
    limit = limit or settings.MESSAGE_MAX_CHARACTERS
    if required and not text.strip():
        raise Invalid("Write something first: the message is empty.", fields={field: "Write something."})
    if len(text) > limit:
        raise Invalid(
            f"That message is too long: {len(text):,} characters. {limit:,} is the most; send it in parts.",
            fields={field: f"At most {limit:,} characters."},
        )
    if "\x00" in text:
        raise Invalid(
            "That message contains a NUL character. Remove it.", fields={field: "No NUL characters."}
        )
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise Invalid(
            "That message contains half a character. Type it again.", fields={field: "No lone surrogates."}
        ) from error
    return text
