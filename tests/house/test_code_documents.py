"""Every code has one sentence and one action in static/chat/codes.js, and docs/troubleshooting.md says the same."""

import re

from conversations import caretaker
from core import errors
from tests.house.source_files import read

CODES_FILE, PROTOCOL, PAGE = "static/chat/codes.js", "docs/protocol.md", "docs/troubleshooting.md"


def read_actions() -> dict[str, str]:
    block = re.search(r"export const ACTIONS = .*?\{(.*?)^\}", read(CODES_FILE), re.DOTALL | re.MULTILINE)
    assert block
    return dict(re.findall(r'^  (\w+): "([^"]+)",$', block[1], re.MULTILINE))


def read_codes() -> dict[str, tuple[str, str]]:
    """Code -> sentence and name of the action."""
    block = re.search(r"export const CODES = .*?\{(.*?)^\}", read(CODES_FILE), re.DOTALL | re.MULTILINE)
    assert block
    rows = re.findall(r'^  (\w+): \["([^"]+)", "(\w+)"\],$', block[1], re.MULTILINE)
    assert (
        len(rows) == len({code for code, _, _ in rows}) == len(re.findall(r"^  \w+:", block[1], re.MULTILINE))
    )
    return {code: (sentence, action) for code, sentence, action in rows}


def read_page() -> dict[str, tuple[str, str, str]]:
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", read(PAGE), re.MULTILINE)
    return {code: (sentence, advice, more) for code, sentence, advice, more in rows}


def list_wire_codes() -> set[str]:
    """What protocol.md lists in its two tables of codes, and what the server's code can say."""
    section = read(PROTOCOL).partition("## Codes")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", section, re.MULTILINE)
    documented = {code for cell in cells for code in re.findall(r"`(\w+)`", cell)}
    raised = {kind.code for kind in vars(errors).values() if isinstance(kind, type) and hasattr(kind, "code")}
    closes = {str(value) for name, value in vars(caretaker).items() if name.startswith("CLOSE_")}
    assert {"bad_frame", "internal", "1009", "1012", "4503"} <= documented
    return documented | raised | closes


def test_every_code_of_the_wire_has_a_sentence_and_an_action() -> None:
    assert list_wire_codes() - set(read_codes()) == set()
    assert {action for _, action in read_codes().values()} == set(read_actions()), "each is used, and exists"


def test_the_sentences_are_for_people() -> None:
    for code, (sentence, _) in read_codes().items():
        assert re.fullmatch(r"[A-Z][^!]+\.", sentence), code
        assert not re.search(r"socket|token|frame|HTTP|JSON|WebSocket", sentence), code


def test_the_page_says_the_same_of_each_code_and_something_to_whoever_runs_the_server() -> None:
    said = {code: row[:2] for code, row in read_page().items()}
    assert said == {
        code: (sentence, read_actions()[action]) for code, (sentence, action) in read_codes().items()
    }
    assert [code for code, row in read_page().items() if len(row[2]) < 20] == []


def test_every_code_that_the_client_makes_up_is_among_them() -> None:
    """`code: "name"` and CodedError("name", …) in the client's own files."""
    made = set()
    for name in ("connection", "ways", "diagnostics", "poll", "heartbeat", "recovery"):
        made |= set(re.findall(r'(?:code|name): "(\w+)"|CodedError\("(\w+)"', read(f"static/chat/{name}.js")))
    names = {one or other for one, other in made}
    assert {"unreachable", "unhealthy", "asleep", "stopped", "silent", "unavailable"} <= names
    assert names - set(read_codes()) == set()
