"""One page from the web: redirects by hand, every size and time bounded, whatever goes wrong in a sentence."""

import zlib
from dataclasses import dataclass
from time import monotonic
from types import TracebackType
from typing import Self
from urllib.parse import urljoin

import httpx
from django.conf import settings

from chatbots.knowledge.web.addresses import check_address
from chatbots.knowledge.web.network import GuardedBackend, GuardedTransport, Resolve, resolve_name
from core.errors import Invalid

AGENT = "Parley"
USER_AGENT = f"{AGENT}/1.0 (knowledge import; asked by the site's owner)"
MAX_REDIRECTS = 5
REDIRECTS = (301, 302, 303, 307, 308)
CONNECT_SECONDS, READ_SECONDS = 5.0, 10.0
BLOCK = 64 * 1024
# Windows of zlib: gzip, zlib or raw deflate, of which servers call either of the last two "deflate".
GZIP, ZLIB, RAW = 31, 15, -15
TRY_LATER = "Try again later; until then the bot answers from what it knew before."


class NotFetched(Invalid):
    """The page did not come. `temporary`: it may come another time, so what is known of it is kept."""

    def __init__(self, detail: str, hint: str, *, temporary: bool = False, status: int = 0) -> None:
        super().__init__(detail, hint=hint)
        self.temporary = temporary
        self.answered = status


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came. `address` is the last one of the redirects; `changed` False: the server says that it is the same."""

    address: str
    body: bytes
    kind: str
    charset: str
    etag: str
    last_modified: str
    changed: bool = True


class Fetcher:
    """Fetches over the guarded network and keeps connections between pages. For one thread."""

    def __init__(self, *, resolve: Resolve = resolve_name) -> None:
        self._backend = GuardedBackend(resolve)
        self._client = httpx.Client(
            transport=GuardedTransport(self._backend),
            timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "gzip, deflate"},
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def fetch(self, address: str, *, accept: str = "*/*", etag: str = "", last_modified: str = "") -> Fetched:
        """The page at `address`; with `etag` or `last_modified` of an earlier answer only if it changed.

        Raises:
            Blocked: the address, or one that it redirects to, is not public. NotFetched: anything else.
        """
        headers = {"Accept": accept}
        headers |= {"If-None-Match": etag} if etag else {}
        headers |= {"If-Modified-Since": last_modified} if last_modified else {}
        self._backend.deadline = monotonic() + settings.KNOWLEDGE_FETCH_SECONDS
        asked = check_address(address)
        for _ in range(MAX_REDIRECTS + 1):
            answer = self._ask(asked, headers)
            if isinstance(answer, Fetched):
                return answer
            asked = check_address(urljoin(asked, answer))
        raise NotFetched(
            f"The page redirects more than {MAX_REDIRECTS} times.",
            "Open it in a browser, and import the address that it ends at.",
        )

    def _ask(self, address: str, headers: dict[str, str]) -> Fetched | str:
        """What came, or where it redirects to."""
        try:
            with self._client.stream("GET", address, headers=headers, follow_redirects=False) as response:
                if response.status_code in REDIRECTS:
                    return str(response.headers.get("Location", ""))
                if response.status_code == 304:
                    return _make_fetched(address, response, b"", changed=False)
                if response.status_code != 200:
                    raise explain_status(response.status_code)
                return _make_fetched(address, response, _read_body(response))
        except httpx.TimeoutException as error:
            raise NotFetched("The page did not answer in time.", TRY_LATER, temporary=True) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise explain_failure(error) from error


def explain_status(status: int) -> NotFetched:
    """The sentence for an answer other than 200."""
    if status in (404, 410):
        return NotFetched(f"There is no such page ({status}).", "Check the address.", status=status)
    if status in (401, 403, 407):
        return NotFetched(
            f"The page is not open to us ({status}).",
            f"Let the agent “{AGENT}” in on your site, or paste the text.",
            status=status,
        )
    temporary = status == 429 or status >= 500
    return NotFetched(
        f"The site answered with the status {status}.", TRY_LATER, temporary=temporary, status=status
    )


def explain_failure(error: Exception) -> NotFetched:
    """The sentence for a connection that failed."""
    words = str(error).lower()
    if "certificate" in words or "ssl" in words:
        return NotFetched(
            "The site's certificate is not valid.",
            "Have it renewed, or import the text as a file.",
            temporary=True,
        )
    if "name not found" in words:
        return NotFetched("There is no site of that name.", "Check the address.", temporary=True)
    return NotFetched("The site could not be reached.", TRY_LATER, temporary=True)


def unpack(data: bytes, *, window: int = GZIP) -> bytes:
    """Packed bytes unpacked, as far as KNOWLEDGE_FETCH_BYTES. Raises NotFetched (more than that, damaged)."""
    return _Unpacker(window).take(data)


class _Unpacker:
    """Unpacks as it comes and never holds more than is allowed, whatever a few bytes claim to be."""

    def __init__(self, window: int) -> None:
        self._window = window
        self._stream = zlib.decompressobj(window or GZIP)
        self._size = 0
        self._began = False

    def take(self, data: bytes) -> bytes:
        if not self._window:
            self._count(len(data))
            return data
        try:
            unpacked = self._decompress(data)
        except zlib.error as error:
            raise NotFetched("The site sent something damaged.", TRY_LATER, temporary=True) from error
        self._count(len(unpacked))
        return unpacked

    def _decompress(self, data: bytes) -> bytes:
        room = settings.KNOWLEDGE_FETCH_BYTES - self._size + 1
        try:
            unpacked = self._stream.decompress(data, room)
        except zlib.error:
            if self._began or self._window != ZLIB:
                raise
            self._stream = zlib.decompressobj(RAW)
            unpacked = self._stream.decompress(data, room)
        self._began = True
        return unpacked

    def _count(self, size: int) -> None:
        self._size += size
        if self._size > settings.KNOWLEDGE_FETCH_BYTES:
            raise NotFetched(
                f"The page is larger than {settings.KNOWLEDGE_FETCH_BYTES / 2**20:,.0f} MiB.",
                "Import its text as a file, or raise KNOWLEDGE_FETCH_BYTES.",
            )


def _read_body(response: httpx.Response) -> bytes:
    packing = response.headers.get("Content-Encoding", "").strip().lower()
    windows = {"": 0, "identity": 0, "gzip": GZIP, "x-gzip": GZIP, "deflate": ZLIB}
    if packing not in windows:
        raise NotFetched(
            f"The site packs its pages in a way that it was not asked for ({packing[:40]}).", TRY_LATER
        )
    unpacker = _Unpacker(windows[packing])
    return b"".join(unpacker.take(block) for block in response.iter_raw(BLOCK))


def _make_fetched(address: str, response: httpx.Response, body: bytes, *, changed: bool = True) -> Fetched:
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return Fetched(
        address=address,
        body=body,
        kind=kind,
        charset=(response.charset_encoding or "")[:40],
        etag=response.headers.get("ETag", "")[:200],
        last_modified=response.headers.get("Last-Modified", "")[:100],
        changed=changed,
    )
