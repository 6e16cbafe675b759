"""What the minifier must not be given: it keeps a template's every character, but not those of a template inside another."""

import re
from pathlib import Path

import pytest

from core.lean_files import lean_script

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "static").rglob("*.js"))
# A value of a template, up to which it has not ended, that begins a template of its own.
NESTED = re.compile(r"`[^`\n]*\$\{[^{}`\n]*`")


@pytest.mark.parametrize("name", SCRIPTS)
def test_no_template_stands_inside_another(name: str) -> None:
    lines = (ROOT / name).read_text().splitlines()
    found = [number for number, line in enumerate(lines, 1) if NESTED.search(line)]
    assert not found, f"{name}, lines {found}: take the inner template out into a constant"


def test_a_template_inside_another_is_found_and_would_lose_a_space() -> None:
    script = "const a = `x${b ? ` y${c}` : ''}`;\n"
    assert NESTED.search(script)
    assert "` y${c}`" not in lean_script(script)
