"""/bots/<slug>/knowledge/: giving knowledge, looking at it, searching it, taking it away."""

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import QuerySet
from django.test import Client
from pytest_django import Settings

from chatbots.actions.edit_bot import create_bot
from chatbots.knowledge.importing import import_source
from chatbots.knowledge.uploads import import_upload
from chatbots.models import Chatbot, KnowledgeSource, SourceState
from tests.cast import Cast
from tests.chatbots.knowledge.site import serve_site

pytestmark = pytest.mark.django_db(transaction=True)
SignIn = Callable[..., Client]
FAQ = """title,question,answer
Delivery time,How long does delivery take?,Two to four days.
Returns,Can I send it back?,Within 30 days.
"""
PARTIAL = {"HX-Request": "true"}
BASE = "/bots/fresh/knowledge/"


@pytest.fixture(autouse=True)
def fresh(cast: Cast) -> Chatbot:
    """A bot of acme's that knows nothing yet."""
    return create_bot(organisation=cast.acme.organisation, name="Fresh", slug="fresh")


def read_sources() -> QuerySet[KnowledgeSource]:
    return KnowledgeSource.objects.filter(chatbot__slug="fresh", removed_at=None)


def give(title: str = "list.csv") -> KnowledgeSource:
    return import_source(chatbot=Chatbot.objects.get(slug="fresh"), title=title, kind="csv", data=FAQ)


def upload(client: Client, *files: tuple[str, bytes]) -> str:
    data = {"upload-documents": [SimpleUploadedFile(name, content) for name, content in files]}
    return client.post(f"{BASE}upload/", data, follow=True).content.decode()


def run_imports() -> None:
    """What the job worker does."""
    for source in read_sources().filter(state=SourceState.PENDING):
        import_upload.call_local(source.pk, source.upload)  # type: ignore[attr-defined]


def test_an_empty_knowledge_says_what_to_do_first(cast: Cast, sign_in: SignIn) -> None:
    assert "It knows nothing yet" in sign_in(cast.acme.owner).get(BASE).content.decode()


def test_files_are_read_in_the_background_and_watched_until_they_are_ready(
    cast: Cast, sign_in: SignIn
) -> None:
    client = sign_in(cast.acme.owner)
    page = upload(client, ("faq.csv", FAQ.encode()), ("notes.md", b"# Opening hours\n\nNine to five."))
    assert 'hx-trigger="every 1s"' in page
    assert read_sources().filter(state=SourceState.PENDING).count() == 2
    run_imports()
    parts = client.get(f"{BASE}sources/", headers=PARTIAL).content.decode()
    assert "every 1s" not in parts
    assert parts.count(">Ready<") == 2
    assert 'data-test-bot="fresh"' in parts


def test_a_file_that_cannot_be_read_shows_what_is_wrong_and_what_to_do(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.acme.owner)
    upload(client, ("broken.csv", b"title,question\nA,B\n"))
    run_imports()
    page = client.get(BASE).content.decode()
    assert "Failed" in page
    assert "answer is missing" in page
    assert "Correct the file and import it again" in page


def test_a_kind_of_file_that_is_not_known_is_named_and_does_not_stop_the_others(
    cast: Cast, sign_in: SignIn
) -> None:
    page = upload(sign_in(cast.acme.owner), ("virus.exe", b"MZ"), ("faq.csv", FAQ.encode()))
    assert "virus.exe: Files of the kind .exe cannot be imported" in page
    assert [source.title for source in read_sources()] == ["faq.csv"]


def test_a_file_is_what_is_in_it_and_stays_where_uploads_are(
    cast: Cast, sign_in: SignIn, settings: Settings
) -> None:
    picture = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    page = (
        b"<!doctype html><html><body><script>alert(1)</script><p>Only these words are kept.</p></body></html>"
    )
    shown = upload(
        sign_in(cast.acme.owner),
        ("logo.svg", picture),
        ("../../../notes.md", page),
        ("a.pdf", b"\x7fELF" + bytes(99)),
    )
    assert "logo.svg: Files of the kind .svg cannot be imported" in shown
    notes = read_sources().get(title="notes.md")
    assert notes.kind == "html"
    assert {path.suffix for path in settings.PARLEY_DATA.glob("uploads/*/*")} >= {".html"}
    run_imports()
    assert [chunk.text for chunk in notes.chunks.all()] == ["Only these words are kept."]
    assert not list(settings.PARLEY_DATA.glob("**/notes.md"))


def test_too_large_a_file_is_refused_with_its_size(cast: Cast, sign_in: SignIn, settings: Settings) -> None:
    settings.KNOWLEDGE_MAX_BYTES = 10
    page = upload(sign_in(cast.acme.owner), ("faq.csv", FAQ.encode()))
    assert "are allowed" in page
    assert not read_sources().exists()


@pytest.mark.parametrize(
    ("way", "data"),
    [
        ("upload", {}),
        ("page", {"page-address": ""}),
        ("page", {"page-address": "ftp://example.com/"}),
        ("page", {"page-address": "https://example.com:22/"}),
        ("site", {"site-address": "no address"}),
        ("paste", {"paste-title": "", "paste-text": "Words"}),
        ("paste", {"paste-title": "T", "paste-text": "  "}),
        ("paste", {"paste-title": "T", "paste-text": "a\x00b"}),
        ("entry", {"entry-title": "T", "entry-questions": "", "entry-answer": "A"}),
        ("entry", {"entry-title": "T", "entry-questions": "Q?", "entry-answer": "x" * 50_001}),
    ],
)
def test_bad_input_is_explained_and_adds_nothing(
    cast: Cast, sign_in: SignIn, way: str, data: dict[str, str]
) -> None:
    answer = sign_in(cast.acme.owner).post(f"{BASE}{way}/", data)
    assert answer.status_code == 400
    assert "field__error" in answer.content.decode() or 'role="alert"' in answer.content.decode()
    assert not read_sources().exists()


def test_a_page_and_a_site_are_fetched_show_their_pages_and_are_fetched_again(
    cast: Cast, sign_in: SignIn, settings: Settings
) -> None:
    client = sign_in(cast.acme.owner)
    with serve_site() as site:
        settings.KNOWLEDGE_ALLOWED_HOSTS = [f"127.0.0.1:{site.port}"]
        site.put_page("/help", "Help", "You can send anything back within thirty days of its arrival.")
        site.put_sitemap("/help", "/gone")
        page = client.post(
            f"{BASE}page/", {"page-address": f"{site.address}/help"}, follow=True
        ).content.decode()
        assert "We are fetching it now" in page
        client.post(f"{BASE}site/", {"site-address": site.address})
        run_imports()
        page = client.get(BASE).content.decode()
        assert page.count(">Ready<") == 2
        assert "fetched <time" in page
        whole = read_sources().get(kind="sitemap")
        shown = client.get(f"{BASE}{whole.pk}/").content.decode()
        for words in (
            "2 pages of this site",
            "There is no such page (404).",
            f"{site.address}/help",
        ):
            assert words in shown
        assert "says the same as a passage of" in page
        client.post(f"{BASE}{whole.pk}/refresh/")
        assert read_sources().get(kind="sitemap").state == SourceState.PENDING
        assert sign_in(cast.acme.supervisor).post(f"{BASE}{whole.pk}/refresh/").status_code == 403


def test_pasted_text_becomes_passages(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.acme.owner)
    client.post(
        f"{BASE}paste/", {"paste-title": "Hours", "paste-text": "# Opening hours\n\nNine to five, every day."}
    )
    run_imports()
    source = read_sources().get()
    assert "Nine to five, every day." in client.get(f"{BASE}{source.pk}/").content.decode()


def test_a_single_entry_is_known_at_once(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.acme.owner)
    entry = {
        "entry-title": "Gift wrap",
        "entry-questions": "Do you wrap gifts?\nIs there gift wrapping?",
        "entry-answer": "Yes.",
    }
    assert (
        "The bot knows “Gift wrap” now" in client.post(f"{BASE}entry/", entry, follow=True).content.decode()
    )
    found = client.get(f"{BASE}search/", {"q": "can you wrap a gift"}).content.decode()
    assert "Gift wrap" in found


def test_the_search_shows_candidates_scores_and_the_threshold(cast: Cast, sign_in: SignIn) -> None:
    give()
    for person in (cast.acme.owner, cast.acme.supervisor):
        found = sign_in(person).get(f"{BASE}search/", {"q": "How long does delivery take?"}).content.decode()
        assert "It answers with <strong>Delivery time</strong>" in found
        assert "Search by meaning is off here" in found
        assert "<dt>Words</dt>" in found
        assert "50 % are needed" in found
        assert 'class="meter__mark"' in found


@pytest.mark.parametrize("question", ["", "   ", "\x00", "zxqv", "?!", "x" * 5000, "<script>"])
def test_the_search_takes_any_question(cast: Cast, sign_in: SignIn, question: str) -> None:
    give()
    answer = sign_in(cast.acme.owner).get(f"{BASE}search/", {"q": question})
    assert answer.status_code == 200
    assert "<script>" not in answer.content.decode()


def test_a_source_shows_its_entries_with_their_variants_and_is_searched(cast: Cast, sign_in: SignIn) -> None:
    source = give()
    client = sign_in(cast.acme.supervisor)
    page = client.get(f"{BASE}{source.pk}/").content.decode()
    assert "Two to four days." in page
    assert "How long does delivery take?" in page
    found = client.get(f"{BASE}{source.pk}/", {"q": "30 days"}).content.decode()
    assert "Within 30 days." in found
    assert "Two to four days." not in found


def test_a_deleted_source_is_forgotten_by_the_draft(cast: Cast, sign_in: SignIn) -> None:
    source = give()
    client = sign_in(cast.acme.owner)
    assert "is gone from the draft" in client.post(f"{BASE}{source.pk}/delete/", follow=True).content.decode()
    assert client.get(f"{BASE}{source.pk}/").status_code == 404
    assert "Delivery time" not in client.get(f"{BASE}search/", {"q": "delivery"}).content.decode()


def test_a_long_list_of_sources_is_searched(cast: Cast, sign_in: SignIn) -> None:
    for number in range(9):
        give(f"list {number}.csv")
    client = sign_in(cast.acme.owner)
    page = client.get(BASE, {"q": "list 7"}).content.decode()
    assert "list 7.csv" in page
    assert "list 6.csv" not in page
    assert "No source by that name" in client.get(BASE, {"q": "nothing"}).content.decode()


def test_supervisors_look_and_change_nothing(cast: Cast, sign_in: SignIn) -> None:
    source = give()
    client = sign_in(cast.acme.supervisor)
    page = client.get(BASE).content.decode()
    assert "list.csv" in page
    assert "Add knowledge" not in page
    assert "/delete/" not in page
    for path in ("upload/", "paste/", "entry/", f"{source.pk}/delete/"):
        assert client.post(BASE + path).status_code == 403
    assert read_sources().count() == 1


def test_agents_outsiders_and_strangers_do_not_get_in(cast: Cast, sign_in: SignIn) -> None:
    source = give()
    reads = ("", "sources/", "search/?q=delivery", f"{source.pk}/")
    writes = ("upload/", "paste/", "entry/", f"{source.pk}/delete/")
    for person, status in ((cast.acme.agent, 403), (cast.outsider, 404), (None, 302)):
        client = sign_in(person)
        assert {client.get(BASE + path).status_code for path in reads} == {status}
        assert {client.post(BASE + path).status_code for path in writes} == {status}
    assert sign_in(cast.outsider).get(f"/bots/rival-shop/knowledge/{source.pk}/").status_code == 404
    assert read_sources().count() == 1
