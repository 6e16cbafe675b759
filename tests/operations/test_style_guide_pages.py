"""/ui/: who may see it, that it shows everything, and that its colours can be read."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from tests.cast import Cast

SignIn = Callable[..., Client]
ROOT = Path(settings.BASE_DIR)
SURFACES = ("canvas", "surface", "surface-sunken", "surface-hover", "surface-raised")
WORDS = ("text", "text-muted", "accent-text", "danger-text", "success-text", "warning-text", "info-text")
PAIRS = [(word, surface, 4.5) for word in WORDS for surface in SURFACES]
PAIRS += [
    (f"{tone}-text", f"{tone}-soft", 4.5) for tone in ("accent", "danger", "success", "warning", "info")
]
PAIRS += [(f"on-bubble-{who}", f"bubble-{who}", 4.5) for who in ("visitor", "bot", "agent", "note")]
PAIRS += [("on-accent", "accent", 4.5), ("on-accent", "accent-hover", 4.5), ("on-danger", "danger", 4.5)]
PAIRS += [
    ("on-danger", "danger-hover", 4.5),
    ("text", "accent-soft", 4.5),
    ("text-muted", "accent-soft", 4.5),
]
PAIRS += [("line-strong", "surface", 3.0), ("line-strong", "canvas", 3.0)]
PAIRS += [("focus", surface, 3.0) for surface in SURFACES]


def read_tokens() -> dict[str, tuple[str, str]]:
    css = (ROOT / "static/ui/tokens.css").read_text()
    found = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", css)
    tokens = {name: (light, dark) for name, light, dark in found}
    for name, other in re.findall(r"--([\w-]+): var\(--([\w-]+)\);", css):
        if other in tokens:
            tokens[name] = tokens[other]
    return tokens


def luminance(colour: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    shares = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_everything_that_is_read_has_enough_contrast(theme: int) -> None:
    tokens = read_tokens()
    short = {
        f"{front} on {back}": round(contrast(tokens[front][theme], tokens[back][theme]), 2)
        for front, back, least in PAIRS
        if contrast(tokens[front][theme], tokens[back][theme]) < least
    }
    assert not short


def test_every_component_is_in_the_style_guide() -> None:
    guide = "".join(path.read_text() for path in (ROOT / "templates/ui").glob("*.html"))
    around = {
        "brand",
        "field",
        "draft_form",
        "menu_words",
    }  # in the shell, in fields, and bound to the bot's editor
    names = {path.stem for path in (ROOT / "templates/components").glob("*.html")} - around
    assert not {name for name in names if f"<c-{name.replace('_', '-')}" not in guide}


def test_every_icon_that_is_used_exists() -> None:
    known = set(re.findall(r'<symbol id="([\w-]+)"', (ROOT / "static/ui/icons.svg").read_text()))
    used: set[str] = set()
    for path in (ROOT / "templates").rglob("*.html"):
        used |= set(re.findall(r'(?:<c-icon name| icon)="([\w-]+)"', path.read_text()))
    assert not used - known


@pytest.mark.django_db
def test_staff_see_the_style_guide_and_others_find_nothing(cast: Cast, sign_in: SignIn) -> None:
    assert sign_in().get("/ui/").status_code == 302
    assert sign_in(cast.acme.owner).get("/ui/").status_code == 404
    cast.acme.owner.is_staff = True
    cast.acme.owner.save()
    assert "Style guide" in sign_in(cast.acme.owner).get("/ui/").content.decode()


@pytest.mark.django_db
def test_anybody_sees_it_on_a_demo_installation(cast: Cast, sign_in: SignIn) -> None:
    cast.acme.agent.is_demo = True
    cast.acme.agent.save()
    assert sign_in(cast.acme.agent).get("/ui/").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/nothing-here/", "/bots/no-such-bot/"])
def test_a_page_that_does_not_exist_says_so_in_our_look(cast: Cast, sign_in: SignIn, address: str) -> None:
    answer = sign_in(cast.acme.owner).get(address)
    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()
