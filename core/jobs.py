"""Jobs wake work up; the work itself is a row with a status, so that a lost job or a doubled one does no harm."""

import logging
from collections.abc import Callable
from typing import Any, ParamSpec

from django.db import transaction
from huey.contrib.djhuey import HUEY, db_task

P = ParamSpec("P")
logger = logging.getLogger(__name__)


def job(function: Callable[P, Any]) -> Callable[P, Any]:
    """Make `function` a job: called in a job worker with Django's connections cared for; retried twice on errors."""
    return db_task(retries=2, retry_delay=5)(function)  # type: ignore[no-any-return]


def wake_on_commit(task: Callable[..., Any], *args: Any) -> None:
    """Enqueue `task` once the running transaction is committed. A broken queue is logged: the sweep finds the row."""

    def enqueue() -> None:
        try:
            task(*args)
        except Exception:
            logger.exception("a job could not be queued; the sweep will find its row")

    transaction.on_commit(enqueue)


__all__ = ["HUEY", "job", "wake_on_commit"]
