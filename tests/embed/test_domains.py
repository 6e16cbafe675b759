"""Which pages may show a bot's widget: the header and the check at bootstrap say the same."""

import pytest

from embed.domains import is_page_allowed, list_ancestors, parse_domain

OWN = "https://chat.example"


@pytest.mark.parametrize(
    ("entries", "address", "allowed"),
    [
        ([], "https://chat.example/demo/", True),
        ([], "https://shop.example/", False),
        ([], "http://chat.example/", False),
        (["shop.example"], "https://shop.example/cart?secret=1#x", True),
        (["shop.example"], "https://SHOP.example", True),
        (["shop.example"], "https://www.shop.example", False),
        (["shop.example"], "https://notshop.example", False),
        (["shop.example"], "https://shop.example.evil.test", False),
        (["shop.example"], "https://shop.example:8443", False),
        (["shop.example"], "http://shop.example", False),
        (["shop.example"], "https://evil.test/https://shop.example", False),
        (["shop.example"], "https://shop.example@evil.test/", False),
        (["*.shop.example"], "https://www.shop.example", True),
        (["*.shop.example"], "https://shop.example", False),
        (["*.shop.example"], "https://evilshop.example", False),
        (["http://shop.example"], "http://shop.example", True),
        (["http://shop.example"], "https://shop.example", True),
        (["https://shop.example"], "http://shop.example", False),
        (["shop.example:8443"], "https://shop.example:8443/", True),
        (["http://localhost:3000"], "http://localhost:3000/a", True),
        (["http://localhost:*"], "http://localhost:5173/a", True),
        (["münchen.example"], "https://xn--mnchen-3ya.example", True),
        (["*"], "http://anything.test", True),
        (["*"], "null", True),
        (["*"], "file:///page.html", True),
        (["shop.example"], "null", False),
        (["shop.example"], "file:///page.html", False),
        (["shop.example"], "", False),
        (["shop.example"], "https://[", False),
        (["shop.example"], "https://shop.example:99999", False),
        (["shop.example; script-src *"], "https://shop.example", False),
    ],
)
def test_a_page_is_allowed_as_its_browser_would_allow_it(
    entries: list[str], address: str, allowed: bool
) -> None:
    assert is_page_allowed(page=address, entries=entries, own_origin=OWN) is allowed


def test_without_a_list_only_our_own_pages_may_hold_the_frame() -> None:
    assert list_ancestors([]) == ["'self'"]


def test_any_site_is_said_as_such() -> None:
    assert list_ancestors(["shop.example", "*"]) == ["*"]


@pytest.mark.parametrize(
    "entry",
    [
        "a.test; script-src *",
        "a.test b.test",
        "'none'",
        "javascript:alert(1)",
        "a.test\r\nX: y",
        "",
        "*.*",
        None,
        7.5,
    ],
)
def test_what_is_no_domain_never_gets_into_a_header(entry: object) -> None:
    ancestors = " ".join(list_ancestors([entry, "shop.example"]))
    assert ancestors.endswith("shop.example")
    assert not set(";\r\n") & set(ancestors)
    assert "script" not in ancestors
    assert "javascript" not in ancestors


def test_an_entry_is_read_as_people_write_it() -> None:
    assert str(parse_domain("  HTTPS://Shop.Example/ ")) == "https://shop.example"
