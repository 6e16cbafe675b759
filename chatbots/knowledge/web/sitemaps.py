"""Which pages a site has: sitemaps, packed or not, their indexes, and what robots.txt says about them."""

from dataclasses import dataclass, field
from io import BytesIO
from urllib.parse import urljoin, urlsplit
from urllib.robotparser import RobotFileParser

from django.conf import settings
from lxml import etree

from chatbots.knowledge.web.addresses import Blocked, check_address
from chatbots.knowledge.web.fetching import AGENT, TRY_LATER, Fetcher, NotFetched, unpack
from core.errors import Invalid

MAX_SITEMAPS = 50
MAX_DELAY = 5.0
GZIP_MAGIC = b"\x1f\x8b"
ACCEPT = "application/xml, text/xml, text/plain;q=0.5, */*;q=0.1"


@dataclass(slots=True)
class SiteMap:
    """`pages` are the first ones, as many as are allowed; `listed` is how many were seen, `complete` whether that is all.

    `foreign` of them stand on other hosts, `barred` are closed to us by robots.txt; neither is among `pages`.
    """

    pages: list[str] = field(default_factory=list)
    listed: int = 0
    foreign: int = 0
    barred: int = 0
    complete: bool = True
    delay: float = 0.0


def find_pages(fetcher: Fetcher, address: str) -> SiteMap:
    """The pages of the site whose sitemap, or any page, `address` is.

    Raises:
        Invalid: there is no sitemap, or robots.txt cannot be had. Blocked, NotFetched.
    """
    robots = _read_robots(fetcher, address)
    found = SiteMap(delay=min(MAX_DELAY, float(robots.crawl_delay(AGENT) or 0)))
    seen: set[str] = set()
    waiting = _find_sitemaps(fetcher, address, robots)
    fetched = 0
    while waiting and len(found.pages) < settings.KNOWLEDGE_MAX_PAGES:
        name, content = waiting.pop(0)
        if name in seen or fetched >= MAX_SITEMAPS:
            found.complete = found.complete and name in seen
            continue
        seen.add(name)
        fetched += 1
        try:
            pages, more = _read_sitemap(content if content is not None else _fetch_map(fetcher, name), name)
        except Invalid:
            if not (waiting or found.pages):
                raise
            found.complete = False
            continue
        waiting += [(one, None) for one in more]
        _take_pages(found, pages, address, robots)
    found.complete = found.complete and not waiting
    if not found.pages:
        raise _explain_nothing(found)
    return found


def _take_pages(found: SiteMap, pages: list[str], address: str, robots: RobotFileParser) -> None:
    known = set(found.pages)
    found.listed += len(pages)
    for page in pages:
        if len(found.pages) >= settings.KNOWLEDGE_MAX_PAGES:
            return  # the rest is only counted
        try:
            checked = check_address(page)
        except Invalid:
            found.foreign += 1
            continue
        if _bare_host(checked) != _bare_host(address):
            found.foreign += 1
        elif not robots.can_fetch(AGENT, checked):
            found.barred += 1
        elif checked not in known:
            known.add(checked)
            found.pages.append(checked)


def _read_robots(fetcher: Fetcher, address: str) -> RobotFileParser:
    """RFC 9309: no such file allows everything; one that cannot be had now forbids everything for now."""
    robots = RobotFileParser()
    try:
        answer = fetcher.fetch(urljoin(address, "/robots.txt"), accept="text/plain, */*;q=0.1")
        robots.parse(answer.body[:500_000].decode("utf-8", "replace").splitlines())
    except NotFetched as error:
        if error.temporary:
            raise NotFetched(
                f"The site's robots.txt, which says what may be read, could not be had. {error.detail}", TRY_LATER,
                temporary=True,
            ) from error  # fmt: skip
        robots.parse([])
    return robots


def _find_sitemaps(fetcher: Fetcher, address: str, robots: RobotFileParser) -> list[tuple[str, bytes | None]]:
    """The address itself where it is a sitemap, else those that robots.txt names, else the usual place."""
    try:
        given = fetcher.fetch(address, accept=ACCEPT)
        body = _open_packed(given.body)
    except NotFetched:
        body = b""  # a site whose first page cannot be had may have a sitemap all the same
    if _looks_like_sitemap(body):
        return [(given.address, body)]
    named = [name for name in robots.site_maps() or [] if _bare_host(name) == _bare_host(address)]
    return [(name, None) for name in named] or [(urljoin(address, "/sitemap.xml"), None)]


def _looks_like_sitemap(body: bytes) -> bool:
    start = body[:4096].lower()
    return (
        b"<urlset" in start
        or b"<sitemapindex" in start
        or (start.lstrip().startswith(b"http") and b"<" not in start)
    )


def _fetch_map(fetcher: Fetcher, address: str) -> bytes:
    try:
        body = _open_packed(fetcher.fetch(address, accept=ACCEPT).body)
    except Blocked:
        raise
    except NotFetched as error:
        raise NotFetched(
            f"The site's sitemap at {address} could not be read. {error.detail}",
            "Give the address of its sitemap, or import its pages one by one.",
            temporary=error.temporary,
        ) from error
    if not _looks_like_sitemap(body):
        raise Invalid(
            f"What is at {address} is no sitemap.",
            hint="Give the address of its sitemap, or import its pages one by one.",
        )
    return body


def _open_packed(body: bytes) -> bytes:
    return unpack(body) if body.startswith(GZIP_MAGIC) else body


def _read_sitemap(body: bytes, name: str) -> tuple[list[str], list[str]]:
    """Pages and further sitemaps. Neither entities nor anything outside is loaded."""
    if not body.lstrip().startswith((b"<", b"\xef\xbb\xbf<")):
        lines = body.decode("utf-8", "replace").split()
        return [line for line in lines if line.startswith("http")], []
    pages: list[str] = []
    maps: list[str] = []
    events = etree.iterparse(
        BytesIO(body), events=("end",), resolve_entities=False, no_network=True, load_dtd=False, recover=True
    )
    try:
        for _, element in events:
            kind = etree.QName(element).localname if isinstance(element.tag, str) else ""
            if kind == "loc" and element.text and element.getparent() is not None:
                owner = etree.QName(element.getparent()).localname
                (maps if owner == "sitemap" else pages).append(urljoin(name, element.text.strip()))
            elif kind in ("url", "sitemap"):
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
    except etree.XMLSyntaxError as error:
        raise Invalid(
            f"The sitemap at {name} is damaged.", hint="Check it with a sitemap validator."
        ) from error
    return pages, maps


def _bare_host(address: str) -> str:
    """example.com and www.example.com are one site."""
    parts = urlsplit(address)
    port = "" if parts.port in (None, 80, 443) else f":{parts.port}"
    return (parts.hostname or "").removeprefix("www.") + port


def _explain_nothing(found: SiteMap) -> Invalid:
    if found.barred:
        return Invalid(
            f"The site's robots.txt keeps “{AGENT}” from all {found.barred:,} pages of its sitemap.",
            hint=f"Allow the agent “{AGENT}” there, or import the pages one by one.",
        )
    if found.foreign:
        return Invalid("The sitemap only lists pages of other hosts.", hint="Give the address of that site.")
    return Invalid("The sitemap lists no pages.", hint="Check it, or import the pages one by one.")
