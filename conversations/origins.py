"""Which page a socket or a request comes from."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings


def read_headers(scope: dict[str, Any], name: bytes) -> list[str]:
    """All values of a header of an ASGI scope."""
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]


def is_own_origin(scope: dict[str, Any]) -> bool:
    """Exactly one Origin, and it is this host: scheme and host as the browser addressed us. For cookie credentials.

    A missing, doubled, `null` or suffixed Origin is not ours.
    """
    origins, hosts = read_headers(scope, b"origin"), read_headers(scope, b"host")
    if len(origins) != 1 or len(hosts) != 1:
        return False
    origin = urlsplit(origins[0])
    if origins[0] == settings.BASE_URL:
        return True
    secure = scope.get("scheme") in ("wss", "https") or settings.HTTPS
    return origin.scheme == ("https" if secure else "http") and origin.netloc == hosts[0] and not origin.path
