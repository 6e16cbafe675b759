"""`manage.py import_knowledge BOT FILE…` as outside checks use it."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from chatbots.retrieval.index import load_index
from tests.cast import Cast

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
        "acme-shop", bad, good, str(tmp_path / "none.md"), "page.html", "https://example.test/"
    )
    assert (result["sources"], result["chunks"]) == (1, 1)
    assert [error["code"] for error in result["errors"]] == ["invalid", "not_found", "invalid", "invalid"]
    assert "answer is missing" in result["errors"][0]["detail"]
    assert ".html" in result["errors"][2]["detail"]
    assert "answer is missing" in progress
    assert ended == "4 of 5 not imported."


def test_a_bot_that_is_not_there_is_named(cast: Cast, tmp_path: Path) -> None:
    _, _, ended = run("acme/none", write(tmp_path, "a.txt", "Some text."))
    assert "acme/none" in ended
