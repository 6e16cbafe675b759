"""What the documents for people say is true of the code."""

import re
from pathlib import PurePosixPath

from tests.house.source_files import ROOT, list_files, read

FOR_TESTS = {
    "PARLEY_TEST_SETUP", "PARLEY_EVAL_DATA", "PARLEY_CHROMIUM", "PARLEY_POSTGRES_BIN", "PARLEY_REDIS_SERVER", "BENCH_JSON",
}  # fmt: skip


def list_settings() -> set[str]:
    """Names of the variables that config/settings.py reads."""
    return set(re.findall(r"\benv\.\w+\(\s*\"([A-Z_]+)\"", read("config/settings.py")))


def list_documented() -> set[str]:
    """Names in the first column of the tables of docs/operations.md."""
    cells = re.findall(r"^\| (`[A-Z_`, ]+`) \|", read("docs/operations.md"), re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"[A-Z_]+", cell)}


def test_every_setting_is_documented_and_every_documented_one_exists() -> None:
    assert list_settings() - list_documented() == set(), "Add to docs/operations.md"
    assert list_documented() - list_settings() - FOR_TESTS == set(), "Nothing reads these"


def test_the_commands_that_documents_name_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE))
    named = {
        (name, target)
        for name in list_files()
        if name.endswith(".md")
        for target in re.findall(r"`make ([a-z]+)", read(name))
    }
    assert [pair for pair in sorted(named) if pair[1] not in targets] == []


def test_links_between_documents_lead_somewhere() -> None:
    broken = [
        f"{name} -> {target}"
        for name in list_files()
        if name.endswith(".md")
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", read(name))
        if not (ROOT / PurePosixPath(name).parent / target).exists()
    ]
    assert broken == []
