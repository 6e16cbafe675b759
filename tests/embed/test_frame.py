"""The frame page, the loader and the demo site, as a browser without scripts sees them."""

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from chatbots.actions.publish_bot import publish_bot
from tests.cast import Cast

ROOT = Path(__file__).resolve().parents[2]
LOADER_BYTES = 6 * 1024
# As served, file by file.
WIDGET_BYTES = 50 * 1024

SignIn = Callable[..., Client]
database = pytest.mark.django_db(transaction=True)


def read_policy(response: Any) -> dict[str, list[str]]:
    parts = [part.split() for part in response["Content-Security-Policy"].split(";")]
    return {name: values for name, *values in parts}


def read_config(response: Any) -> dict[str, Any]:
    found = re.search(
        r'<script id="parley-config" type="application/json">(.*?)</script>', response.content.decode()
    )
    assert found
    config: dict[str, Any] = json.loads(found[1])
    return config


@database
def test_the_frame_carries_the_published_bot_and_a_strict_policy(cast: Cast) -> None:
    response = Client().get(f"/embed/frame/{cast.acme.bot.public_id}/")
    policy = read_policy(response)
    assert response.status_code == 200
    assert read_config(response)["bot"]["name"] == cast.acme.bot.name
    assert policy["script-src"] == ["'self'"]
    assert policy["default-src"] == ["'none'"]
    assert policy["base-uri"] == ["'none'"]
    assert policy["object-src"] == ["'none'"]
    assert "'unsafe-inline'" not in response["Content-Security-Policy"]
    assert "nonce" not in response["Content-Security-Policy"]
    assert "X-Frame-Options" not in response
    assert "no-store" in response["Cache-Control"]


@database
def test_the_bots_domains_are_the_frames_ancestors(cast: Cast) -> None:
    bot = cast.acme.bot
    assert read_policy(Client().get(f"/embed/frame/{bot.public_id}/"))["frame-ancestors"] == ["'self'"]
    bot.allowed_domains = ["shop.example", "*.shop.example:8443", "bad; script-src *"]
    bot.save()
    publish_bot(chatbot=bot, author=None)
    response = Client().get(f"/embed/frame/{bot.public_id}/")
    assert read_policy(response)["frame-ancestors"] == ["'self'", "shop.example", "*.shop.example:8443"]
    assert read_policy(response)["script-src"] == ["'self'"]


@database
def test_a_script_in_the_owners_texts_is_text(cast: Cast) -> None:
    bot = cast.acme.bot
    bot.name, bot.greeting = "</script><script>alert(1)</script>", '"><img src=x onerror=alert(1)>'
    bot.save()
    publish_bot(chatbot=bot, author=None)
    response = Client().get(f"/embed/frame/{bot.public_id}/")
    assert b"<script>alert" not in response.content
    assert b"<img" not in response.content
    assert read_config(response)["bot"]["greeting"] == bot.greeting


@database
@pytest.mark.parametrize("query", ["", "?test=1"])
def test_unknown_and_unpublished_bots_have_no_frame(cast: Cast, query: str) -> None:
    bot = cast.acme.bot
    bot.published = None
    bot.save()
    for public_id in (bot.public_id, "0" * 16, "x" * 300):
        assert Client().get(f"/embed/frame/{public_id}/{query}").status_code == 404
        assert Client().get(f"/embed/bot/{public_id}.js").status_code == 404


@database
def test_the_draft_is_shown_to_those_who_may_look_inside_only(cast: Cast, sign_in: SignIn) -> None:
    acme = cast.acme
    acme.bot.published = None
    acme.bot.greeting = "The draft's greeting"
    acme.bot.save()
    path = f"/embed/frame/{acme.bot.public_id}/?test=1"
    seen = {
        name: sign_in(user).get(path).status_code
        for name, user in {**acme.people, "outsider": cast.outsider, "nobody": None}.items()
    }
    assert seen == {
        "owner": 200,
        "supervisor": 200,
        "agent": 404,
        "agent2": 404,
        "outsider": 404,
        "nobody": 404,
    }
    response = sign_in(acme.owner).get(path)
    assert read_config(response)["bot"]["greeting"] == "The draft's greeting"


@database
def test_the_drafts_frame_stays_within_our_own_pages(cast: Cast, sign_in: SignIn) -> None:
    cast.acme.bot.allowed_domains = ["*"]
    cast.acme.bot.save()
    publish_bot(chatbot=cast.acme.bot, author=None)
    response = sign_in(cast.acme.owner).get(f"/embed/frame/{cast.acme.bot.public_id}/?test=1")
    assert read_policy(response)["frame-ancestors"] == ["'self'"]


@database
def test_the_test_page_is_for_owners_and_supervisors_of_the_bot(cast: Cast, sign_in: SignIn) -> None:
    path = f"/bots/{cast.acme.bot.slug}/test/"
    people = {**cast.acme.people, "outsider": cast.outsider, "nobody": None}
    seen = {name: sign_in(user).get(path).status_code for name, user in people.items()}
    assert seen == {
        "owner": 200,
        "supervisor": 200,
        "agent": 403,
        "agent2": 403,
        "outsider": 404,
        "nobody": 302,
    }
    response = sign_in(cast.acme.owner).get(path)
    assert read_policy(response)["frame-ancestors"] == ["'self'"]
    assert response["X-Frame-Options"] == "SAMEORIGIN"


@database
def test_the_launchers_look_is_a_module_for_any_site(cast: Cast) -> None:
    response = Client().get(f"/embed/bot/{cast.acme.bot.public_id}.js")
    assert response["Content-Type"].startswith("text/javascript")
    assert response["Access-Control-Allow-Origin"] == "*"
    look = json.loads(response.content.decode().removeprefix("export default ").rstrip(";\n"))
    assert set(look) == {"name", "appearance"}


def test_the_loader_is_small_and_short_lived() -> None:
    response = Client().get("/embed/loader.js")
    assert len(gzip.compress(response.content, 9)) <= LOADER_BYTES
    assert response["Cache-Control"] == "public, max-age=300"
    assert response["Content-Type"].startswith("text/javascript")


@database
def test_the_whole_widget_fits_its_budget(cast: Cast) -> None:
    page = Client().get(f"/embed/frame/{cast.acme.bot.public_id}/").content
    links = set(re.findall(rb'(?:href|src)="/static/([^"]+\.(?:js|css))"', page))
    gzipped = {"Accept-Encoding": "gzip"}
    sizes = [
        int(Client().get(f"/static/{link.decode()}", headers=gzipped)["Content-Length"]) for link in links
    ]
    assert len(gzip.compress(page, 9)) + sum(sizes) <= WIDGET_BYTES


@database
def test_every_module_that_the_widget_begins_with_is_announced_and_no_other(cast: Cast) -> None:
    page = Client().get(f"/embed/frame/{cast.acme.bot.public_id}/").content.decode()
    announced = set(re.findall(r'<link rel="modulepreload" href="/static/([^"]+)">', page))
    assert {"widget/frame.js", "widget/view.js", "chat/client.js", "chat/connection.js"} <= announced
    for name in announced:
        file = ROOT / "static" / name
        for target in re.findall(r'from "(\.[^"]+\.js)";', file.read_text()):
            assert (file.parent / target).resolve().relative_to(ROOT / "static").as_posix() in announced
    later = {
        "chat/poll.js",
        "chat/diagnostics.js",
        "chat/recovery.js",
        "chat/debug_log.js",
        "widget/report.js",
    }
    assert not announced & later
    assert all((ROOT / "static" / name).is_file() for name in later)


@database
def test_without_the_demo_there_is_no_shop(cast: Cast) -> None:
    assert [Client().get(path).status_code for path in ("/demo/", "/demo/coffee/", "/demo/nothing/")] == [
        404
    ] * 3
