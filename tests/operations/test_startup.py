"""Several processes started at once on the same data."""

import threading

import pytest
from django.db import connection

from operations.startup import prepare_alone

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_second_waits_until_the_first_has_prepared_everything():
    order: list[str] = []
    waiting = threading.Event()

    def come_second() -> None:
        try:
            waiting.set()
            with prepare_alone():
                order.append("second")
        finally:
            connection.close()

    second = threading.Thread(target=come_second)
    with prepare_alone():
        second.start()
        waiting.wait(10)
        second.join(0.2)
        order.append("first")
    second.join(10)
    assert order == ["first", "second"]


def test_who_fails_while_preparing_leaves_it_to_the_next():
    with pytest.raises(RuntimeError), prepare_alone():
        raise RuntimeError("it went wrong")
    with prepare_alone():
        pass
