"""Named rate limits ("count/seconds" in settings.RATE_LIMITS), counted in fixed windows in the cache or in the process."""

import time

from django.conf import settings
from django.core.cache import cache

from core.errors import RateLimited


def parse_limit(text: str) -> tuple[int, int]:
    """Split "20/10" into (20 times, 10 seconds)."""
    count, seconds = text.split("/")
    return int(count), int(seconds)


def consume_limit(*, name: str, key: str) -> None:
    """Count one use of limit `name` by `key`, over all processes.

    Raises:
        RateLimited: with `retry_after_s`, when the window's count is used up.
    """
    if not settings.RATE_LIMITS_ON:
        return
    count, seconds = parse_limit(settings.RATE_LIMITS[name])
    now = time.time()
    window = int(now // seconds)
    cache_key = f"ratelimit:{name}:{key}:{window}"
    cache.add(cache_key, 0, timeout=seconds * 2)
    try:
        used = cache.incr(cache_key)
    except ValueError:
        return
    if used > count:
        raise RateLimited(retry_after_s=round((window + 1) * seconds - now, 1))


class LocalLimit:
    """A token bucket for one socket: no lock, no network, a few hundred nanoseconds."""

    __slots__ = ("_at", "_count", "_left", "_rate")

    def __init__(self, name: str) -> None:
        count, seconds = parse_limit(settings.RATE_LIMITS[name])
        self._count = float(count) if settings.RATE_LIMITS_ON else float("inf")
        self._rate = count / seconds
        self._left = self._count
        self._at = time.monotonic()

    def consume(self) -> None:
        """Take one token. Raises RateLimited with `retry_after_s` when there is none."""
        now = time.monotonic()
        self._left = min(self._count, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left < 1:
            raise RateLimited(retry_after_s=round((1 - self._left) / self._rate, 1))
        self._left -= 1
