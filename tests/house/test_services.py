"""The PostgreSQL and Redis that tests start: they come, survive what issue checks do to them, and always go."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from tests.services import Services

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def services() -> Iterator[Services]:
    with Services.start() as started:
        yield started


def count(services: Services, statement: str) -> int:
    with psycopg.connect(services.postgres.url) as connection:
        row = connection.execute(statement.encode()).fetchone()
    assert row
    return int(row[0])


def test_both_answer(services: Services) -> None:
    assert count(services, "SELECT 1") == 1
    assert redis.Redis.from_url(services.redis.url).ping()


def test_what_was_committed_survives_a_restart_and_a_kill(services: Services) -> None:
    with psycopg.connect(services.postgres.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
        connection.execute("CHECKPOINT")
    services.postgres.restart()
    assert count(services, "SELECT n FROM kept") == 7
    services.postgres.kill()
    with pytest.raises(psycopg.OperationalError):
        count(services, "SELECT 1")
    services.postgres.start()
    assert count(services, "SELECT n FROM kept") == 7


def test_a_frozen_service_is_silent_until_it_is_thawed(services: Services) -> None:
    impatient = redis.Redis.from_url(services.redis.url, socket_timeout=0.2)
    services.redis.freeze()
    with pytest.raises(redis.TimeoutError):
        impatient.ping()
    services.redis.thaw()
    assert redis.Redis.from_url(services.redis.url, socket_timeout=5).ping()


def test_a_restarted_redis_is_empty_and_on_the_same_port(services: Services) -> None:
    client = redis.Redis.from_url(services.redis.url)
    client.set("gone", "soon")
    services.redis.restart()
    assert client.get("gone") is None


def test_connections_can_be_terminated_as_an_administrator_would(services: Services) -> None:
    with psycopg.connect(services.postgres.url) as victim:
        assert services.postgres.end_connections() >= 1
        with pytest.raises(psycopg.OperationalError):
            victim.execute("SELECT 1")


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_however_the_starter_ends(ending: signal.Signals, tmp_path: Path) -> None:
    for folder in (tmp_path, *tmp_path.parents):
        if "pytest-" in str(folder):
            folder.chmod(0o755)  # PostgreSQL runs as another user when the tests are root's
    starter = subprocess.Popen(
        [sys.executable, "-m", "tests.services"],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert starter.stdout
    assert starter.stdout.readline().startswith("export DATABASE_URL=")
    family = psutil.Process(starter.pid).children(recursive=True)
    assert len(family) > 2
    starter.send_signal(ending)
    starter.wait(30)
    _, alive = psutil.wait_procs(family, timeout=30)
    assert not [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]
    assert list(tmp_path.iterdir()) == []


def test_the_command_line_gives_a_command_both_addresses_and_its_exit_status() -> None:
    script = "import os; assert os.environ['DATABASE_URL'] and os.environ['REDIS_URL']; raise SystemExit(3)"
    result = subprocess.run(
        [sys.executable, "-m", "tests.services", "--", sys.executable, "-c", script], cwd=ROOT, check=False
    )
    assert result.returncode == 3
