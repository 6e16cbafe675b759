"""The API's own description: complete, without warnings, and shown under the strict content security policy."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from playwright.sync_api import Page

from tests.server import ServerProcess


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    out = StringIO()
    call_command("spectacular", "--format", "openapi-json", "--validate", "--fail-on-warn", stdout=out)
    described: dict[str, Any] = json.loads(out.getvalue())
    return described


def list_operations(schema: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]


def test_it_comes_out_without_warnings_and_names_the_protocols_addresses(schema) -> None:
    for path in (
        "token/",
        "me/",
        "chatbots/{slug}/publish/",
        "test-sessions/",
        "handoffs/{handoff_id}/accept/",
    ):
        assert f"/api/v1/{path}" in schema["paths"]


def test_every_answer_has_a_shape_and_every_operation_may_err_in_the_same_one(schema) -> None:
    for path, method, operation in list_operations(schema):
        answers = operation["responses"]
        assert answers["default"]["content"]["application/json"]["schema"] == {
            "$ref": "#/components/schemas/Error"
        }
        for status, answer in answers.items():
            if status == "204":
                continue
            described = answer["content"]["application/json"]["schema"]
            assert "$ref" in described, f"{method} {path} {status} is an object of no shape"


def test_operations_have_names_of_their_own(schema) -> None:
    names = [operation["operationId"] for _, _, operation in list_operations(schema)]
    assert len(names) == len(set(names))
    assert not [name for name in names if name[-1].isdigit()]


def test_lists_say_how_they_are_paged(schema) -> None:
    parameters = schema["paths"]["/api/v1/chatbots/"]["get"]["parameters"]
    assert {"limit", "cursor", "X-Organisation"} <= {parameter["name"] for parameter in parameters}


def test_callers_learn_how_to_say_who_they_are(schema) -> None:
    assert schema["components"]["securitySchemes"].keys() == {"token", "session"}
    assert (
        "security" not in schema["paths"]["/api/v1/token/"]["post"]
        or {} in (schema["paths"]["/api/v1/token/"]["post"]["security"])
    )


@pytest.mark.django_db
def test_anybody_may_read_it() -> None:
    assert Client().get("/api/schema/").status_code == 200
    page = Client().get("/api/docs/")
    assert page.status_code == 200
    assert b"<style" not in page.content


def test_the_browsable_documents_work_without_a_violation(
    live_server_process: ServerProcess, page: Page
) -> None:
    complaints: list[str] = []
    page.on(
        "console",
        lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None,
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{live_server_process.url}/api/docs/")
    page.get_by_role("button", name="GET /api/v1/me/", exact=False).first.click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    page.get_by_text("Sign in, or send a valid token.", exact=False).first.wait_for()
    assert [text for text in complaints if "401" not in text] == []
