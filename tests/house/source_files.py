"""The project's own source files, parsed, for the tests that read them."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = (
    "config", "operations", "embed", "testsessions", "chatbots", "handoff", "conversations", "organisations", "core",
)  # fmt: skip
NOT_OURS = ("static/vendor/", "locale/")


@cache
def list_files() -> tuple[str, ...]:
    """Every file that is or would be committed, relative to the root; deleted ones left out."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return tuple(
        sorted(name for name in set(names) if (ROOT / name).is_file() and not name.startswith(NOT_OURS))
    )


def list_code(*suffixes: str, tests: bool = True) -> Iterator[str]:
    """Code files by suffix; migrations, which a tool writes, left out."""
    for name in list_files():
        if (
            name.endswith(suffixes)
            and "/migrations/" not in name
            and (tests or not name.startswith(("tests/", "bench/")))
        ):
            yield name


def list_apps_code() -> Iterator[str]:
    return (name for name in list_code(".py", tests=False) if name.split("/")[0] in APPS)


@cache
def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8", errors="replace")


@cache
def parse(name: str) -> ast.Module:
    return ast.parse(read(name), filename=name)


def dotted(node: ast.AST) -> str:
    """`a.b.c` for such an expression, "" for others; a call in it shows as its function."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attribute):
            return f"{dotted(value)}.{attribute}"
        case ast.Call(func=function):
            return dotted(function)
        case _:
            return ""
