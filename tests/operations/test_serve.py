"""`manage.py serve`: starts, says where to go, stops; and what it refuses."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.server import DEMO_PASSWORD, ROOT, ServerProcess

pytestmark = pytest.mark.journey
LATER_START_SECONDS = 5
BUSY_MACHINE = 4  # tests share the machine with other tests


class Serve(ServerProcess):
    def __init__(self, folder: Path, variables: dict[str, str]) -> None:
        for name in ("DATABASE_URL", "REDIS_URL"):
            variables.setdefault(name, "")
        super().__init__(folder, {name: value for name, value in variables.items() if value})


def ask_token(server: ServerProcess) -> int:
    body = {"email": "owner@demo.test", "password": DEMO_PASSWORD}
    return httpx.post(f"{server.url}/api/v1/token/", json=body, timeout=30).status_code


def refuse(folder: Path, *arguments: str, **variables: str) -> str:
    """What a start that must fail says. Fails when it starts."""
    kept = {
        name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL", "HOST")
    }
    environment = {
        **kept,
        "PARLEY_DATA": str(folder),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        **variables,
    }
    result = subprocess.run(
        [sys.executable, "manage.py", "serve", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.returncode not in (0, None)
    assert "Traceback" not in result.stderr
    return result.stderr


def test_it_prints_the_logins_starts_quickly_the_next_time_and_stops_with_status_0(tmp_path: Path) -> None:
    data = {"PARLEY_DATA": str(tmp_path / "data")}
    first = Serve(tmp_path / "first", dict(data))
    printed = first.read_log()
    for words in (
        f"{first.url}/demo/",
        f"{first.url}/console/",
        "owner@demo.test",
        "supervisor@demo.test",
        DEMO_PASSWORD,
    ):
        assert words in printed
    assert ask_token(first) == 200
    assert first.process is not None
    first.process.send_signal(signal.SIGTERM)
    assert first.process.wait(20) == 0
    first.stop()

    began = time.monotonic()
    second = Serve(tmp_path / "second", dict(data))
    seconds = time.monotonic() - began
    try:
        assert seconds < LATER_START_SECONDS * BUSY_MACHINE
        assert ask_token(second) == 200
    finally:
        second.stop()


def test_on_an_address_that_others_reach_there_is_no_demo_and_its_accounts_are_off(tmp_path: Path) -> None:
    data = {"PARLEY_DATA": str(tmp_path / "data")}
    Serve(tmp_path / "first", dict(data)).stop()
    public = Serve(tmp_path / "public", {**data, "HOST": "0.0.0.0"})
    try:
        assert DEMO_PASSWORD not in public.read_log()
        assert "owner@demo.test" not in public.read_log()
        assert ask_token(public) == 401
    finally:
        public.stop()
    fresh = Serve(tmp_path / "fresh", {"HOST": "0.0.0.0"})
    try:
        assert httpx.get(f"{fresh.url}/demo/", timeout=30).status_code in (200, 404)
        assert ask_token(fresh) == 401
    finally:
        fresh.stop()


def test_without_rate_limits_it_serves_loopback_addresses_only(tmp_path: Path) -> None:
    said = refuse(tmp_path, HOST="0.0.0.0", PARLEY_RATE_LIMITS="off")
    assert "PARLEY_RATE_LIMITS=off" in said
    assert "loopback" in said


def test_several_workers_need_postgresql_and_redis(tmp_path: Path) -> None:
    said = refuse(tmp_path, "--workers", "2")
    assert "DATABASE_URL" in said
    assert "REDIS_URL" in said
