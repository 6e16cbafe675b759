"""A bot's allowed domains: which pages may show its widget.

An entry is a host (`shop.example`), with `*.` for its subdomains, optionally with scheme and port, or `*` for any site.
They mean what the same words mean in the browser's `frame-ancestors` (CSP Level 3, section 6.7.2.8), so that the browser
and the check at bootstrap refuse alike. Our own pages are always allowed.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

ANY = "*"
SELF = "'self'"
DEFAULT_PORTS = {"http": 80, "https": 443}
ENTRY = re.compile(
    r"^(?:(?P<scheme>https?)://)?(?P<host>(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)(?:\.[a-z0-9-]+)*)(?::(?P<port>\d{1,5}|\*))?$"
)


@dataclass(frozen=True, slots=True)
class Domain:
    """One entry, taken apart. Empty scheme: that of our own pages, or safer. Empty port: the scheme's own."""

    scheme: str
    host: str
    port: str

    def __str__(self) -> str:
        scheme = f"{self.scheme}://" if self.scheme else ""
        return scheme + self.host + (f":{self.port}" if self.port else "")


def parse_domain(entry: object) -> Domain | None:
    """Take an entry apart; None for what is no domain, so that nothing else ever gets into a header."""
    text = str(entry).strip().lower().rstrip("/")
    try:
        text = text.encode("idna").decode() if not text.isascii() else text
    except UnicodeError:
        return None
    match = ENTRY.match(text)
    if match is None:
        return None
    return Domain(match["scheme"] or "", match["host"], match["port"] or "")


def list_ancestors(entries: Iterable[object]) -> list[str]:
    """The sources for `frame-ancestors`."""
    entries = list(entries)
    if ANY in entries:
        return [ANY]
    return [SELF, *(str(domain) for domain in map(parse_domain, entries) if domain)]


def is_page_allowed(*, page: str, entries: Iterable[object], own_origin: str) -> bool:
    """Whether a page (an address or an origin) may show the widget. `null` and `file:` pages need `*`."""
    entries = list(entries)
    if ANY in entries:
        return True
    try:
        url = urlsplit(page)
        port = url.port or DEFAULT_PORTS[url.scheme]
    except (ValueError, KeyError):
        return False
    own = urlsplit(own_origin)
    if (url.scheme, url.netloc.lower()) == (own.scheme, own.netloc.lower()):
        return True
    host = (url.hostname or "").lower()
    domains = [domain for domain in map(parse_domain, entries) if domain]
    return any(_matches(domain, url.scheme, host, port, own.scheme) for domain in domains)


def _matches(domain: Domain, scheme: str, host: str, port: int, own_scheme: str) -> bool:
    wanted = domain.scheme or own_scheme
    if scheme not in (wanted, "https"):
        return False
    if not _matches_host(domain.host, host):
        return False
    if domain.port == ANY:
        return True
    if not domain.port:
        return port == DEFAULT_PORTS[scheme]
    return port == int(domain.port)


def _matches_host(pattern: str, host: str) -> bool:
    return host.endswith(pattern[1:]) if pattern.startswith("*.") else host == pattern
