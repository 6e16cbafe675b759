"""Django's Redis cache for an installation that must go on without Redis: what it holds may be forgotten at any time."""

import logging
import time
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)
# After a failure nobody asks for so long: a Redis that hangs costs one request its time-out, not every one.
AWAY_SECONDS = 2.0


class ForgettingRedisCache(RedisCache):
    """While Redis does not answer, nothing is found in it and nothing is kept; never raises for that."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._away_until = 0.0

    def add(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask(super().add, args, kwargs, False)

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return self._ask(super().get, (key, default, version), {}, default)

    def set(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask(super().set, args, kwargs, None)

    def touch(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask(super().touch, args, kwargs, False)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask(super().delete, args, kwargs, False)

    def get_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask(super().get_many, args, kwargs, {})

    def has_key(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask(super().has_key, args, kwargs, False)

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> Any:
        """Raises ValueError for a key that is not there, as Django's caches do; and so when Redis is not."""
        count = self._ask(super().incr, (key, delta, version), {}, None)
        if count is None:
            raise ValueError(f"Key {key!r} not found")
        return count

    def set_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask(super().set_many, args, kwargs, [])

    def delete_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask(super().delete_many, args, kwargs, None)

    def clear(self) -> Any:
        return self._ask(super().clear, (), {}, False)

    def _ask(self, call: Callable[..., Any], args: Any, kwargs: Any, otherwise: Any) -> Any:
        if time.monotonic() < self._away_until:
            return otherwise
        try:
            return call(*args, **kwargs)
        except (RedisError, OSError) as error:
            self._away_until = time.monotonic() + AWAY_SECONDS
            logger.warning("the cache does not answer, and goes without: %s", type(error).__name__)
            return otherwise
