"""The door to evaluations."""

from typing import Any

from django.db.models import QuerySet

from chatbots.access import access_chatbot
from chatbots.models import Chatbot, EvaluationResult, EvaluationRun
from core.errors import Invalid
from organisations.access import access_row, access_rows, require_role
from organisations.models import Membership, Role

# What a list of results may be narrowed to -> the rows that are left.
SHOWS: dict[str, dict[str, Any]] = {
    "failures": {"ok": False},
    "right": {"ok": True},
    "answered": {"outcome": "answered"},
    "clarified": {"outcome": "clarified"},
    "abstained": {"outcome": "abstained"},
    "handed_off": {"outcome": "handed_off"},
}


def access_runs(membership: Membership, *, slug: str = "") -> QuerySet[EvaluationRun]:
    """Runs of all the organisation's bots, or of one, newest first. Raises NotFound, Forbidden (agents)."""
    require_role(membership, Role.OWNER, Role.SUPERVISOR)
    rows = access_rows(EvaluationRun, organisation=membership.organisation)
    rows = rows.select_related("chatbot", "version", "author")
    return rows.filter(chatbot=access_chatbot(membership, slug)) if slug else rows


def access_run(membership: Membership, run_id: int | str) -> EvaluationRun:
    """Raises NotFound, Forbidden (agents)."""
    rows = access_rows(EvaluationRun, organisation=membership.organisation)
    run = access_row(rows.select_related("chatbot", "version", "author"), pk=run_id)
    require_role(membership, Role.OWNER, Role.SUPERVISOR)
    return run


def access_run_to_edit(membership: Membership, run_id: int | str) -> EvaluationRun:
    """The same for owners. Raises NotFound, Forbidden."""
    run = access_run(membership, run_id)
    require_role(membership, Role.OWNER)
    return run


def access_bot_runs(chatbot: Chatbot) -> QuerySet[EvaluationRun]:
    """The runs of a bot that the caller already has access to, newest first."""
    return EvaluationRun.objects.filter(chatbot=chatbot).select_related("version", "author", "chatbot")


def access_bot_run(chatbot: Chatbot, run_id: int | str) -> EvaluationRun:
    """One of them. Raises NotFound."""
    return access_row(access_bot_runs(chatbot), pk=run_id)


def access_result(run: EvaluationRun, result_id: int | str) -> EvaluationResult:
    """A result that is there, of a run that the caller already has access to. Raises NotFound."""
    return access_row(EvaluationResult.objects.filter(run=run).exclude(outcome=""), pk=result_id)


def access_results(run: EvaluationRun, *, show: str = "", query: str = "") -> QuerySet[EvaluationResult]:
    """The results that are there, by position, narrowed to one of SHOWS and to questions and titles with `query`.

    Raises:
        Invalid: there is no such narrowing.
    """
    rows = EvaluationResult.objects.filter(run=run).exclude(outcome="").order_by("position")
    if show and show not in SHOWS:
        raise Invalid(fields={"show": f"One of {', '.join(SHOWS)}."})
    rows = rows.filter(**SHOWS.get(show, {}))
    if query:
        rows = (
            rows.filter(question__icontains=query)
            | rows.filter(expect__icontains=query)
            | rows.filter(title__icontains=query)
        )
    return rows
