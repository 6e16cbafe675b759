"""`manage.py evaluate_bot BOT CASES [--version …] --json OUT` as outside checks use it."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from tests.cast import Cast

pytestmark = pytest.mark.django_db
CASES = (
    "question,expect\nHow long does delivery take?,Delivery time\nVuvuzela?,abstain\nGet me a human,hand_off\n"
    "Vuvuzela again?,Returns\n"
)


def run(*arguments: str) -> tuple[str, str, str]:
    """What stood on stdout and stderr, and the error with which it ended."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("evaluate_bot", *arguments, stdout=out, stderr=err)
    except CommandError as error:
        return out.getvalue(), err.getvalue(), str(error)
    return out.getvalue(), err.getvalue(), ""


def write(folder: Path, text: str, name: str = "cases.csv") -> str:
    (folder / name).write_text(text)
    return str(folder / name)


@pytest.mark.parametrize(
    "version", [(), ("--version", "draft"), ("--version", "published"), ("--version", "1")]
)
def test_the_figures_stand_in_the_file_and_in_words_on_the_screen(
    cast: Cast, tmp_path: Path, version: tuple[str, ...]
) -> None:
    out = tmp_path / "out.json"
    words, progress, error = run("acme/acme-shop", write(tmp_path, CASES), *version, "--json", str(out))
    assert not error
    assert "Came out as expected              3 of 4 (75.0%)" in words
    assert "4 of 4 questions asked (100 %)" in progress
    report: dict[str, Any] = json.loads(out.read_text())
    names = {
        "cases",
        "correct",
        "in_scope_accuracy",
        "abstain_recall",
        "auroc",
        "p50_ms",
        "p95_ms",
        "results",
    }
    assert names <= report.keys()
    assert (report["cases"], report["correct"], report["in_scope_accuracy"]) == (4, 3, 0.5)
    assert report["version"] == (1 if version[1:] and version[1] in ("published", "1") else "draft")
    first = report["results"][0]
    assert {"question", "expect", "outcome", "title", "confidence", "ok", "ms"} <= first.keys()
    assert (first["title"], first["outcome"], first["ok"]) == ("Delivery time", "answered", True)
    assert report["results"][3]["outcome"] == "handed_off"


@pytest.mark.parametrize(
    ("bot", "text", "more", "words"),
    [
        ("no-such-bot", CASES, (), "There is no bot"),
        ("acme-shop", "", (), "no cases"),
        ("acme-shop", "a,b\nc,d\n", (), "The columns question and expect cannot be found; it has a and b."),
        ("acme-shop", "question,expect\n,x\n", (), "Row 2: question is empty"),
        ("acme-shop", CASES, ("--version", "9"), "no version 9"),
        ("acme-shop", CASES, ("--version", "newest"), "One of draft, published"),
        ("acme-shop", CASES, ("--json", "/no/such/folder/out.json"), "cannot be written"),
    ],
)
def test_what_cannot_run_ends_with_one_clear_line(
    cast: Cast, tmp_path: Path, bot: str, text: str, more: tuple[str, ...], words: str
) -> None:
    assert words in run(bot, write(tmp_path, text), *more)[2]


def test_a_file_that_is_not_there_is_named(cast: Cast, tmp_path: Path) -> None:
    assert "There is no file" in run("acme-shop", str(tmp_path / "none.csv"))[2]


def test_a_title_that_nothing_has_is_warned_about(cast: Cast, tmp_path: Path) -> None:
    _, progress, _ = run("acme-shop", write(tmp_path, "question,expect\nWell?,Warranty\n"))
    assert "nothing in the knowledge is called “Warranty”" in progress
