"""docs/follow-one-message.md names what exists, and docs/protocol.md names every frame, code and address."""

import ast
import re
from functools import cache
from typing import get_args

from chatbots.consumers import ChatSocket
from config import api_urls
from conversations import caretaker
from conversations.frames import AGENT_FRAMES, CHAT_FRAMES
from core import errors
from core.tokens import Audience
from handoff.consumers import AgentSocket
from tests.house.source_files import ROOT, list_code, parse, read

FOLLOWED, PROTOCOL = "docs/follow-one-message.md", "docs/protocol.md"
# Names of the document that are no names in the code: words of the wire, and of others.
WIRE = {"localStorage"}


def list_ticked(document: str) -> list[str]:
    return re.findall(r"`([^`\n]+)`", read(document))


@cache
def list_names() -> frozenset[str]:
    """Everything that the code defines, assigns, takes as a parameter or says as a whole string."""
    names: set[str] = set()
    for file in list_code(".py", tests=False):
        for node in ast.walk(parse(file)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                names.add(node.name)
            elif isinstance(node, ast.arg):
                names.add(node.arg)
            elif isinstance(node, ast.Name):
                names.add(node.id)
            elif isinstance(node, ast.Attribute):
                names.add(node.attr)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                names.add(node.value)
    for file in list_code(".js"):
        names.update(re.findall(r"[A-Za-z_]\w+", read(file)))
    return frozenset(names)


def test_every_file_that_the_walk_through_names_exists() -> None:
    paths = [name for name in list_ticked(FOLLOWED) if re.search(r"\.(py|js|md|css|html)$", name)]
    assert len(paths) > 30
    assert [path for path in paths if not (ROOT / path).is_file()] == []


def test_every_name_of_the_walk_through_is_in_the_code() -> None:
    names = {name for name in list_ticked(FOLLOWED) if re.fullmatch(r"_?[A-Za-z]\w*", name)}
    assert len(names) > 60
    assert names - list_names() - WIRE == set()


def test_a_name_beside_a_file_is_defined_in_it() -> None:
    pairs = re.findall(r"`(\w+)`\s+\(`([^`]+\.(?:py|js))`", read(FOLLOWED))
    assert len(pairs) > 30
    assert [(name, file) for name, file in pairs if not re.search(rf"\b{name}\b", read(file))] == []


def test_every_frame_that_clients_may_send_is_in_the_protocol() -> None:
    kinds = {kind.__struct_config__.tag for kind in (*CHAT_FRAMES.__args__, *AGENT_FRAMES.__args__)}
    assert {kind for kind in kinds if f"| `{kind}` |" not in read(PROTOCOL)} == set()
    assert ChatSocket.reader is not AgentSocket.reader


def test_every_field_of_those_frames_is_in_the_protocol() -> None:
    text = read(PROTOCOL)
    fields = {
        (kind.__struct_config__.tag, field)
        for kind in (*CHAT_FRAMES.__args__, *AGENT_FRAMES.__args__)
        for field in kind.__struct_fields__
    }
    rows: dict[str, str] = {}
    for name, row in re.findall(r"^\| `(\w+)` \|(.*)$", text, re.MULTILINE):
        rows[name] = rows.get(name, "") + row
    assert {(kind, field) for kind, field in fields if f"`{field}`" not in rows.get(kind, "")} == set()


def test_every_frame_that_the_server_sends_is_in_the_protocol() -> None:
    said = set()
    for file in list_code(".py", tests=False):
        if file.split("/")[0] not in {"chatbots", "conversations", "handoff"} or "/forms/" in file:
            continue
        for node in ast.walk(parse(file)):
            if isinstance(node, ast.Dict):
                said |= {
                    str(value.value)
                    for key, value in zip(node.keys, node.values, strict=True)
                    if isinstance(key, ast.Constant)
                    and key.value == "type"
                    and isinstance(value, ast.Constant)
                }
    frames = {kind for kind in said if re.fullmatch(r"[a-z_]+", kind)}
    assert {"ready", "accepted", "complete", "queue"} <= frames
    text = read(PROTOCOL)
    assert {kind for kind in frames if f"`{kind}`" not in text and f'"type": "{kind}"' not in text} == set()


def test_every_code_is_in_the_protocol() -> None:
    text = read(PROTOCOL)
    codes = {kind.code for kind in vars(errors).values() if isinstance(kind, type) and hasattr(kind, "code")}
    closes = {str(value) for name, value in vars(caretaker).items() if name.startswith("CLOSE_")}
    assert {code for code in codes | closes if f"`{code}`" not in text} == set()


def test_every_audience_is_in_the_protocol() -> None:
    assert {one for one in get_args(Audience) if f"`{one}`" not in read(PROTOCOL)} == set()


def list_addresses(patterns: list[object]) -> set[str]:
    """Every address below /api/v1/, with its variable parts in braces."""
    found = set()
    for pattern in patterns:
        route = str(getattr(pattern, "pattern", ""))
        if hasattr(pattern, "url_patterns"):
            found |= {route + inner for inner in list_addresses(pattern.url_patterns)}
        elif not route.startswith("^"):
            found.add(re.sub(r"<\w+:(\w+)>", r"{\1}", route))
    return found


def test_every_address_of_the_interface_is_in_the_protocol() -> None:
    text = read(PROTOCOL)
    assert {one for one in list_addresses(api_urls.urlpatterns) if f"`{one}`" not in text} == set()
