"""What browsers get of our scripts and sheets: everything but the comments, compressed, and always the newest."""

import gzip
import os
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from core.lean_files import lean_script, lean_sheet
from core.static_files import make_lean

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """/**
 * What it is for.
 */
import { a } from "./a.js";

// Why it is so.
export class Thing {
  /** @type {Map<string, number>} */
  #map = new Map();

  /** @param {string} address */
  open(address) {
    const url = /** @type {URL} */ (new URL(address, "https://example.com/*x*/"));
    return `${url}//${this.#map.size}`; // said at the end
  }
}
"""
LEAN_SCRIPT = (
    'import{a}from"./a.js";export class Thing{#map=new Map();'
    'open(address){const url=(new URL(address,"https://example.com/*x*/"));return`${url}//${this.#map.size}`;}}\n'
)


def test_comments_types_and_space_stay_at_home_and_code_does_not() -> None:
    assert lean_script(SCRIPT) == LEAN_SCRIPT
    assert (
        lean_sheet("/* Why. */\n.a { color: red; } /* here */\n\n\n  .b :hover { }\n")
        == ".a{color:red}.b :hover{}\n"
    )


def test_templates_and_patterns_keep_every_character() -> None:
    script = "const text = `\n  // words\n  /* words */ ${ 1 }\n`, pattern = /[/ *]\\/ {2}/u;\n"
    assert "`\n  // words\n  /* words */ ${ 1 }\n`" in lean_script(script)
    assert "/[/ *]\\/ {2}/u" in lean_script(script)


@pytest.mark.parametrize("name", ["chat/connection.js", "widget/frame.css", "console/console.js"])
def test_it_is_served_compressed_to_those_who_take_it(name: str) -> None:
    plain = Client().get(f"/static/{name}")
    zipped = Client().get(f"/static/{name}", headers={"Accept-Encoding": "gzip"})
    whole, packed = b"".join(plain), b"".join(zipped)
    assert zipped["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed) == whole
    assert len(packed) == int(zipped["Content-Length"]) < len(whole) < (ROOT / "static" / name).stat().st_size
    assert "Accept-Encoding" in plain["Vary"]


def test_a_changed_source_makes_a_new_copy(settings: Any, tmp_path: Path) -> None:
    settings.BASE_DIR, settings.PARLEY_DATA = tmp_path, tmp_path / "data"
    source = tmp_path / "static" / "a" / "b.js"
    source.parent.mkdir(parents=True)
    source.write_text("// old\nold();\n")
    copy = make_lean(source)
    inode = copy.stat().st_ino
    assert (copy.read_text(), make_lean(source).stat().st_ino) == ("old();\n", inode)
    source.write_text("// new\nnew();\n")
    os.utime(source, (1, 1))
    assert make_lean(source).read_text() == "new();\n"
    assert gzip.decompress(copy.with_name("b.js.gz").read_bytes()) == b"new();\n"
    assert sorted(path.name for path in copy.parent.iterdir()) == ["b.js", "b.js.gz"], "no drafts are left"
