"""Which addresses of the web may be asked, by their words and by the numbers that names stand for."""

from hashlib import sha256
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

from django.conf import settings

from core.addresses import is_public
from core.errors import Invalid

MAX_ADDRESS = 2_000
MAX_TITLE = 200
PORTS = {"http": 80, "https": 443}
PUBLIC_ONLY = (
    "Only pages that everybody can reach may be imported. For a host of your own network, whoever runs this server can "
    "name it in KNOWLEDGE_ALLOWED_HOSTS."
)


class Blocked(Invalid):
    """The address is not of the public web, and is not allowed by a setting."""


def check_address(address: str) -> str:
    """The address as it is asked: with a scheme, without a fragment, percent-encoded, its host in lower case.

    Raises:
        Invalid: it is no http or https address. Blocked: its port is not allowed.
    """
    text = address.strip()
    if "://" not in text and not text.startswith(("mailto:", "javascript:", "data:", "file:")):
        text = f"https://{text}"
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
        host = host if ":" in host else host.encode("idna").decode("ascii")
    except (ValueError, UnicodeError) as error:
        raise _make_invalid() from error
    if parts.scheme not in PORTS or not host or len(text) > MAX_ADDRESS or any(c.isspace() for c in host):
        raise _make_invalid()
    if parts.username is not None or parts.password is not None:
        raise _make_invalid("An address with a name or password in it cannot be imported.")
    if port is not None and port not in settings.KNOWLEDGE_ALLOWED_PORTS and not is_allowed_host(host, port):
        raise Blocked(f"Port {port} is not one of web pages.", hint=PUBLIC_ONLY)
    return _rebuild(parts, host, port)


def is_allowed_host(host: str, port: int) -> bool:
    """Whether a setting names this host: with this port, or without one where the port is one of web pages."""
    named = {name.strip().lower() for name in settings.KNOWLEDGE_ALLOWED_HOSTS}
    return f"{host}:{port}" in named or (host in named and port in settings.KNOWLEDGE_ALLOWED_PORTS)


def check_number(number: str) -> str:
    """The number that a name stands for. Raises Blocked for whatever is not of the public internet."""
    if not is_public(number):
        raise Blocked(
            f"The address leads to {number[:60]}, which is not on the public internet.", hint=PUBLIC_ONLY
        )
    return number.partition("%")[0]


def make_title(address: str, *, kind: str) -> str:
    """What a source of the web is called unless its owner names it: the address without its scheme."""
    parts = urlsplit(address)
    title = parts.netloc if kind == "sitemap" else address.partition("://")[2].rstrip("/")
    if len(title) <= MAX_TITLE:
        return title
    return f"{title[: MAX_TITLE - 10]}…{sha256(address.encode()).hexdigest()[:8]}"


def _rebuild(parts: SplitResult, host: str, port: int | None) -> str:
    shown = f"[{host}]" if ":" in host else host
    if port is not None and port != PORTS[parts.scheme]:
        shown = f"{shown}:{port}"
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = quote(parts.query, safe="/%:@!$&'()*+,;=~-._?[]")
    return urlunsplit((parts.scheme, shown, path, query, ""))


def _make_invalid(detail: str = "That is no address of a web page.") -> Invalid:
    hint = "An address begins with https:// or http://, such as https://example.com/help."
    return Invalid(detail, fields={"address": f"{detail} {hint}"}, hint=hint)
