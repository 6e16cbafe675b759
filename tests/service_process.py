"""A server process that can be started, restarted, killed and frozen, and that never outlives whoever started it."""

import contextlib
import os
import pwd
import signal
import socket
import subprocess
import threading
from pathlib import Path
from typing import Any, ClassVar

import psutil

START_SECONDS = 60
STOP_SECONDS = 20
# Reads its end of a pipe: a word means an orderly stop; the end of the file means that the starter has died.
WATCHDOG = """
read -r word && exit 0
pkill -CONT -P "$1"; kill -CONT "$1"; kill "-$2" "$1"
for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$1" || break; sleep 0.3; done
kill -KILL "$1"; rm -rf "$3" "$3.log"; rmdir "$(dirname "$3")"
"""


def find_free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class ServiceProcess:
    """One service in one folder on one port; the port and the folder stay the same over restarts."""

    name: ClassVar[str]
    ready_words: ClassVar[str]
    stop_signal: ClassVar[signal.Signals]

    def __init__(self, folder: Path, *, user: str | None) -> None:
        self.folder = folder
        self.user = user
        folder.mkdir(parents=True, exist_ok=True)
        if user:
            account = pwd.getpwnam(user)
            os.chown(folder, account.pw_uid, account.pw_gid)
        self.log = folder.with_name(folder.name + ".log")
        self.port = find_free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self._watchdog: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def command(self) -> list[str]:
        raise NotImplementedError

    def environment(self) -> dict[str, str] | None:
        """The variables that it starts with; None: those of this process."""
        return None

    def working_folder(self) -> Path:
        return self.folder

    def run(self, *command: object) -> None:
        """Run a helper of this service to its end, as its user. Raises RuntimeError with what it said."""
        result = subprocess.run(
            [str(part) for part in command],
            capture_output=True,
            text=True,
            cwd=self.folder,
            check=False,
            **self._identity(),
        )
        if result.returncode:
            raise RuntimeError(f"{self.name}: {command[0]} failed:\n{result.stdout}{result.stderr}")

    def start(self) -> None:
        """Start it and return once it says that it is ready."""
        self.process = subprocess.Popen(
            self.command(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=self.working_folder(),
            env=self.environment(),
            start_new_session=True,  # Ctrl-C is for the tests; they stop us afterwards
            **self._identity(),
        )
        ready = threading.Event()
        threading.Thread(target=self._read_log, args=(self.process, ready), daemon=True).start()
        self._watch()
        if not ready.wait(START_SECONDS) or self.process.poll() is not None:
            self.stop()
            raise RuntimeError(f"{self.name} did not start:\n{self.log.read_text()[-2000:]}")

    def stop(self) -> None:
        """Stop it in an orderly way, or kill it after 20 s."""
        if self.process is None:
            return
        self.thaw()
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(self.stop_signal)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self._forget()

    def kill(self) -> None:
        """kill -9, and return once the service and all of its processes are gone."""
        if self.process is None:
            return
        family = self._family()
        self.process.kill()
        self.process.wait()
        for member in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                member.resume()
        psutil.wait_procs(family, timeout=STOP_SECONDS)
        self._forget()

    def restart(self) -> None:
        """Stop it, unless it was killed, and start it on the same port with the same data."""
        self.stop()
        self.start()

    def freeze(self) -> None:
        """SIGSTOP to the service and all of its processes: connections stay open and nothing answers."""
        for member in self._family():
            with contextlib.suppress(psutil.NoSuchProcess):
                member.suspend()

    def thaw(self) -> None:
        """Undo `freeze`."""
        for member in self._family():
            with contextlib.suppress(psutil.NoSuchProcess):
                member.resume()

    def _family(self) -> list[psutil.Process]:
        if self.process is None or self.process.poll() is not None:
            return []
        try:
            parent = psutil.Process(self.process.pid)
            return [parent, *parent.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def _identity(self) -> dict[str, Any]:
        if not self.user:
            return {}
        return {"user": self.user, "group": pwd.getpwnam(self.user).pw_gid, "extra_groups": []}

    def _read_log(self, process: subprocess.Popen[bytes], ready: threading.Event) -> None:
        assert process.stdout
        with self.log.open("ab", buffering=0) as log:
            for line in process.stdout:
                with contextlib.suppress(OSError):
                    log.write(line)
                if self.ready_words in line.decode(errors="replace").lower():
                    ready.set()
        # Its output ended, and so does it: whoever waits looks whether it lives.
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
        ready.set()

    def _watch(self) -> None:
        assert self.process
        arguments = [str(self.process.pid), self.stop_signal.name.removeprefix("SIG"), str(self.folder)]
        self._watchdog = subprocess.Popen(
            ["/bin/sh", "-c", WATCHDOG, "watchdog", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _forget(self) -> None:
        if self._watchdog and self._watchdog.stdin:
            with contextlib.suppress(OSError):
                self._watchdog.stdin.write(b"stopped\n")
                self._watchdog.stdin.close()
            self._watchdog.wait()
        if self.process and self.process.stdout:
            self.process.wait()
        self._watchdog = self.process = None
