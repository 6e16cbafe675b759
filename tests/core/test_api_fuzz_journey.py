"""The whole API under a fuzzer: whatever is sent, it answers in the shapes that it describes, and never with a 5xx."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.journey
CHECKS = "not_a_server_error,response_schema_conformance,content_type_conformance,status_code_conformance"


@pytest.mark.timeout(240)
def test_no_request_breaks_the_api_or_gets_an_answer_of_another_shape(
    start_installation, tmp_path: Path
) -> None:
    """An installation of its own, for the fuzzer deletes what it finds; always the same requests."""
    server = start_installation(variables={"PARLEY_RATE_LIMITS": "off"}).server
    command = [
        str(Path(sys.executable).with_name("schemathesis")), "run", f"{server.url}/api/schema/", "--checks", CHECKS,
        "--header", f"Authorization: Bearer {server.issue_token('owner@demo.test')}", "--max-examples", "3",
        "--phases", "coverage,fuzzing", "--max-time", "60", "--generation-deterministic", "--continue-on-failure",
        "--warnings", "off", "--no-color",
    ]  # fmt: skip
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=200)
    assert result.returncode == 0, result.stdout[-6_000:]
    assert " passed" in result.stdout
    assert "Traceback" not in server.read_log()
