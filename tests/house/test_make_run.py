"""`make run`, as the README tells a newcomer to use it."""

import re
import time
from pathlib import Path

import httpx
import psutil
import pytest

from tests.server import DEMO_PASSWORD, ServerProcess
from tests.services import execute

LATER_START_SECONDS = 5
BUSY_MACHINE = (
    4  # tests share the machine with other tests; on a quiet one a later start takes about two seconds
)

pytestmark = pytest.mark.journey


class MakeRun(ServerProcess):
    name = "make run"

    def command(self) -> list[str]:
        return ["make", "--no-print-directory", "run"]


def start(folder: Path, **variables: str) -> tuple[MakeRun, float]:
    began = time.monotonic()
    running = MakeRun(folder, {"PARLEY_DATA": str(folder / "data"), **variables})
    return running, time.monotonic() - began


def test_it_prints_where_to_go_and_as_whom_and_the_next_start_is_quick(tmp_path: Path) -> None:
    first, _ = start(tmp_path / "first", PARLEY_DATA=str(tmp_path / "data"), EMBEDDER="auto")
    printed = first.read_log()
    assert f"{first.url}/demo/" in printed
    assert f"{first.url}/console/" in printed
    assert DEMO_PASSWORD in printed
    for email in ("owner@demo.test", "agent@demo.test", "supervisor@demo.test", "owner@other.test"):
        assert re.search(rf"^\s*{email}", printed, re.MULTILINE)
    assert httpx.get(f"{first.url}/demo/").status_code == 200
    first.stop()

    second, seconds = start(tmp_path / "second", PARLEY_DATA=str(tmp_path / "data"), EMBEDDER="auto")
    try:
        assert "Installing" not in second.read_log()
        assert seconds < LATER_START_SECONDS * BUSY_MACHINE
        credentials = {"email": "owner@demo.test", "password": DEMO_PASSWORD}
        token = httpx.post(f"{second.url}/api/v1/token/", json=credentials).json()["access"]
        bots = httpx.get(
            f"{second.url}/api/v1/chatbots/", headers={"Authorization": f"Bearer {token}"}
        ).json()
        assert [bot["slug"] for bot in bots["results"]] == ["shop"]
    finally:
        second.stop()


def test_it_stops_cleanly_on_sigterm_and_leaves_nothing_running(tmp_path: Path) -> None:
    running, _ = start(tmp_path / "server")
    assert running.process
    family = psutil.Process(running.process.pid).children(recursive=True)
    assert family
    running.process.terminate()
    running.process.wait(20)
    assert psutil.wait_procs(family, timeout=5)[1] == []
    assert "Application shutdown complete" in running.read_log()
    assert "Traceback" not in running.read_log()
    running.stop()


def test_a_port_that_is_taken_is_said_and_not_waited_for(tmp_path: Path) -> None:
    holder, _ = start(tmp_path / "holder")
    try:
        with pytest.raises(RuntimeError, match=r"(?i)address already in use"):
            start(tmp_path / "late", PORT=str(holder.port))
    finally:
        holder.stop()


def test_one_setting_each_moves_it_to_postgresql_and_redis(start_installation, setup: str) -> None:
    """Several web processes on one database answer alike."""
    if setup != "distributed":
        pytest.skip("the distributed set-up's")
    installation = start_installation(processes=2)
    server, other = installation.webs
    names = [
        execute(server.environment()["DATABASE_URL"], "SELECT count(*) FROM organisations_organisation"),
        httpx.get(f"{other.url}/ready/").json()["status"],
    ]
    assert names == [2, "ok"]
    assert server.issue_token("owner@demo.test") != ""
