"""What the server's log holds, and what it must not."""

import json
import logging
import logging.config
import sys

import pytest

from config.logs import build_logging


def log_a_failure(output: str) -> str:
    """The line, or lines, that a failed function with a secret in a local variable leaves."""
    formatter = logging.config.DictConfigurator(
        build_logging(level="INFO", output=output)
    ).configure_formatter(build_logging(level="INFO", output=output)["formatters"]["structured"])
    token = "a-secret-in-a-variable"
    try:
        raise ValueError(f"{len(token)} characters did not do")
    except ValueError:
        record = logging.LogRecord("test", logging.ERROR, __file__, 1, "it failed", None, sys.exc_info())
    return str(formatter.format(record))


@pytest.mark.parametrize("output", ["text", "json"])
def test_a_traceback_is_logged_without_the_values_of_variables(output: str) -> None:
    line = log_a_failure(output)
    assert "ValueError: 22 characters did not do" in line
    assert "Traceback" in line
    assert "locals" not in line
    assert line.count("a-secret-in-a-variable") == 0


def test_json_is_one_object_a_line() -> None:
    line = log_a_failure("json")
    assert "\n" not in line
    assert json.loads(line)["event"] == "it failed"


@pytest.mark.parametrize("output", ["text", "json"])
def test_a_line_names_what_it_is_about_and_nothing_else_of_its_record(output: str) -> None:
    logging_of = build_logging(level="INFO", output=output)
    formatter = logging.config.DictConfigurator(logging_of).configure_formatter(
        logging_of["formatters"]["structured"]
    )
    record = logging.LogRecord("test", logging.INFO, __file__, 1, "a socket is open", None, None)
    record.__dict__ |= {"connection": "c0ffee", "sessions": "5e55", "token": "a-secret"}
    line = str(formatter.format(record))
    assert "c0ffee" in line
    assert "5e55" in line
    assert "a-secret" not in line
