"""Our own origin, as this request's browser knows us."""

from urllib.parse import urlsplit

from django.http import HttpRequest


def own_origin(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}"


def socket_origin(request: HttpRequest) -> str:
    """The same for sockets; CSP's 'self' covers them in new browsers only."""
    return own_origin(request).replace("http", "ws", 1)


def is_foreign_origin(request: HttpRequest) -> bool:
    """Whether a browser says that another site's page sent this. What is no browser sends no Origin."""
    origin = request.headers.get("Origin")
    return origin is not None and origin != own_origin(request)


def strip_address(address: str) -> str:
    """Origin and path of a page: its query and fragment may hold secrets of its own."""
    url = urlsplit(address)
    return f"{url.scheme}://{url.netloc}{url.path}"[:2000] if url.scheme else address[:2000]
