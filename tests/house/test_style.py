"""The habits of the house that a program can check. Each exception is listed here with its reason."""

import ast
import re
from pathlib import PurePath

import pytest

from tests.house.source_files import dotted, list_apps_code, list_code, list_files, parse, read

LONGEST_FILE = 350
LONGEST_FUNCTION = 40
LONGEST_STORY = 60  # a test that follows somebody through the product, step by step

# path -> why it is longer than 350 lines and would read worse in pieces
LONG_FILES: dict[str, str] = {
    "config/settings.py": "one file, so that a deployer's settings are read in one place",
    "tests/conversations/test_chat_socket.py": "each frame of one socket, and each of its refusals",
}
# path -> why it reads the environment itself
READS_ENVIRONMENT: dict[str, str] = {
    "config/settings.py": "the one place",
    "config/asgi.py": "names the settings",
    "manage.py": "names the settings",
}

EDGE = re.compile(
    r"(^|/)(views|api|forms|admin|consumers|commands|jobs|sockets?)(/|\.py$)|(_consumer|_views|_admin|_jobs|_socket)\.py$"
)


def is_edge(name: str) -> bool:
    return bool(EDGE.search(name)) and not name.startswith(("core/", "config/"))


def list_edges() -> list[str]:
    return [name for name in list_apps_code() if is_edge(name)]


def describe(findings: list[str], lesson: str) -> str:
    return lesson + "\n  " + "\n  ".join(findings)


def test_the_rules_know_an_edge_when_they_see_one() -> None:
    edges = [
        "chatbots/views/editor.py",
        "handoff/api/handoffs.py",
        "operations/admin.py",
        "handoff/agent_consumer.py",
    ]
    assert all(is_edge(name) for name in edges)
    assert not any(
        is_edge(name) for name in ["organisations/access.py", "chatbots/actions/publish.py", "core/api.py"]
    )


def test_edges_never_touch_managers() -> None:
    found = [
        f"{name}:{node.lineno} .{node.attr}"
        for name in list_edges()
        for node in ast.walk(parse(name))
        if isinstance(node, ast.Attribute) and node.attr in {"objects", "_default_manager", "_base_manager"}
    ]
    assert not found, describe(found, "Fetch through an access_* function that names the organisation:")


def test_only_the_writer_makes_messages() -> None:
    found = [
        f"{name}:{node.lineno}"
        for name in list_apps_code()
        if not name.startswith("conversations/writer/")
        for node in ast.walk(parse(name))
        if isinstance(node, ast.Call)
        and re.fullmatch(r"Message|Message\.objects\..*create.*", dotted(node.func))
    ]
    assert not found, describe(found, "Messages get their numbers in conversations/writer and nowhere else:")


def test_the_environment_is_read_in_one_place() -> None:
    found = [
        f"{name}:{node.lineno}"
        for name in list_code(".py", tests=False)
        if name not in READS_ENVIRONMENT and not name.startswith("scripts/")
        for node in ast.walk(parse(name))
        if isinstance(node, ast.Attribute) and dotted(node) in {"os.environ", "os.getenv"}
    ]
    assert not found, describe(found, "Make it a setting in config/settings.py:")


def test_domain_flow_uses_no_signals() -> None:
    found = [
        f"{name}:{node.lineno}"
        for name in list_apps_code()
        for node in ast.walk(parse(name))
        if isinstance(node, ast.ImportFrom) and node.module == "django.db.models.signals"
    ]
    assert not found, describe(found, "Call the action instead of listening for a save:")


def test_markup_is_declared_safe_in_one_place() -> None:
    found = [
        f"{name}:{node.lineno}"
        for name in list_apps_code()
        if name != "core/rendering.py"
        for node in ast.walk(parse(name))
        if isinstance(node, ast.Call) and dotted(node.func).endswith(("mark_safe", "SafeString"))
    ]
    found += [
        f"{name}:{number}"
        for name in list_code(".html")
        for number, line in enumerate(read(name).splitlines(), 1)
        if re.search(r"\|\s*safe\b|autoescape off", line)
    ]
    assert not found, describe(found, "Strangers' text becomes HTML in core/rendering.py only:")


INLINE = {
    r"<style\b": "a style sheet in static/",
    r"\sstyle=": "a class, or style.setProperty in a module",
    r"\son[a-z]+=[\"']": "addEventListener in a module",
    r"javascript:": "a button and a module",
    r"<script(?![^>]*\ssrc=)(?![^>]*type=\"application/json\")": "a module in static/",
}


def test_pages_keep_to_the_content_security_policy() -> None:
    found = [
        f"{name}:{number} use {instead}"
        for name in list_code(".html")
        for number, line in enumerate(read(name).splitlines(), 1)
        for pattern, instead in INLINE.items()
        if re.search(pattern, line)
    ]
    assert not found, describe(found, "The browser would refuse these:")


def test_files_are_short() -> None:
    sizes = {name: len(read(name).splitlines()) for name in list_code(".py", ".js", ".css", ".html")}
    found = [
        f"{name}: {size} lines"
        for name, size in sizes.items()
        if size > LONGEST_FILE and name not in LONG_FILES
    ]
    assert not found, describe(found, "Split by subject, or give the reason in LONG_FILES:")
    stale = [name for name in LONG_FILES if sizes.get(name, 0) <= LONGEST_FILE]
    assert not stale, describe(stale, "No longer long: take out of LONG_FILES")


def count_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of code, without decorators and docstring."""
    first = node.body[0]
    if ast.get_docstring(node, clean=False) is not None and len(node.body) > 1:
        first = node.body[1]
    return (node.end_lineno or 0) - first.lineno + 1


def test_functions_fit_on_a_screen() -> None:
    found = [
        f"{name}:{node.lineno} {node.name}: {count_lines(node)} lines"
        for name in list_code(".py")
        for node in ast.walk(parse(name))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and count_lines(node) > (LONGEST_STORY if node.name.startswith("test_") else LONGEST_FUNCTION)
    ]
    assert not found, describe(found, f"Longer than {LONGEST_FUNCTION} lines:")


TIME_IS_MEANT = "# time is the fault"  # a frozen service must stay frozen for so long
SLEEPS = {"time.sleep", "asyncio.sleep", "sleep", "page.wait_for_timeout"}


def is_sleep(node: ast.AST) -> bool:
    """asyncio.sleep(0) only lets others run, and is allowed."""
    if not isinstance(node, ast.Call):
        return False
    name = dotted(node.func)
    if name not in SLEEPS and not name.endswith(".wait_for_timeout"):
        return False
    return not (node.args and isinstance(node.args[0], ast.Constant) and node.args[0].value == 0)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("time.sleep(1)", True),
        ("await asyncio.sleep(0.1)", True),
        ("await asyncio.sleep(0)", False),
        ("nap(1)", False),
    ],
)
def test_the_rules_know_a_sleep_when_they_see_one(code: str, expected: bool) -> None:
    assert any(is_sleep(node) for node in ast.walk(ast.parse(code))) is expected


def test_tests_wait_for_events_and_never_sleep() -> None:
    found = [
        f"{name}:{node.lineno}"
        for name in list_code(".py")
        if name.startswith("tests/")
        for node in ast.walk(parse(name))
        if is_sleep(node)
        and isinstance(node, ast.Call)
        and TIME_IS_MEANT not in read(name).splitlines()[node.lineno - 1]
    ]
    assert not found, describe(
        found, f"Wait for what should happen, with a time limit ({TIME_IS_MEANT} where time is the fault):"
    )


# Written in pieces, so that this file does not find itself.
INDEXES = r"py" + r"pi\.org|python" + r"hosted\.org|registry\.npm" + r"js|index-url [a-z]"
HOMES = r"wo" + r"rk|ro" + r"ot|ho" + r"me/(?!me/)[a-z]+|Us" + r"ers/[a-z]+"
OF_A_MACHINE = {
    "a package index": re.compile(INDEXES),
    "a path of one machine": re.compile(rf"(?<![\w.-])/({HOMES})/[a-z.]"),
}
TEXTS = (
    ".py",
    ".js",
    ".css",
    ".html",
    ".md",
    ".txt",
    ".in",
    ".toml",
    ".yaml",
    ".yml",
    ".json",
    ".sh",
    "Makefile",
    "run",
)


def test_no_file_names_an_index_or_one_machines_paths() -> None:
    found = [
        f"{name}:{number} {what}: {line.strip()[:80]}"
        for name in list_files()
        if name.endswith(TEXTS)
        for number, line in enumerate(read(name).splitlines(), 1)
        for what, pattern in OF_A_MACHINE.items()
        if pattern.search(line)
    ]
    assert not found, describe(found, "These mean something on one machine only:")


def test_requirements_are_locked_by_hash() -> None:
    for name in (
        "requirements/base.txt",
        "requirements/dev.txt",
        "requirements/uv.txt",
        "requirements/peers.txt",
        "requirements/models.txt",
    ):
        pins = re.findall(
            r"^[A-Za-z0-9_.-]+(?:\[[^]]*])?==\S+.*?(?=^\S|\Z)", read(name), re.MULTILINE | re.DOTALL
        )
        assert pins
        assert [pin.split()[0] for pin in pins if "--hash=sha256:" not in pin] == []


def test_every_name_has_no_spaces_and_says_what_it_is() -> None:
    vague = {"utils.py", "helpers.py", "misc.py", "common.py", "util.js", "utils.js", "helpers.js"}
    found = [name for name in list_files() if " " in name or PurePath(name).name in vague]
    assert not found, describe(found, "Name a file for its subject:")
