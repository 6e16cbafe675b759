"""Fetching from the web: what is inside is never reached (S8), and nothing a server does takes long or much."""

import gzip
import socket
import zlib
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from chatbots.knowledge.web.addresses import Blocked, check_address, make_title
from chatbots.knowledge.web.fetching import Fetcher, NotFetched
from core.addresses import is_public
from core.errors import Invalid
from tests.chatbots.knowledge.site import Answer, Site, serve_site

INSIDE = [
    "127.0.0.1", "127.8.9.10", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "100.100.100.200", "168.63.129.16", "192.0.0.192", "198.18.0.1", "224.0.0.1", "255.255.255.255", "240.0.0.1",
    "::", "::1", "::7f00:1", "fe80::1", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a00:1", "2002:7f00:1::", "2001:0:1::1", "2001:db8::1",
]  # fmt: skip
OUTSIDE = ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]


@pytest.fixture
def site() -> Iterator[Site]:
    with serve_site() as served:
        yield served


@pytest.fixture
def allowed(site: Site, settings: Settings) -> Site:
    settings.KNOWLEDGE_ALLOWED_HOSTS = [f"127.0.0.1:{site.port}"]
    return site


@pytest.fixture
def fetcher() -> Iterator[Fetcher]:
    with Fetcher() as opened:
        yield opened


@pytest.mark.parametrize("number", INSIDE)
def test_numbers_inside_are_not_public(number: str) -> None:
    assert not is_public(number)


@pytest.mark.parametrize("number", OUTSIDE)
def test_numbers_outside_are_public(number: str) -> None:
    assert is_public(number)


@pytest.mark.parametrize("number", INSIDE)
def test_a_name_that_stands_for_something_inside_is_blocked_before_a_connection(
    number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object, **options: object) -> None:
        raise AssertionError("it connected")

    monkeypatch.setattr(socket, "create_connection", fail)
    with (
        Fetcher(resolve=lambda host, port: ["1.1.1.1", number]) as fetcher,
        pytest.raises(Blocked) as blocked,
    ):
        fetcher.fetch("http://harmless.test/")
    assert "KNOWLEDGE_ALLOWED_HOSTS" in blocked.value.extra["hint"]


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "[::1]", "2130706433", "0x7f.1", "127.1", "localhost", "[::ffff:127.0.0.1]"],
)
def test_every_spelling_of_this_machine_is_blocked(
    host: str, site: Site, fetcher: Fetcher, settings: Settings
) -> None:
    settings.KNOWLEDGE_ALLOWED_PORTS = [80, 443, site.port]
    with pytest.raises(Blocked):
        fetcher.fetch(f"http://{host}:{site.port}/")
    assert not site.asked


def test_a_name_that_changes_its_mind_is_called_at_the_number_that_was_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Rebinding: the second answer would be loopback, but nobody asks a second time."""
    asked: list[str] = []
    called: list[tuple[str, int]] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["93.184.216.34"] if len(asked) == 1 else ["127.0.0.1"]

    def connect(address: tuple[str, int], *arguments: object, **options: object) -> socket.socket:
        called.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    with Fetcher(resolve=resolve) as fetcher, pytest.raises(NotFetched):
        fetcher.fetch("http://rebinding.test/")
    assert (asked, called) == (["rebinding.test"], [("93.184.216.34", 80)])
    with Fetcher(resolve=resolve) as fetcher, pytest.raises(Blocked):
        fetcher.fetch("http://rebinding.test/")


def test_a_redirect_inside_is_blocked(allowed: Site, fetcher: Fetcher) -> None:
    for target in ("http://169.254.169.254/latest/meta-data/", "http://[::1]/", "//10.0.0.1/"):
        allowed.answers["/"] = Answer(status=302, headers={"Location": target})
        with pytest.raises(Blocked):
            fetcher.fetch(f"{allowed.address}/")


@pytest.mark.parametrize(
    "target",
    [
        "file:///etc/passwd",
        "gopher://x/",
        "ftp://x/",
        "javascript:alert(1)",
        "http://user:pw@x.test/",
        "http:///x",
    ],
)
def test_a_redirect_to_what_is_no_page_is_refused(target: str, allowed: Site, fetcher: Fetcher) -> None:
    with pytest.raises(Invalid):
        check_address(target)
    allowed.answers["/"] = Answer(status=301, headers={"Location": target})
    with pytest.raises(Invalid):
        fetcher.fetch(f"{allowed.address}/")


def test_other_ports_are_refused_unless_named(site: Site, settings: Settings) -> None:
    with pytest.raises(Blocked, match="Port 22 "):
        check_address("http://example.test:22/")
    settings.KNOWLEDGE_ALLOWED_HOSTS = ["wiki.intranet:8080", "docs.intranet"]
    assert (
        check_address("HTTP://Wiki.Intranet:8080/a b?q=ü#top") == "http://wiki.intranet:8080/a%20b?q=%C3%BC"
    )
    with pytest.raises(Blocked):
        check_address("http://docs.intranet:8080/")


def test_an_address_without_a_scheme_is_one_of_the_web() -> None:
    assert check_address(" example.com/help ") == "https://example.com/help"
    assert check_address("https://bücher.example/") == "https://xn--bcher-kva.example/"
    assert make_title("https://example.com/help/", kind="url") == "example.com/help"
    assert len(make_title(f"https://example.com/{'x' * 500}", kind="url")) <= 200


def test_redirects_are_followed_five_times(allowed: Site, fetcher: Fetcher) -> None:
    for hop in range(5):
        allowed.answers[f"/{hop}"] = Answer(status=302, headers={"Location": f"/{hop + 1}"})
    allowed.put_page("/5", "End", "Here it is.")
    assert fetcher.fetch(f"{allowed.address}/0").address == f"{allowed.address}/5"
    allowed.answers["/5"] = Answer(status=302, headers={"Location": "/0"})
    with pytest.raises(NotFetched, match="more than 5 times"):
        fetcher.fetch(f"{allowed.address}/0")


@pytest.mark.parametrize(
    ("packing", "body"),
    [
        ("gzip", gzip.compress(b"packed")),
        ("deflate", zlib.compress(b"packed")),
        ("deflate", zlib.compress(b"packed")[2:-4]),
        ("", b"packed"),
    ],
    ids=["gzip", "zlib", "raw", "plain"],
)
def test_packed_pages_are_unpacked(packing: str, body: bytes, allowed: Site, fetcher: Fetcher) -> None:
    allowed.answers["/"] = Answer(body, headers={"Content-Encoding": packing})
    assert fetcher.fetch(f"{allowed.address}/").body == b"packed"


def test_too_much_is_cut_off_packed_or_not(allowed: Site, fetcher: Fetcher, settings: Settings) -> None:
    settings.KNOWLEDGE_FETCH_BYTES = 100_000
    allowed.answers["/bomb"] = Answer(gzip.compress(bytes(50_000_000)), headers={"Content-Encoding": "gzip"})
    allowed.answers["/endless"] = Answer(b"x" * 10_000, endless=True, headers={"Connection": "close"})
    for path in ("/bomb", "/endless"):
        with pytest.raises(NotFetched, match="larger than"):
            fetcher.fetch(f"{allowed.address}{path}")


def test_a_page_that_never_ends_is_left_at_the_deadline(
    allowed: Site, fetcher: Fetcher, settings: Settings
) -> None:
    settings.KNOWLEDGE_FETCH_SECONDS = 0.2
    settings.KNOWLEDGE_FETCH_BYTES = 10**12
    allowed.answers["/"] = Answer(b"x" * 1_000, endless=True, headers={"Connection": "close"})
    with pytest.raises(NotFetched, match="in time") as late:
        fetcher.fetch(f"{allowed.address}/")
    assert late.value.temporary


@pytest.mark.parametrize(
    ("status", "temporary", "words"),
    [(404, False, "no such page"), (403, False, "not open"), (500, True, "500"), (429, True, "429")],
)
def test_what_a_site_answers_is_told(
    status: int, temporary: bool, words: str, allowed: Site, fetcher: Fetcher
) -> None:
    allowed.answers["/"] = Answer(status=status)
    with pytest.raises(NotFetched, match=words) as told:
        fetcher.fetch(f"{allowed.address}/")
    assert told.value.temporary is temporary
    assert told.value.extra["hint"]


def test_a_name_that_nobody_knows_is_told() -> None:
    def resolve(host: str, port: int) -> list[str]:
        raise socket.gaierror

    with Fetcher(resolve=resolve) as fetcher, pytest.raises(NotFetched, match="no site of that name"):
        fetcher.fetch("https://nowhere.test/")
