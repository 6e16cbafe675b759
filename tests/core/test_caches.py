"""The cache without Redis: nothing raises, nothing hangs, and limits let people through rather than out."""

import socket
import time
from collections.abc import Iterator

import pytest
from django.core.cache import caches

from core.ratelimit import consume_limit
from tests.service_process import find_free_port

BACKEND = "core.caches.ForgettingRedisCache"
PATIENCE_SECONDS = 4


@pytest.fixture(params=["refuses", "hangs"])
def redis_port(request) -> Iterator[int]:
    """A port where no Redis is, or one that takes connections and never says a word."""
    with socket.socket() as deaf:
        if request.param == "hangs":
            deaf.bind(("127.0.0.1", 0))
            deaf.listen()
            yield deaf.getsockname()[1]
        else:
            yield find_free_port()


@pytest.fixture(autouse=True)
def cache(settings, redis_port: int) -> None:
    from config.settings import CACHE_OPTIONS

    address = f"redis://127.0.0.1:{redis_port}/0"
    settings.CACHES = {"default": {"BACKEND": BACKEND, "LOCATION": address, "OPTIONS": CACHE_OPTIONS}}
    settings.RATE_LIMITS = {"trial": "1/60"}
    settings.RATE_LIMITS_ON = True


def test_nothing_is_found_and_nothing_raises_without_redis() -> None:
    cache = caches["default"]
    cache.set("word", 1)
    assert cache.get("word", "nothing") == "nothing"
    assert cache.get_many(["word"]) == {}
    assert cache.add("word", 1) is False
    assert "word" not in cache
    with pytest.raises(ValueError, match="word"):
        cache.incr("word")
    cache.delete("word")
    cache.clear()


def test_limits_let_everybody_through_without_redis_and_keep_nobody_waiting() -> None:
    began = time.monotonic()
    for _ in range(20):
        consume_limit(name="trial", key="somebody")
    assert time.monotonic() - began < PATIENCE_SECONDS
