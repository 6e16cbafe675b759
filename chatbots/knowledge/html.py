"""HTML: the main content by trafilatura, or all visible text where that finds nothing or too little of it."""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from typing import BinaryIO
from urllib.parse import urljoin, urlsplit

import trafilatura
from lxml import etree, html

from chatbots.knowledge.encodings import CONTROL
from chatbots.knowledge.html_encodings import decode_html
from chatbots.knowledge.html_walk import find_sections
from chatbots.knowledge.pieces import MAX_ANSWER, MAX_QUESTION, OnProgress, Parsed, Piece
from chatbots.knowledge.sections import Section, make_passages
from core.errors import Invalid

# Bytes. Beyond, looking for the main content takes longer than it is worth: 0.8 s of processor time a megabyte.
LARGEST_FOR_EXTRACTION = 3 * 2**20
# Where less than this share of the visible text was found to be content, the finding is not believed.
BELIEVED_FROM = 0.3
# What is no content, whatever it says: by tag, by role, by the words in class and id that site builders use.
UNSEEN_TAGS = (
    "script", "style", "noscript", "template", "nav", "footer", "aside", "iframe", "object", "svg", "canvas", "form",
    "button", "select", "dialog",
)  # fmt: skip
UNSEEN_ROLES = ("navigation", "banner", "contentinfo", "dialog", "alertdialog", "search", "complementary")
BANNER = re.compile(
    r"cookie|consent|gdpr|onetrust|usercentrics|newsletter-popup|breadcrumb|skip-link", re.IGNORECASE
)
HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


def read_html(opened: BinaryIO, on_progress: OnProgress, *, charset: str = "", address: str = "") -> Parsed:
    """Passages under the page's headings, and entries from a FAQ that the page declares to search engines.

    `charset` is what the server said. `about` has the page's own `title` and `canonical` address ("" where it has
    none on the host of `address`).

    Raises:
        Invalid: nothing on the page can be read.
    """
    data = opened.read()
    text = CONTROL.sub("", decode_html(data, charset=charset))
    tree = _parse(text)
    on_progress(0.2)
    title = _clean("".join(tree.xpath("//head/title//text()")))
    about = {"title": title, "canonical": _find_canonical(tree, address)}
    entries = _read_declared_faq(tree)
    hint = _explain_emptiness(tree)
    heading = _clean("".join(next(iter(tree.xpath("//h1")), tree.makeelement("h1")).itertext()))
    sections = _choose_sections(tree, len(text)) if tree.find("body") is not None else []
    on_progress(0.9)
    pieces = [*entries, *make_passages(_put_under_name(sections, heading or title))]
    if not pieces:
        raise Invalid("There is no text on the page.", hint=hint)
    return Parsed(pieces=pieces, about=about)


def _parse(text: str) -> html.HtmlElement:
    parser = html.HTMLParser(remove_comments=True, remove_pis=True, encoding="utf-8", huge_tree=True)
    try:
        return html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise Invalid(
            "There is no text on the page.", hint="Check that the file or address is the right one."
        ) from error


def _choose_sections(tree: html.HtmlElement, length: int) -> list[Section]:
    """What trafilatura takes for content, unless it is less than a third of what can be seen."""
    _prune(tree)
    found: list[Section] = []
    if length <= LARGEST_FOR_EXTRACTION:
        document = trafilatura.bare_extraction(deepcopy(tree), favor_recall=True, include_comments=False)
        body = getattr(document, "body", None)
        found = find_sections(body) if body is not None else []
    visible = find_sections(_find_main(tree))
    return found if _measure(found) >= max(1, BELIEVED_FROM * _measure(visible)) else visible


def _measure(sections: list[Section]) -> int:
    return sum(section.measure() for section in sections)


def _find_main(tree: html.HtmlElement) -> html.HtmlElement:
    """The one element that says it is the main content, or the body."""
    main = tree.xpath("//main|//*[@role='main']")
    return main[0] if len(main) == 1 and len(main[0].text_content().strip()) > 200 else tree.find("body")


def _prune(tree: html.HtmlElement) -> None:
    """Take out what no visitor reads as content. A page that is one form, or hides all but a menu, keeps its body."""
    for element in list(tree.iter(etree.Element)):
        if element.getparent() is not None and element.tag != "body" and _is_unseen(element):
            element.drop_tree()


def _is_unseen(element: html.HtmlElement) -> bool:
    attributes = element.attrib
    names = f"{attributes.get('class', '')} {attributes.get('id', '')}"
    return bool(
        element.tag in UNSEEN_TAGS
        or "hidden" in attributes
        or attributes.get("aria-hidden") == "true"
        or attributes.get("role") in UNSEEN_ROLES
        or HIDDEN.search(attributes.get("style", ""))
        or (element.tag == "header" and element.getparent() is not None and element.getparent().tag == "body")
        or (names != " " and BANNER.search(names))
    )


def _put_under_name(sections: list[Section], name: str) -> list[Section]:
    """The page's name stands above its sections, where it is not their first heading anyway."""
    if not name or any(section.path[:1] == (name,) for section in sections):
        return sections
    return [Section((name, *section.path), section.blocks) for section in sections]


def _find_canonical(tree: html.HtmlElement, address: str) -> str:
    for link in tree.xpath("//link[@rel='canonical']/@href")[:1]:
        found = urlsplit(urljoin(address, link.strip()))
        if found.scheme in ("http", "https") and found.hostname == urlsplit(address).hostname:
            return str(found._replace(fragment="").geturl())
    return ""


def _read_declared_faq(tree: html.HtmlElement) -> list[Piece]:
    """Questions and answers of schema.org's FAQPage in JSON-LD: the owner's own pairs, better than any cutting."""
    entries: dict[str, Piece] = {}
    for script in tree.xpath("//script[@type='application/ld+json']/text()"):
        for question, answer in _find_pairs(script):
            entries.setdefault(question, Piece("faq", question[:200], answer, (question,)))
    return list(entries.values())


def _find_pairs(script: str) -> Iterator[tuple[str, str]]:
    try:
        data = json.loads(script)
    except (ValueError, RecursionError):
        return
    for page in (
        data if isinstance(data, list) else data.get("@graph", [data]) if isinstance(data, dict) else ()
    ):
        if not isinstance(page, dict) or page.get("@type") not in ("FAQPage", ["FAQPage"]):
            continue
        asked = page.get("mainEntity", [])
        for entry in asked if isinstance(asked, list) else [asked]:
            answer = entry.get("acceptedAnswer") if isinstance(entry, dict) else None
            answer = answer[0] if isinstance(answer, list) and answer else answer
            if isinstance(answer, dict):
                question, text = (_read_inline(value) for value in (entry.get("name"), answer.get("text")))
                if question and text:
                    yield question[:MAX_QUESTION], text[:MAX_ANSWER]


def _read_inline(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        return ""
    try:
        sections = find_sections(html.fragment_fromstring(value, create_parent="div"))
    except (etree.ParserError, ValueError):
        return ""
    return "\n\n".join(block for section in sections for block in section.blocks)


def _explain_emptiness(tree: html.HtmlElement) -> str:
    if len(tree.xpath("//script")) >= 1:
        return (
            "The page seems to be drawn by JavaScript, which is not run here. "
            "Paste its text, or import it as a file or from its sitemap."
        )
    return "Check that the file or address is the right one, or paste the text."


def _clean(text: str) -> str:
    return " ".join(text.split())
