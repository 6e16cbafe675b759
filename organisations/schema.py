"""The API's description (OpenAPI): how callers say who they are, and the error that every operation may answer with."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.plumbing import build_bearer_security_scheme_object

ORGANISATION = {
    "in": "header",
    "name": "X-Organisation",
    "schema": {"type": "string"},
    "description": "The organisation's short name, for people who belong to several.",
}
PAGING = [
    {
        "in": "query",
        "name": "limit",
        "schema": {"type": "integer", "minimum": 1, "maximum": 200, "default": 50},
    },
    {
        "in": "query",
        "name": "cursor",
        "schema": {"type": "string"},
        "description": "From `next` or `previous`.",
    },
]
UNPAGED = ("OrganisationPage", "MessagePage")
ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "detail", "fields"],
            "properties": {
                "code": {"type": "string", "example": "not_found"},
                "detail": {"type": "string", "description": "A sentence for a person."},
                "fields": {"type": "object", "additionalProperties": {"type": "string"}},
                "retry_after_s": {"type": "number"},
            },
            "additionalProperties": True,
        }
    },
}


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "organisations.authentication.BearerAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return dict(build_bearer_security_scheme_object(header_name="Authorization", token_prefix="Bearer"))  # noqa: S106


class CookieScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "organisations.authentication.CookieAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "The dashboard's session.",
        }


def describe_errors(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """drf-spectacular's hook, for what all operations share: errors, paging, and the header that names an organisation."""
    result["components"].setdefault("schemas", {})["Error"] = ERROR
    answer = {"$ref": "#/components/schemas/Error"}
    for path in result["paths"].values():
        for operation in path.values():
            operation["responses"]["default"] = {
                "description": "What went wrong, in one shape everywhere.",
                "content": {"application/json": {"schema": answer}},
            }
            if _answers_with_page(operation):
                operation.setdefault("parameters", []).extend(PAGING)
            if operation.get("security") and {} not in operation["security"]:
                operation.setdefault("parameters", []).append(ORGANISATION)
    return result


def _answers_with_page(operation: dict[str, Any]) -> bool:
    content = operation["responses"].get("200", {}).get("content", {})
    name = content.get("application/json", {}).get("schema", {}).get("$ref", "").rpartition("/")[2]
    return name.endswith("Page") and name not in UNPAGED
