"""HTML: the content without what surrounds it, in whatever encoding, and nothing lost where there is little."""

import io
import time

import pytest

from chatbots.knowledge.html import read_html
from chatbots.knowledge.html_encodings import decode_html
from chatbots.knowledge.pieces import Parsed
from core.errors import Invalid

PAGE = """<!doctype html><html><head><title>Returns | Shop</title><link rel="canonical" href="/returns"></head><body>
<header><nav><a href="/">Home</a> <a href="/shop">Shop</a></nav></header>
<div id="cookie-banner">We use cookies. <button>Accept all</button></div>
<main><h1>Returns</h1><p>You can send anything back within thirty days, and we pay the postage for it.</p>
<h2>How long does a refund take?</h2>
<p>It takes five working days after the parcel has arrived at our warehouse in Leeds.</p>
<ul><li>Pack it well<ul><li>with paper</li></ul></li><li>Print the label</li></ul>
<table><thead><tr><th>Country</th><th>Days</th></tr></thead>
<tr><td>Germany</td><td>3</td></tr><tr><td>France</td><td>4 | 5</td></tr></table>
<details><summary>Can I exchange?</summary><div>Yes, once, for another size of the same bag.</div></details></main>
<footer>Imprint and terms</footer><script>alert("x")</script></body></html>"""


def read(data: str | bytes, **options: str) -> Parsed:
    return read_html(
        io.BytesIO(data if isinstance(data, bytes) else data.encode()), lambda share: None, **options
    )


def read_all(data: str | bytes) -> str:
    return "\n".join(f"{piece.title}: {piece.text}" for piece in read(data).pieces)


def test_headings_are_the_path_and_tables_and_lists_stay_readable() -> None:
    first, second, third = read(PAGE).pieces
    assert (first.title, first.text[:23]) == ("Returns", "You can send anything b")
    assert second.title == "Returns › How long does a refund take?"
    assert "- Pack it well\n  - with paper\n- Print the label" in second.text
    assert "| Country | Days |\n| --- | --- |\n| Germany | 3 |\n| France | 4 \\| 5 |" in second.text
    assert third.title.endswith("Can I exchange?") or "Can I exchange?" in third.text


def test_what_surrounds_the_content_is_left_out() -> None:
    text = read_all(PAGE)
    for word in ("cookies", "Accept", "Home", "Imprint", "alert"):
        assert word not in text


def test_a_page_too_small_for_a_main_content_keeps_all_that_is_seen() -> None:
    text = read_all(
        "<title>Contact</title><div><div>Mon to Fri<br>9 to 17</div><span>Call</span> us</div><p hidden>secret</p>"
    )
    assert text == "Contact: Mon to Fri\n9 to 17\n\nCall us"


def test_questions_that_the_page_declares_are_entries() -> None:
    script = (
        '<script type="application/ld+json">{"@type": "FAQPage", "mainEntity": [{"@type": "Question", "name": '
        '"Do you ship abroad?", "acceptedAnswer": {"text": "<p>Yes, to <b>Europe</b>.</p>"}}]}</script>'
    )
    entry = read(PAGE.replace("</head>", f"{script}</head>")).pieces[0]
    assert (entry.kind, entry.questions, entry.text) == ("faq", ("Do you ship abroad?",), "Yes, to Europe.")


def test_the_pages_own_address_counts_only_on_its_own_host() -> None:
    assert read(PAGE, address="https://shop.test/x?y=1").about["canonical"] == "https://shop.test/returns"
    stranger = PAGE.replace('href="/returns"', 'href="https://other.test/"')
    assert read(stranger, address="https://shop.test/x").about["canonical"] == ""


@pytest.mark.parametrize(
    ("data", "charset"),
    [
        ("<p>Größe für Müller</p>".encode(), ""),
        ("<p>Größe für Müller</p>".encode("utf-16"), ""),
        ('<meta charset="iso-8859-1"><p>Größe für Müller</p>'.encode("cp1252"), ""),
        ("<p>Größe für Müller</p>".encode("cp1252"), "windows-1252"),
        ('<meta charset="utf-8"><p>Größe für Müller. Das ist für alle schön.</p>'.encode("cp1252"), "none"),
    ],
    ids=["utf-8", "utf-16", "meta", "header", "wrongly declared"],
)
def test_the_encoding_is_found(data: bytes, charset: str) -> None:
    assert "Größe für Müller" in decode_html(data, charset=charset)


@pytest.mark.parametrize(
    ("data", "hint"),
    [
        ("", "right one"),
        ("<html><body> </body></html>", "right one"),
        ("<body><script>x()</script><div id=app></div>", "JavaScript"),
    ],
)
def test_an_empty_page_says_what_may_be_the_reason(data: str, hint: str) -> None:
    with pytest.raises(Invalid, match="no text") as refused:
        read(data)
    assert hint in refused.value.extra["hint"]


def test_twenty_megabytes_are_read_and_a_hundred_thousand_levels_do_no_harm() -> None:
    rows = "".join(f"<h2>Head {n}</h2><p>{'Some words of the text. ' * 40}</p>" for n in range(20_000))
    began = time.thread_time()
    assert len(read(f"<body>{rows}</body>").pieces) >= 20_000
    assert time.thread_time() - began < 20
    with pytest.raises(Invalid):
        read("<div>" * 100_000 + "</div>" * 100_000)
