"""/api/v1/knowledge/: owners write, supervisors read, agents may not, strangers find nothing."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from chatbots.knowledge.importing import import_source
from chatbots.knowledge.uploads import import_upload
from chatbots.models import KnowledgeChunk, KnowledgeSource
from organisations.models import User
from tests.cast import Cast, bearer
from tests.chatbots.knowledge.site import serve_site

pytestmark = pytest.mark.django_db
URL = "/api/v1/knowledge/"
ENTRY = {"chatbot": "acme-shop", "title": "Dogs", "questions": ["May I bring my dog?"], "answer": "Yes."}


def call(user: User | None, method: str, path: str = "", data: Any = None, **options: Any) -> Any:
    """Status and JSON."""
    headers = bearer(user) if user else {}
    options.setdefault("content_type", "application/json")
    if options["content_type"] is None:
        del options["content_type"]
    if method == "get":
        del options["content_type"]
    response = getattr(Client(), method)(URL + path, data, headers=headers, **options)
    return response.status_code, response.json() if response.content else None


def source_of(cast: Cast) -> KnowledgeSource:
    return KnowledgeSource.objects.get(chatbot=cast.acme.bot, title="faq.csv")


def test_sources_are_listed_for_all_bots_or_one(cast: Cast) -> None:
    for query in ("", "?chatbot=acme-shop"):
        status, body = call(cast.acme.owner, "get", query)
        assert status == 200
        assert [(row["title"], row["chatbot"], row["state"]) for row in body["results"]] == [
            ("faq.csv", "acme-shop", "ready")
        ]
        assert set(body) == {"results", "next", "previous"}


def test_a_file_is_uploaded_and_becomes_searchable(cast: Cast) -> None:
    file = SimpleUploadedFile("hours.csv", b"title,question,answer\nHours,When are you open?,Daily.\n")
    status, body = call(
        cast.acme.owner, "post", data={"chatbot": "acme-shop", "file": file}, content_type=None
    )
    assert (status, body["title"], body["state"]) == (201, "hours.csv", "pending")
    source = KnowledgeSource.objects.get(pk=body["id"])
    import_upload.call_local(source.pk, source.upload)  # type: ignore[attr-defined]
    _, found = call(cast.acme.owner, "get", "search/?chatbot=acme-shop&q=when are you open")
    assert (found["results"][0]["text"], found["results"][0]["confidence"], found["answers"]) == (
        "Daily.",
        1.0,
        True,
    )


def test_a_text_is_sent_as_json(cast: Cast) -> None:
    data = {"chatbot": "acme-shop", "title": "Guide", "kind": "markdown", "text": "# Parking\n\nBehind."}
    status, body = call(cast.acme.owner, "post", data=data)
    assert (status, body["kind"], body["state"]) == (201, "markdown", "pending")


def test_an_entry_is_added_and_searchable_at_once(cast: Cast) -> None:
    status, body = call(cast.acme.owner, "post", data=ENTRY)
    assert (status, body["state"], body["entry"]["questions"]) == (201, "ready", ["May I bring my dog?"])
    _, found = call(cast.acme.owner, "get", "search/?chatbot=acme-shop&q=bring a dog")
    assert found["results"][0]["title"] == "Dogs"


def test_a_page_of_the_web_is_fetched_in_the_background_and_again_when_asked(
    cast: Cast, settings: Any
) -> None:
    with serve_site() as site:
        settings.KNOWLEDGE_ALLOWED_HOSTS = [f"127.0.0.1:{site.port}"]
        site.put_page("/help", "Help", "You can send anything back within thirty days of its arrival.")
        data = {"chatbot": "acme-shop", "url": f"{site.address}/help"}
        status, body = call(cast.acme.owner, "post", data=data)
        assert (status, body["kind"], body["state"], body["address"]) == (201, "url", "pending", data["url"])
        source = KnowledgeSource.objects.get(pk=body["id"])
        import_upload.call_local(source.pk, source.upload)  # type: ignore[attr-defined]
        _, body = call(cast.acme.supervisor, "get", f"{source.pk}/")
        assert [(page["state"], page["chunks"]) for page in body["pages"]] == [("ready", 1)]
        assert body["fetched_at"]
        assert body["chunks"]["results"][0]["url"] == data["url"]
        _, found = call(cast.acme.owner, "get", "search/?chatbot=acme-shop&q=send anything back")
        assert found["results"][0]["url"] == data["url"]
        status, body = call(cast.acme.owner, "post", f"{source.pk}/refresh/", {})
        assert (status, body["state"]) == (202, "pending")


def test_what_was_uploaded_cannot_be_fetched_again(cast: Cast) -> None:
    status, body = call(cast.acme.owner, "post", f"{source_of(cast).pk}/refresh/", {})
    assert (status, body["error"]["code"]) == (400, "invalid")


def test_a_source_shows_its_chunks_a_page_at_a_time(cast: Cast) -> None:
    rows = "".join(f"t{number},question {number},a\n" for number in range(5))
    source = import_source(
        chatbot=cast.acme.bot, title="five", kind="csv", data="title,question,answer\n" + rows
    )
    _, body = call(cast.acme.supervisor, "get", f"{source.pk}/?limit=3")
    assert [chunk["title"] for chunk in body["chunks"]["results"]] == ["t0", "t1", "t2"]
    following = body["chunks"]["next"].partition(URL)[2]
    _, body = call(cast.acme.supervisor, "get", following)
    assert [chunk["title"] for chunk in body["chunks"]["results"]] == ["t3", "t4"]


def test_a_deleted_source_is_gone(cast: Cast) -> None:
    path = f"{source_of(cast).pk}/"
    assert call(cast.acme.owner, "delete", path) == (204, None)
    assert call(cast.acme.owner, "get", path)[0] == 404
    assert call(cast.acme.owner, "delete", path)[0] == 404
    assert call(cast.acme.owner, "get", "search/?chatbot=acme-shop&q=delivery")[1]["results"] == []


def test_a_search_shows_the_threshold_and_every_candidate_with_its_scores(cast: Cast) -> None:
    status, body = call(
        cast.acme.supervisor, "get", "search/?chatbot=acme-shop&q=how can I pay for delivery&limit=2"
    )
    assert (status, body["threshold"], len(body["results"])) == (200, cast.acme.bot.threshold, 2)
    assert {
        "source",
        "title",
        "text",
        "kind",
        "url",
        "word_score",
        "meaning_score",
        "score",
        "confidence",
    } <= set(body["results"][0])
    assert (body["decision"], body["has_meaning"]) in {
        ("answered", False),
        ("clarified", False),
        ("abstained", False),
    }
    assert body["why"]


@pytest.mark.parametrize("q", ["", "%F0%9F%98%80", "the", "zzz", "%00"])
def test_a_search_for_nothing_finds_nothing(cast: Cast, q: str) -> None:
    status, body = call(cast.acme.owner, "get", f"search/?chatbot=acme-shop&q={q}")
    assert (status, body["results"], body["answers"]) == (200, [], False)


@pytest.mark.parametrize(
    "query", ["q=" + "x" * 8001, "q=x&limit=0", "q=x&limit=99999999999999999999", "q=x&limit=x"]
)
def test_a_search_has_limits(cast: Cast, query: str) -> None:
    status, body = call(cast.acme.owner, "get", f"search/?chatbot=acme-shop&{query}")
    assert (status, body["error"]["code"]) == (400, "invalid")


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"chatbot": "acme-shop"},
        {"chatbot": "acme-shop", "title": "x", "kind": "pdf", "text": "x"},
        {"chatbot": "acme-shop", "title": "x", "text": "x"},
        {"chatbot": "acme-shop", "url": "ftp://example.com/"},
        {"chatbot": "acme-shop", "url": "https://example.com:22/"},
        {"chatbot": "acme-shop", "url": "https://example.com/", "kind": "csv"},
        {"chatbot": "acme-shop", "title": "x", "kind": "sitemap", "text": "x"},
        {"chatbot": "acme-shop", "title": "x", "answer": "x"},
        {"chatbot": "acme-shop", "title": "x", "questions": "x", "answer": "x"},
        {"chatbot": "acme-shop", "title": "a\u0000b", "kind": "text", "text": "x"},
        [],
        "text",
    ],
)
def test_what_is_no_knowledge_is_invalid_with_its_fields(cast: Cast, data: Any) -> None:
    status, body = call(cast.acme.owner, "post", data=data)
    assert (status, body["error"]["code"]) == (400, "invalid")


def test_a_body_that_is_too_large_is_refused_before_it_is_read(cast: Cast, settings: Any) -> None:
    settings.KNOWLEDGE_MAX_BYTES = 1000
    data = {"chatbot": "acme-shop", "title": "x", "kind": "text", "text": "x" * 100_000}
    status, body = call(cast.acme.owner, "post", data=data)
    assert (status, body["error"]["code"]) == (413, "too_large")


def test_a_file_that_is_too_large_is_refused(cast: Cast, settings: Any) -> None:
    settings.KNOWLEDGE_MAX_BYTES = 1000
    file = SimpleUploadedFile("big.txt", b"x" * 2000)
    status, body = call(
        cast.acme.owner, "post", data={"chatbot": "acme-shop", "file": file}, content_type=None
    )
    assert (status, body["error"]["code"]) == (413, "too_large")


def list_calls(cast: Cast) -> list[tuple[str, str, Any, bool]]:
    """Method, path, body, whether it writes."""
    one = f"{source_of(cast).pk}/"
    text = {"chatbot": "acme-shop", "title": "x", "kind": "text", "text": "x"}
    return [
        ("get", "?chatbot=acme-shop", None, False),
        ("get", one, None, False),
        ("get", "search/?chatbot=acme-shop&q=delivery", None, False),
        ("post", "", text, True),
        ("post", "", ENTRY, True),
        ("post", "", {"chatbot": "acme-shop", "url": "https://example.com/"}, True),
        ("post", f"{one}refresh/", {}, True),
        ("delete", one, None, True),
    ]


def count(cast: Cast) -> tuple[int, int]:
    sources = KnowledgeSource.objects.filter(organisation=cast.acme.organisation, removed_at=None).count()
    return sources, KnowledgeChunk.objects.filter(
        organisation=cast.acme.organisation, removed_in=None
    ).count()


def test_supervisors_read_and_agents_may_not(cast: Cast) -> None:
    before = count(cast)
    for method, path, data, writes in list_calls(cast):
        assert call(cast.acme.supervisor, method, path, data)[0] == (403 if writes else 200)
        assert call(cast.acme.agent, method, path, data)[0] == 403
    assert call(cast.acme.agent, "get")[0] == 403
    assert count(cast) == before


def test_the_outsider_finds_exactly_what_does_not_exist(cast: Cast) -> None:
    before = count(cast)
    for method, path, data, _ in list_calls(cast):
        source_id = str(source_of(cast).pk)
        missing_path = path.replace("acme-shop", "none").replace(source_id, "999999")
        missing_data = {**data, "chatbot": "none"} if data else data
        found = call(cast.outsider, method, path, data)
        assert found == call(cast.outsider, method, missing_path, missing_data)
        assert (found[0], found[1]["error"]["code"]) == (404, "not_found")
    assert [row["chatbot"] for row in call(cast.outsider, "get")[1]["results"]] == ["rival-shop"]
    assert count(cast) == before


def test_nobody_in_particular_is_asked_to_sign_in(cast: Cast) -> None:
    assert {call(None, method, path, data)[0] for method, path, data, _ in list_calls(cast)} == {401}
