"""Pages and sites as sources: their states, what is fetched again, and what the bot knows meanwhile."""

import gzip
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from chatbots.access import access_chunks
from chatbots.knowledge.importing import remove_source
from chatbots.knowledge.uploads import import_upload, refresh_source, start_web_import, sweep_imports
from chatbots.knowledge.web.pages import guess_kind, import_address
from chatbots.models import Chatbot, KnowledgeSource, SourceState
from core.errors import Invalid
from tests.cast import Cast
from tests.chatbots.knowledge.site import Answer, Site, serve_site

pytestmark = pytest.mark.django_db
LONG = "You can send anything back within thirty days, and we pay the postage for it. Number {}."


@pytest.fixture
def site(settings: Settings) -> Iterator[Site]:
    with serve_site() as served:
        settings.KNOWLEDGE_ALLOWED_HOSTS = [f"127.0.0.1:{served.port}"]
        yield served


@pytest.fixture
def bot(cast: Cast) -> Chatbot:
    return cast.acme.bot


def put_pages(site: Site, count: int) -> list[str]:
    paths = [f"/page-{number}" for number in range(count)]
    for number, path in enumerate(paths):
        site.put_page(path, f"Page {number}", LONG.format(number), ETag=f'"{number}"')
    site.put_sitemap(*paths)
    return paths


def refresh(source: KnowledgeSource) -> KnowledgeSource:
    pending = refresh_source(source=source)
    import_upload.call_local(pending.pk, pending.upload)  # type: ignore[attr-defined]
    pending.refresh_from_db()
    return pending


def read_texts(source: KnowledgeSource) -> list[str]:
    fresh = KnowledgeSource.objects.select_related("chatbot").get(pk=source.pk)
    return [chunk.text for chunk in access_chunks(fresh)]


def test_a_page_is_known_under_its_own_address(bot: Chatbot, site: Site) -> None:
    body = f'<head><title>T</title><link rel=canonical href="/returns"></head><h1>Returns</h1><p>{LONG}</p>'
    site.answers["/returns?from=mail"] = Answer(body.encode())
    source = import_address(chatbot=bot, address=f"{site.address}/returns?from=mail")
    chunk = access_chunks(source).get()
    assert (source.kind, source.state, source.error) == ("url", SourceState.READY, "")
    assert (chunk.title, chunk.url) == ("Returns", f"{site.address}/returns")
    assert source.fetched_at is not None
    assert source.title == f"127.0.0.1:{site.port}/returns?from=mail"
    assert source.pages[0]["chunks"] == 1
    assert "Parley" in site.asked[0][1]["User-Agent"]


def test_a_page_that_did_not_change_makes_no_new_revision(bot: Chatbot, site: Site) -> None:
    for headers in ({"ETag": '"1"'}, {}):  # told by the server; told by the bytes
        site.put_page("/a", "A", LONG.format(len(headers)), **headers)
        source = import_address(chatbot=bot, address=f"{site.address}/a")
        bot.refresh_from_db()
        before, fetched = bot.knowledge_revision, source.fetched_at
        again = refresh(source)
        assert fetched is not None
        assert again.fetched_at is not None
        bot.refresh_from_db()
        assert bot.knowledge_revision == before
        assert (again.state, again.fetched_at > fetched) == (SourceState.READY, True)
    site.put_page("/a", "A", "Now it says something else, and it says so at length in a sentence.")
    assert read_texts(refresh(source)) == [
        "Now it says something else, and it says so at length in a sentence."
    ]


def test_what_was_known_stays_while_a_page_cannot_be_had(bot: Chatbot, site: Site) -> None:
    site.put_page("/a", "A", LONG)
    source = import_address(chatbot=bot, address=f"{site.address}/a")
    site.answers["/a"] = Answer(status=503)
    failed = refresh(source)
    assert (failed.state, failed.pages[0]["state"], "503" in failed.warnings[0]) == ("ready", "kept", True)
    assert read_texts(source) == [LONG]
    del site.answers["/a"]
    failed = refresh(source)
    assert (failed.state, "no such page" in failed.error, bool(failed.hint)) == ("failed", True, True)
    assert read_texts(source) == [LONG]


def test_a_site_is_its_pages_and_says_which_failed(bot: Chatbot, site: Site) -> None:
    put_pages(site, 3)
    site.answers["/page-1"] = Answer(b"\x89PNG\r\n\x1a\n", "image/png")
    source = import_address(chatbot=bot, address=site.address, kind="sitemap")
    assert [page["state"] for page in source.pages] == ["ready", "failed", "ready"]
    assert "image/png" in source.pages[1]["error"]
    assert any("/page-1: " in warning for warning in source.warnings)
    assert {chunk.url for chunk in access_chunks(source)} == {
        f"{site.address}/page-0",
        f"{site.address}/page-2",
    }


def test_only_pages_that_changed_are_read_again_and_those_that_are_gone_are_forgotten(
    bot: Chatbot, site: Site
) -> None:
    paths = put_pages(site, 3)
    source = import_address(chatbot=bot, address=f"{site.address}/sitemap.xml")
    site.put_page(
        "/page-1", "Page 1", "This page is another one now, and it is long enough too.", ETag='"new"'
    )
    site.put_sitemap(*paths[:2])
    assert read_texts(refresh(source)) == [
        LONG.format(0),
        "This page is another one now, and it is long enough too.",
    ]


def test_of_a_large_site_the_first_pages_are_taken(bot: Chatbot, site: Site, settings: Settings) -> None:
    settings.KNOWLEDGE_MAX_PAGES = 2
    put_pages(site, 2)
    site.put_sitemap(*[f"/page-{number}" for number in range(100_000)])
    packed = gzip.compress(site.answers["/sitemap.xml"].body)
    site.answers["/sitemap.xml.gz"] = Answer(packed, "application/x-gzip")
    index = f"<sitemapindex><sitemap><loc>{site.address}/sitemap.xml.gz</loc></sitemap></sitemapindex>"
    site.answers["/all.xml"] = Answer(index.encode(), "application/xml")
    source = import_address(chatbot=bot, address=f"{site.address}/all.xml", kind="sitemap")
    assert [page["state"] for page in source.pages] == ["ready", "ready"]
    assert "lists 100,000 pages; the first 2 were taken" in source.warnings[0]


def test_robots_are_obeyed_on_a_site_but_not_for_the_page_that_an_owner_names(
    bot: Chatbot, site: Site
) -> None:
    put_pages(site, 2)
    site.answers["/robots.txt"] = Answer(b"User-agent: Parley\nDisallow: /page-1\n", "text/plain")
    source = import_address(chatbot=bot, address=site.address, kind="sitemap")
    assert len(source.pages) == 1
    assert "robots.txt keeps us from 1 pages." in source.warnings
    assert site.count("/page-1") == 0
    assert import_address(chatbot=bot, address=f"{site.address}/page-1").state == "ready"
    site.answers["/robots.txt"] = Answer(status=500)
    with pytest.raises(Invalid, match=r"robots\.txt"):
        import_address(chatbot=bot, address=site.address, kind="sitemap")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<html>no map</html>", "no sitemap"),
        ("<urlset></urlset>", "lists no pages"),
        ("<urlset><url><loc>https://elsewhere.test/</loc></url></urlset>", "other hosts"),
        (
            '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><urlset><url><loc>&e;</loc></url></urlset>',
            "no pages",
        ),
        ("<urlset><url><loc>{site}/none</loc></url></urlset>", "None of the site's 1 pages"),
    ],
)
def test_a_site_that_gives_nothing_says_why(body: str, words: str, bot: Chatbot, site: Site) -> None:
    site.answers["/sitemap.xml"] = Answer(body.replace("{site}", site.address).encode(), "application/xml")
    with pytest.raises(Invalid, match=words):
        import_address(chatbot=bot, address=f"{site.address}/sitemap.xml")
    failed = KnowledgeSource.objects.get(chatbot=bot, kind="sitemap")
    assert (failed.state, bool(failed.hint)) == ("failed", True)


def test_pages_of_another_encoding_or_kind_are_read(bot: Chatbot, site: Site) -> None:
    site.answers["/a.txt"] = Answer(
        "Größe und Länge der Tasche".encode("cp1252"), "text/plain; charset=iso-8859-1"
    )
    assert read_texts(import_address(chatbot=bot, address=f"{site.address}/a.txt")) == [
        "Größe und Länge der Tasche"
    ]
    site.answers["/b"] = Answer(
        b"# Bags\n\nThey are made of leather and of nothing else at all.", "text/markdown"
    )
    assert access_chunks(import_address(chatbot=bot, address=f"{site.address}/b")).get().title == "Bags"


def test_an_import_in_the_background_is_taken_up_again_by_the_sweep(
    bot: Chatbot, site: Site, django_capture_on_commit_callbacks: object
) -> None:
    site.put_page("/a", "A", LONG)
    source = start_web_import(chatbot=bot, title="", kind="url", address=f"{site.address}/a")
    assert source.state == "pending"
    KnowledgeSource.objects.filter(pk=source.pk).update(updated_at="2020-01-01T00:00:00Z")
    assert sweep_imports() == 1
    source.refresh_from_db()
    import_upload.call_local(source.pk, source.upload)  # type: ignore[attr-defined]
    assert read_texts(source) == [LONG]
    remove_source(source=source)


def test_what_is_inside_is_not_fetched_for_anybody(bot: Chatbot) -> None:
    with pytest.raises(Invalid, match="public internet"):
        import_address(chatbot=bot, address="http://127.0.0.1/")
    source = KnowledgeSource.objects.get(chatbot=bot, kind="url")
    assert "public internet" in source.error
    assert "KNOWLEDGE_ALLOWED_HOSTS" in source.hint
    with pytest.raises(Invalid):
        refresh_source(source=KnowledgeSource(chatbot=bot))


def test_a_sitemap_is_known_by_its_name() -> None:
    assert guess_kind("https://x.test/sitemap_index.xml") == "sitemap"
    assert guess_kind("https://x.test/sitemap/") == "url"
