"""The job worker inside the web process, for installations of one process."""

import threading
from typing import Any

from huey.consumer import Consumer
from huey.contrib.djhuey import HUEY


class ThreadedConsumer(Consumer):
    """huey's consumer without signal handlers, which belong to the server here."""

    def _set_signal_handlers(self) -> None:
        return


class JobThread:
    """Runs jobs on threads of this process until stopped; the running one is given a moment to end."""

    def __init__(self) -> None:
        options: dict[str, Any] = {
            "workers": 1, "periodic": True, "initial_delay": 0.1, "max_delay": 1.0, "shutdown_timeout": 2,
        }  # fmt: skip
        self._consumer = ThreadedConsumer(HUEY, **options)
        self._thread = threading.Thread(target=self._consumer.run, name="parley-jobs", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Begin no more jobs; returns at once."""
        self._consumer.stop_flag.set()

    def stop(self) -> None:
        """Wait for the running job 2 s at most: one that is lost with the process is found by its status."""
        self._consumer.stop(graceful=True)
