"""`manage.py import_knowledge BOT FILE…` as outside checks use it."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from pytest_django import Settings

from chatbots.retrieval.index import load_index
from tests.cast import Cast
from tests.chatbots.knowledge.printing import BODY, make_docx, make_pdf
from tests.chatbots.knowledge.site import serve_site

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> tuple[dict[str, Any], str, str]:
    """The last line as JSON, what stood on stderr, and the error with which it ended."""
    out, err, ended = io.StringIO(), io.StringIO(), ""
    try:
        call_command("import_knowledge", *arguments, stdout=out, stderr=err)
    except CommandError as error:
        ended = str(error)
    lines = out.getvalue().strip().splitlines()
    return (json.loads(lines[-1]) if lines else {}), err.getvalue(), ended


def write(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text)
    return str(folder / name)


def test_files_are_searchable_when_the_command_ends(cast: Cast, tmp_path: Path) -> None:
    faq = write(
        tmp_path,
        "faq.csv",
        "title,question,answer\nHours,When are you open?,Daily.\nDogs,Dogs allowed?,Yes.\n",
    )
    guide = write(tmp_path, "guide.md", "# Parking\n\nBehind the house.\n")
    result, progress, ended = run("acme-shop", faq, guide)
    assert result == {"sources": 2, "chunks": 3, "errors": []}
    assert ended == ""
    assert f"{faq}: 100 %" in progress
    bot = cast.acme.bot
    bot.refresh_from_db()
    assert (
        load_index(chatbot_id=bot.pk, revision=bot.knowledge_revision).search("open when")[0].text == "Daily."
    )


def test_the_bot_may_be_named_with_its_organisation(cast: Cast, tmp_path: Path) -> None:
    result, _, _ = run("rival/rival-shop", write(tmp_path, "a.txt", "Some text."))
    assert result["chunks"] == 1


def test_one_bad_file_keeps_no_other_from_being_imported_and_ends_with_an_error(
    cast: Cast, tmp_path: Path
) -> None:
    bad = write(tmp_path, "bad.csv", "title,question\na,b\n")
    good = write(tmp_path, "good.txt", "Some text.")
    result, progress, ended = run(
        "acme-shop", bad, good, str(tmp_path / "none.md"), write(tmp_path, "a.rtf", "x"), "http://127.0.0.1/"
    )
    assert (result["sources"], result["chunks"]) == (1, 1)
    assert [error["code"] for error in result["errors"]] == ["invalid", "not_found", "invalid", "invalid"]
    assert "answer is missing" in result["errors"][0]["detail"]
    assert ".rtf" in result["errors"][2]["detail"]
    assert "answer is missing" in progress
    assert "KNOWLEDGE_ALLOWED_HOSTS" in progress
    assert ended == "4 of 5 not imported."


def test_a_bot_that_is_not_there_is_named(cast: Cast, tmp_path: Path) -> None:
    _, _, ended = run("acme/none", write(tmp_path, "a.txt", "Some text."))
    assert "acme/none" in ended


def test_documents_and_addresses_are_imported_with_their_progress(
    cast: Cast, tmp_path: Path, settings: Settings
) -> None:
    (tmp_path / "care.docx").write_bytes(make_docx())
    (tmp_path / "care.pdf").write_bytes(
        make_pdf([(BODY, "A bag that was wet shall dry slowly in the shade.")])
    )
    with serve_site() as site:
        settings.KNOWLEDGE_ALLOWED_HOSTS = [f"127.0.0.1:{site.port}"]
        site.put_page("/a", "A", "The first page of the site says this and nothing more than this.")
        site.put_page("/b", "B", "The second page of the site says that and nothing more than that.")
        site.put_sitemap("/a", "/b")
        result, progress, ended = run(
            "acme-shop", str(tmp_path / "care.docx"), str(tmp_path / "care.pdf"), f"{site.address}/a"
        )
        assert (result, ended) == ({"sources": 3, "chunks": 4, "errors": []}, "")
        assert f"{site.address}/a: 100 %" in progress
        result, _, _ = run("acme-shop", "--site", site.address)
        assert (result["sources"], result["chunks"]) == (1, 2)
