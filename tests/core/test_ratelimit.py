"""Rate limits: so many times in so many seconds, per key, over all processes or per socket."""

import pytest
import time_machine

from core.errors import RateLimited
from core.ratelimit import LocalLimit, consume_limit, parse_limit

START = "2026-03-01T12:00:00Z"


@pytest.fixture(autouse=True)
def limits(settings) -> None:
    settings.RATE_LIMITS = {"trial": "3/60"}
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "limits"}
    }
    from django.core.cache import cache

    cache.clear()


def test_a_limit_reads_as_times_in_seconds() -> None:
    assert parse_limit("20/10") == (20, 10)


def test_one_more_than_the_limit_is_told_when_to_come_back() -> None:
    with time_machine.travel(START, tick=False) as clock:
        clock.shift(20)
        for _ in range(3):
            consume_limit(name="trial", key="a")
        with pytest.raises(RateLimited) as refused:
            consume_limit(name="trial", key="a")
        assert refused.value.retry_after_s == 40
        clock.shift(40)
        consume_limit(name="trial", key="a")


def test_one_persons_limit_is_not_anothers() -> None:
    with time_machine.travel(START, tick=False):
        for _ in range(3):
            consume_limit(name="trial", key="a")
        consume_limit(name="trial", key="b")


def test_limits_can_be_switched_off(settings) -> None:
    settings.RATE_LIMITS_ON = False
    for _ in range(10):
        consume_limit(name="trial", key="a")
    local = LocalLimit("trial")
    for _ in range(10):
        local.consume()


def test_a_sockets_limit_fills_up_again_evenly(monkeypatch) -> None:
    now = 100.0
    monkeypatch.setattr("core.ratelimit.time.monotonic", lambda: now)
    limit = LocalLimit("trial")
    for _ in range(3):
        limit.consume()
    with pytest.raises(RateLimited) as refused:
        limit.consume()
    assert refused.value.retry_after_s == 20
    now += 20.1
    limit.consume()
    with pytest.raises(RateLimited):
        limit.consume()
