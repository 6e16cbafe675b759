"""Jobs only wake work up: queued after the commit, and a broken queue breaks nothing else."""

import logging

import pytest
from django.db import transaction

from core.jobs import wake_on_commit

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_job_is_queued_once_the_transaction_is_committed() -> None:
    queued: list[int] = []
    with transaction.atomic():
        wake_on_commit(queued.append, 7)
        assert queued == []
    assert queued == [7]


def test_a_transaction_that_is_rolled_back_queues_nothing() -> None:
    queued: list[int] = []
    with transaction.atomic():
        wake_on_commit(queued.append, 7)
        transaction.set_rollback(True)
    assert queued == []


def test_a_queue_that_is_away_is_logged_and_the_caller_goes_on(caplog) -> None:
    def queue_is_away(_: int) -> None:
        raise ConnectionError("no queue")

    with caplog.at_level(logging.ERROR, logger="core.jobs"), transaction.atomic():
        wake_on_commit(queue_is_away, 7)
    assert "could not be queued" in caplog.text
