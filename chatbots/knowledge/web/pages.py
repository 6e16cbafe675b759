"""A page or a site as a source: fetched, read, and compared with what is known of it already."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from time import monotonic
from typing import BinaryIO
from urllib.parse import urlsplit

import msgspec
from django.conf import settings
from django.utils import timezone

from chatbots.knowledge.apart import ReadingProcess
from chatbots.knowledge.formats import Format
from chatbots.knowledge.importing import (
    ImportRun,
    Superseded,
    begin_source,
    run_import,
    update_claimed,
)
from chatbots.knowledge.pieces import OnProgress, Parsed, Piece
from chatbots.knowledge.web.addresses import check_address, make_title
from chatbots.knowledge.web.fetching import Fetcher
from chatbots.knowledge.web.network import Resolve, resolve_name
from chatbots.knowledge.web.page import ACCEPT, Page, load_pages, make_digest, read_page
from chatbots.knowledge.web.sitemaps import SiteMap, find_pages
from chatbots.models import Chatbot, KnowledgeChunk, KnowledgeSource, SourceKind, SourceState
from core.errors import Invalid, ParleyError

HEARTBEAT_SECONDS = 5.0
NAMED = 10


def import_address(
    *,
    chatbot: Chatbot,
    address: str,
    kind: str = "",
    title: str = "",
    on_progress: Callable[[int], None] | None = None,
    resolve: Resolve = resolve_name,
) -> KnowledgeSource:
    """Import the page ("url") or site ("sitemap") at `address`; returns once it is searchable.

    `kind` "": a sitemap where the address looks like one. Raises Invalid and its kinds; the source says so too.
    """
    checked = check_address(address)
    kind = kind or guess_kind(checked)
    source = begin_source(
        chatbot=chatbot,
        title=title or make_title(checked, kind=kind),
        kind=kind,
        state=SourceState.INDEXING,
        claim=f"direct/{uuid.uuid4()}",
        address=checked,
    )
    run = ImportRun(source, source.upload, on_progress or (lambda percent: None))
    run_import(run, make_web_format(source, source.upload, resolve=resolve), BytesIO)
    source.refresh_from_db()
    return source


def guess_kind(address: str) -> str:
    """ "sitemap" for what is called so, else "url"."""
    name = urlsplit(address).path.rsplit("/", 1)[-1].lower()
    is_map = "sitemap" in name and name.endswith((".xml", ".xml.gz", ".txt"))
    return SourceKind.SITEMAP if is_map else SourceKind.URL


def make_web_format(source: KnowledgeSource, claim: str, *, resolve: Resolve = resolve_name) -> Format:
    """The format of a claimed source of the web, whose content is fetched while it is read."""
    return Format(source.kind, (), SourceKind(source.kind), _WebImport(source, claim, resolve).read)


@dataclass(slots=True)
class _WebImport:
    """One fetching of a source. `before` is what it remembers of its pages, `held` the pieces that it has, by url."""

    source: KnowledgeSource
    claim: str
    resolve: Resolve
    before: dict[str, Page] = field(default_factory=dict)
    held: dict[str, list[Piece]] = field(default_factory=dict)
    pages: list[Page] = field(default_factory=list)
    parsed: Parsed = field(default_factory=Parsed)
    urls: set[str] = field(default_factory=set)
    fresh: int = 0
    beaten_at: float = field(default_factory=monotonic)

    def read(self, opened: BinaryIO, on_progress: OnProgress) -> Parsed:
        """Raises Invalid where no page could be had, and Superseded."""
        self.before = load_pages(self.source.pages)
        self.held = _load_pieces(self.source)
        with Fetcher(resolve=self.resolve) as fetcher, ReadingProcess() as reading:
            if self.source.kind == SourceKind.SITEMAP:
                self._read_site(find_pages(fetcher, self.source.address), fetcher, reading, on_progress)
            else:
                self._read_one(self.source.address, fetcher, reading)
        if not self.parsed.pieces:
            raise self._explain_failure()
        self._warn_of_faults()
        self._finish()
        return self.parsed

    def _read_site(
        self, site: SiteMap, fetcher: Fetcher, reading: ReadingProcess, on_progress: OnProgress
    ) -> None:
        ends = monotonic() + settings.KNOWLEDGE_CRAWL_SECONDS
        for at, address in enumerate(site.pages):
            if monotonic() > ends:
                self.parsed.warn(
                    f"Only {at:,} of {len(site.pages):,} pages were fetched within "
                    f"{settings.KNOWLEDGE_CRAWL_SECONDS:,.0f} s."
                )
                break
            if at and site.delay:
                time.sleep(site.delay)  # asked for by the site's robots.txt
            self._beat(at, len(site.pages))
            self._read_one(address, fetcher, reading)
            on_progress((at + 1) / len(site.pages))
        self._warn_of_site(site)

    def _read_one(self, address: str, fetcher: Fetcher, reading: ReadingProcess) -> None:
        old = self.before.get(address)
        held = self.held.get(old.url, []) if old else []
        # Of a page whose pieces were partly left out as duplicates, not all would be at hand.
        known = old if old and old.chunks and len(held) == old.chunks else None
        try:
            page, pieces = self._fetch(address, known, held, fetcher, reading)
        except ParleyError as error:
            hint = str(error.extra.get("hint", ""))
            if known is not None and getattr(error, "temporary", False):
                page = msgspec.structs.replace(known, state="kept", error=error.detail, hint=hint)
                pieces = held
            else:
                page, pieces = Page(address, address, state="failed", error=error.detail, hint=hint), []
                self.fresh += 1 if old is None or old.state != "failed" else 0
        if pieces and page.url in self.urls:
            page, pieces = msgspec.structs.replace(page, state="same", chunks=0), []
        self.urls.add(page.url)
        self.pages.append(page)
        self.parsed.pieces += pieces

    def _fetch(
        self, address: str, known: Page | None, held: list[Piece], fetcher: Fetcher, reading: ReadingProcess
    ) -> tuple[Page, list[Piece]]:
        now = timezone.now().isoformat(timespec="seconds")
        etag, modified = (known.etag, known.last_modified) if known else ("", "")
        came = fetcher.fetch(address, accept=ACCEPT, etag=etag, last_modified=modified)
        if known and (not came.changed or make_digest(came.body) == known.digest):
            same = msgspec.structs.replace(known, state="ready", error="", hint="", fetched_at=now)
            return same, held
        page, pieces, warnings = read_page(came, reading)
        for warning in warnings:
            self.parsed.warn(f"{page.url}: {warning}")
        self.fresh += 1
        return msgspec.structs.replace(page, address=address, fetched_at=now), pieces

    def _beat(self, at: int, total: int) -> None:
        """Tell the owner where we are, and the sweep that we live. Raises Superseded."""
        if monotonic() - self.beaten_at >= HEARTBEAT_SECONDS:
            self.beaten_at = monotonic()
            if not update_claimed(self.source, self.claim, stage=f"Reading page {at + 1:,} of {total:,}"):
                raise Superseded

    def _finish(self) -> None:
        self.parsed.facts = {"pages": msgspec.to_builtins(self.pages), "fetched_at": timezone.now()}
        gone = set(self.before) - {page.address for page in self.pages}
        self.parsed.unchanged = not self.fresh and not gone

    def _warn_of_site(self, site: SiteMap) -> None:
        most = settings.KNOWLEDGE_MAX_PAGES
        if len(site.pages) >= most and (site.listed > most or not site.complete):
            more = "" if site.complete else "more than "
            self.parsed.warn(
                f"The site lists {more}{site.listed:,} pages; the first {most:,} were taken. "
                "Whoever runs this server can raise KNOWLEDGE_MAX_PAGES."
            )
        elif not site.complete:
            self.parsed.warn("Some of the site's sitemaps could not be read.")
        if site.barred:
            self.parsed.warn(f"robots.txt keeps us from {site.barred:,} pages.")
        if site.foreign:
            self.parsed.warn(f"{site.foreign:,} pages are on other hosts and were left out.")

    def _warn_of_faults(self) -> None:
        failed = [page for page in self.pages if page.error]
        for page in failed[:NAMED]:
            self.parsed.warn(f"{page.address}: {page.error}")
        if len(failed) > NAMED:
            self.parsed.warn(
                f"{len(failed) - NAMED:,} more pages could not be read; the source's page lists them."
            )

    def _explain_failure(self) -> Invalid:
        """For one page its own error; for a site the first one, and the list is kept."""
        first = next((page for page in self.pages if page.error), Page("", error="There is no text on it."))
        update_claimed(self.source, self.claim, pages=msgspec.to_builtins(self.pages))
        if self.source.kind == SourceKind.URL:
            return Invalid(first.error, hint=first.hint)
        return Invalid(
            f"None of the site's {len(self.pages):,} pages could be read. The first: {first.error}",
            hint=first.hint,
        )


def _load_pieces(source: KnowledgeSource) -> dict[str, list[Piece]]:
    """What the draft holds of the source now, by url."""
    revision = Chatbot.objects.values_list("knowledge_revision", flat=True).get(pk=source.chatbot_id)
    chunks = KnowledgeChunk.objects.filter(source=source, added_in__lte=revision, removed_in__isnull=True)
    held: dict[str, list[Piece]] = {}
    for chunk in chunks.order_by("position").iterator():
        piece = Piece(chunk.kind, chunk.title, chunk.text, tuple(chunk.questions), chunk.url)
        held.setdefault(chunk.url, []).append(piece)
    return held
