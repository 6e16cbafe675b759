"""Evaluations in the background: a run is rows, a job asks them, and the sweep takes up what was left.

Each case is a row from the beginning, and its answer fills it in; so a run that lost its worker goes on where it was. A
worker writes under its claim only: of two that run for the same row, one gets it, and the other finds out with its next
batch.
"""

import logging
import time
import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from huey import crontab
from huey.contrib.djhuey import db_periodic_task

from chatbots.access import Brain
from chatbots.configuration import configuration_data
from chatbots.evaluation.asking import BATCH, Result, evaluate_in_batches
from chatbots.evaluation.brains import load_run_brain
from chatbots.evaluation.cases import Case
from chatbots.evaluation.metrics import measure
from chatbots.evaluation.stored import StoredResult
from chatbots.models import EvaluationResult, EvaluationRun, RunState
from core.errors import Conflict, Invalid, ParleyError
from core.jobs import job, wake_on_commit
from organisations.models import User

logger = logging.getLogger(__name__)

# Longer than the longest silence of a live run: the building of a large index.
SILENT_FOR = timedelta(minutes=5)
NOT_TAKEN_FOR = timedelta(seconds=30)
MOST_ATTEMPTS = 3
MOST_OPEN = 3
KEPT_RUNS = 30
# How long one run keeps a job worker from the other jobs.
TURN_SECONDS = 20.0
ROWS = 500
OPEN = (RunState.PENDING, RunState.RUNNING)


def start_run(*, brain: Brain, cases: Sequence[Case], name: str, author: User | None) -> EvaluationRun:
    """Store the cases and have them asked in the background; returns the run, pending. The oldest runs make room.

    Raises:
        Conflict: three runs of this bot are not done yet.
    """
    chatbot = brain.chatbot
    if EvaluationRun.objects.filter(chatbot=chatbot, state__in=OPEN).count() >= MOST_OPEN:
        raise Conflict(
            f"{MOST_OPEN} evaluations of this bot are running already. Wait for one, or cancel it."
        )
    with transaction.atomic():
        run = EvaluationRun.objects.create(
            organisation_id=chatbot.organisation_id,
            chatbot=chatbot,
            version_id=brain.version_id,
            fingerprint=brain.fingerprint,
            configuration=configuration_data(brain.configuration),
            knowledge_revision=brain.knowledge_revision,
            name=" ".join(name.split())[:200] or "Cases",
            total=len(cases),
            author=author,
        )
        rows = (
            EvaluationResult(
                run=run, position=number, line=case.line, question=case.question, expect=case.expect
            )
            for number, case in enumerate(cases, start=1)
        )
        EvaluationResult.objects.bulk_create(rows, batch_size=ROWS)
        _make_room(run)
        wake_on_commit(run_evaluation, run.pk)
    return run


def repeat_run(*, run: EvaluationRun, brain: Brain, author: User | None) -> EvaluationRun:
    """The same cases again, of `brain`. Raises Conflict as `start_run` does, Invalid where no case is left."""
    rows = run.results.order_by("position").values_list("question", "expect", "line")
    cases = [Case(question, expect, line) for question, expect, line in rows]
    if not cases:
        raise Invalid("That evaluation has no cases any more.")
    return start_run(brain=brain, cases=cases, name=run.name, author=author)


def cancel_run(*, run: EvaluationRun) -> None:
    """What was asked so far stays. The worker finds out with its next batch. Raises Conflict where it has ended."""
    now = timezone.now()
    rows = EvaluationRun.objects.filter(pk=run.pk, state__in=OPEN)
    if not rows.update(state=RunState.CANCELLED, claim="", updated_at=now, finished_at=now):
        raise Conflict("That evaluation has ended already.")
    _store_metrics(run.pk)


def delete_run(*, run: EvaluationRun) -> None:
    """With its results; a worker that is still at it stops."""
    run.delete()


@job
def run_evaluation(run_id: int) -> None:
    """Ask what is not asked yet, if the run is still pending."""
    claim = str(uuid.uuid4())
    pending = EvaluationRun.objects.filter(pk=run_id, state=RunState.PENDING)
    if not pending.update(
        state=RunState.RUNNING, claim=claim, attempts=F("attempts") + 1, updated_at=timezone.now()
    ):
        return
    run = EvaluationRun.objects.select_related("chatbot", "version").get(pk=run_id)
    try:
        _ask(run, claim, until=time.monotonic() + TURN_SECONDS)
    except ParleyError as error:
        _fail(run, claim, error.detail)
    except Exception:
        logger.exception("an evaluation failed", extra={"run": run_id})
        _fail(run, claim, "Something went wrong on our side while this ran.")


def sweep_runs() -> int:
    """Wake the jobs of runs that nobody took or that fell silent; returns how many. Safe to run twice."""
    now = timezone.now()
    silent = Q(state=RunState.RUNNING, updated_at__lt=now - SILENT_FOR)
    waiting = Q(state=RunState.PENDING, updated_at__lt=now - NOT_TAKEN_FOR)
    return sum(_revive(run) for run in EvaluationRun.objects.filter(silent | waiting))


@db_periodic_task(crontab(minute="*"))  # type: ignore[untyped-decorator]
def sweep_evaluations_each_minute() -> None:
    sweep_runs()


def _ask(run: EvaluationRun, claim: str, *, until: float) -> None:
    """Ask what is left, at most until then; ends early where the run was cancelled, deleted, or taken by another."""
    rows = list(run.results.filter(outcome="").order_by("position"))
    cases = [Case(row.question, row.expect, row.line) for row in rows]
    for number, results in enumerate(evaluate_in_batches(brain=load_run_brain(run), cases=cases)):
        at = number * BATCH
        if not _store_batch(run, claim, rows[at : at + len(results)], results):
            return
        if time.monotonic() > until and at + len(results) < len(rows):
            _hand_back(run, claim)
            return
    _finish(run, claim)


def _hand_back(run: EvaluationRun, claim: str) -> None:
    """Let the jobs behind this one have their turn; it goes on after them."""
    with transaction.atomic():
        if _update_claimed(run, claim, state=RunState.PENDING, claim="", attempts=F("attempts") - 1):
            wake_on_commit(run_evaluation, run.pk)


def _store_batch(
    run: EvaluationRun, claim: str, rows: Sequence[EvaluationResult], results: Sequence[Result]
) -> bool:
    for row, result in zip(rows, results, strict=True):
        _fill(row, result)
    with transaction.atomic():
        if not _update_claimed(run, claim, done=F("done") + len(results)):
            return False
        EvaluationResult.objects.bulk_update(rows, FILLED)
    return True


FILLED = ("outcome", "title", "source", "best_id", "confidence", "right", "ok", "ms", "text", "why", "trace")


def _fill(row: EvaluationResult, result: Result) -> None:
    given, verdict = result.given, result.verdict
    row.outcome, row.confidence, row.ms = given.outcome, given.confidence, result.ms
    row.title, row.source, row.best_id = result.title[:500], given.source[:200], given.chunk_id
    row.right, row.ok, row.why = verdict.right, verdict.ok, verdict.why
    row.text = given.text[:2000]
    row.trace = given.trace if not verdict.ok else _without_texts(given.trace)


def _without_texts(trace: dict[str, Any]) -> dict[str, Any]:
    candidates = [one | {"text": ""} for one in trace.get("candidates") or ()]
    return trace | {"candidates": candidates}


def _update_claimed(run: EvaluationRun, held: str, **fields: Any) -> bool:
    rows = EvaluationRun.objects.filter(pk=run.pk, claim=held, state=RunState.RUNNING)
    return bool(rows.update(updated_at=timezone.now(), **fields))


def _finish(run: EvaluationRun, claim: str) -> None:
    """The figures first, so that nobody sees a run that is done and has none."""
    results = list(run.results.exclude(outcome="").defer("trace", "text", "why"))
    metrics = measure([StoredResult(row) for row in results])
    _update_claimed(run, claim, state=RunState.DONE, metrics=metrics, claim="", finished_at=timezone.now())


def _store_metrics(run_id: int) -> None:
    rows = EvaluationResult.objects.filter(run=run_id).exclude(outcome="").defer("trace", "text", "why")
    EvaluationRun.objects.filter(pk=run_id).update(metrics=measure([StoredResult(row) for row in rows]))


def _fail(run: EvaluationRun, claim: str, error: str) -> None:
    hint = "Run it again. If that fails too, the server's log says more."
    _update_claimed(
        run, claim, state=RunState.FAILED, error=error, hint=hint, claim="", finished_at=timezone.now()
    )


def _revive(run: EvaluationRun) -> bool:
    """A run that lost its worker three times is given up: something in it ends processes."""
    same = EvaluationRun.objects.filter(
        pk=run.pk, state=run.state, claim=run.claim, updated_at=run.updated_at
    )
    now = timezone.now()
    if run.attempts >= MOST_ATTEMPTS:
        words = "It was interrupted three times."
        return bool(
            same.update(
                state=RunState.FAILED, error=words, hint="Run it again with fewer cases.", claim="",
                updated_at=now, finished_at=now,
            )
        )  # fmt: skip
    with transaction.atomic():
        taken = same.update(state=RunState.PENDING, claim="", updated_at=now)
        if taken:
            wake_on_commit(run_evaluation, run.pk)
    return bool(taken)


def _make_room(run: EvaluationRun) -> None:
    others = (
        EvaluationRun.objects.filter(chatbot=run.chatbot)
        .exclude(state__in=OPEN)
        .order_by("-created_at", "-pk")
    )
    old = list(others.values_list("pk", flat=True)[KEPT_RUNS - 1 :])
    EvaluationRun.objects.filter(pk__in=old).delete()
