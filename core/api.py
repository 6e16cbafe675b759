"""REST in one shape: errors as `{"error": {code, detail, fields}}`, lists as `{results, next, previous}`."""

from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions, pagination
from rest_framework.response import Response
from rest_framework.views import set_rollback

from core.errors import (
    Forbidden,
    Internal,
    Invalid,
    NotFound,
    ParleyError,
    RateLimited,
    TooLarge,
    Unauthorised,
)

TRANSLATIONS: dict[type[Exception], type[ParleyError]] = {
    Http404: NotFound,
    PermissionDenied: Forbidden,
    exceptions.NotAuthenticated: Unauthorised,
    exceptions.AuthenticationFailed: Unauthorised,
    exceptions.PermissionDenied: Forbidden,
    exceptions.NotFound: NotFound,
    RequestDataTooBig: TooLarge,
}


class CursorPagination(pagination.CursorPagination):
    """`limit` (50, at most 200) and `cursor`. Views name their `ordering`."""

    page_size = 50
    max_page_size = 200
    page_size_query_param = "limit"
    cursor_query_param = "cursor"
    ordering: Any = "-id"


def error_body(error: ParleyError) -> dict[str, Any]:
    """The error object of the protocol, the same in answers and in frames."""
    body: dict[str, Any] = {"code": error.code, "detail": error.detail, "fields": error.fields, **error.extra}
    if error.retry_after_s is not None:
        body["retry_after_s"] = error.retry_after_s
    return body


def handle_exception(exception: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's hook: the one place where errors become HTTP answers. Unknown ones stay Django's (500, logged)."""
    error = translate_exception(exception)
    if error is None:
        return None
    set_rollback()
    headers = (
        {"Retry-After": str(max(1, round(error.retry_after_s)))} if error.retry_after_s is not None else {}
    )
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    status = getattr(error, "http_status", error.status)
    return Response({"error": error_body(error)}, status=status, headers=headers)


def translate_exception(exception: Exception) -> ParleyError | None:
    """Parley's error for any exception that a caller caused, else None."""
    if isinstance(exception, ParleyError):
        return exception
    for kind, error in TRANSLATIONS.items():
        if isinstance(exception, kind):
            return error()
    if isinstance(exception, exceptions.ValidationError):
        return Invalid(fields=_flatten(exception.detail))
    if isinstance(exception, exceptions.Throttled):
        return RateLimited(retry_after_s=getattr(exception, "wait", None))
    if isinstance(exception, exceptions.APIException):
        return _OtherRefusal(exception)
    return None


class _OtherRefusal(Invalid):
    """What DRF refuses by itself: an unknown method, an unreadable body. Keeps its HTTP status."""

    def __init__(self, exception: exceptions.APIException) -> None:
        super().__init__(str(exception.detail))
        self.http_status = exception.status_code


def answer_error(error: ParleyError) -> JsonResponse:
    """The same answer outside DRF, for plain Django views."""
    return JsonResponse({"error": error_body(error)}, status=error.status)


def handle_server_error(request: HttpRequest) -> JsonResponse:
    return answer_error(Internal())


def _flatten(detail: Any, prefix: str = "") -> dict[str, str]:
    """DRF's nested validation errors as field path -> one sentence."""
    if isinstance(detail, dict):
        found: dict[str, str] = {}
        for name, inner in detail.items():
            found |= _flatten(inner, f"{prefix}.{name}" if prefix else str(name))
        return found
    if isinstance(detail, list):
        if all(not isinstance(item, (dict, list)) for item in detail):
            return {prefix or "non_field_errors": " ".join(str(item) for item in detail)}
        merged: dict[str, str] = {}
        for index, item in enumerate(detail):
            merged |= _flatten(item, f"{prefix}.{index}" if prefix else str(index))
        return merged
    return {prefix or "non_field_errors": str(detail)}
