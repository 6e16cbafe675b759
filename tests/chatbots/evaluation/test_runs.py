"""Evaluations in the background: as rows that survive their workers, cancelled, taken up again, compared, exported."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.utils import timezone

from chatbots.access import draft_brain, published_brain
from chatbots.actions.edit_bot import edit_bot
from chatbots.actions.mend_knowledge import add_variant
from chatbots.evaluation import runs
from chatbots.evaluation.access import access_results
from chatbots.evaluation.asking import find_unknown_titles
from chatbots.evaluation.brains import choose_brain
from chatbots.evaluation.cases import Case, parse_cases
from chatbots.evaluation.comparing import compare_runs
from chatbots.evaluation.curves import read_curves
from chatbots.evaluation.exporting import make_harmless, write_csv
from chatbots.evaluation.runs import cancel_run, repeat_run, run_evaluation, start_run, sweep_runs
from chatbots.models import Chatbot, EvaluationRun, KnowledgeChunk, RunState
from core.errors import Conflict, Invalid, NotFound
from tests.cast import Cast

pytestmark = pytest.mark.django_db
CASES = parse_cases(
    "question,expect\n"
    "How long does delivery take?,Delivery time\n"
    "Can I send something back?,Returns\n"
    "Xylophone quetzal zugzwang?,Payment\n"
    "Vuvuzela?,abstain\n"
    "Get me a human,hand_off\n"
    "How can I pay?,text:PayPal\n"
)


@pytest.fixture
def bot(cast: Cast) -> Chatbot:
    return cast.acme.bot


def run_job(run: EvaluationRun) -> EvaluationRun:
    run_evaluation.call_local(run.pk)  # type: ignore[attr-defined]
    return EvaluationRun.objects.get(pk=run.pk)


def make_run(bot: Chatbot, cases: list[Case] | None = None, **fields: Any) -> EvaluationRun:
    brain = fields.pop("brain", None) or draft_brain(bot)
    run = start_run(brain=brain, cases=cases or CASES, name="cases.csv", author=None)
    if fields:
        EvaluationRun.objects.filter(pk=run.pk).update(**fields)
        run.refresh_from_db()
    return run


def test_a_run_asks_every_case_and_says_what_became_of_it(bot: Chatbot) -> None:
    run = run_job(make_run(bot))
    assert (run.state, run.done, run.total) == (RunState.DONE, 6, 6)
    assert run.finished_at is not None
    assert (run.metrics["cases"], run.metrics["correct"]) == (6, 5)
    assert run.metrics["auroc"] is not None
    (failure,) = access_results(run, show="failures")
    assert (failure.question, failure.line) == ("Xylophone quetzal zugzwang?", 4)
    assert failure.outcome == "handed_off"
    assert "fetched a person" in failure.why
    assert failure.trace["threshold"] == bot.threshold
    right = access_results(run, show="right")[0]
    assert (right.title, right.right) == ("Delivery time", True)
    assert right.trace["candidates"][0]["text"] == ""


def test_a_worker_that_died_loses_nothing_and_the_next_goes_on_with_the_same_bot(
    bot: Chatbot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "BATCH", 2)
    monkeypatch.setattr("chatbots.evaluation.asking.BATCH", 2)
    run, store = make_run(bot), runs._store_batch
    stored: list[Any] = []

    def die_after_two(*arguments: Any) -> bool:
        if len(stored) == 2:
            raise SystemExit
        stored.append(arguments)
        return store(*arguments)

    with patch.object(runs, "_store_batch", die_after_two), pytest.raises(SystemExit):
        run_job(run)
    run.refresh_from_db()
    assert (run.state, run.done) == (RunState.RUNNING, 4)
    assert sweep_runs() == 0
    edit_bot(chatbot=bot, changes={"threshold": 1.0})  # the run is about the bot as it was
    EvaluationRun.objects.update(updated_at=timezone.now() - timedelta(minutes=6))
    with patch("chatbots.evaluation.runs.wake_on_commit") as wake:
        assert sweep_runs() == 1
        assert sweep_runs() == 0
    assert wake.call_count == 1
    run = run_job(run)
    assert (run.state, run.done, run.attempts) == (RunState.DONE, 6, 2)
    assert run.metrics["correct"] == 5


def test_a_run_that_ends_its_worker_three_times_is_given_up(bot: Chatbot) -> None:
    old = timezone.now() - timedelta(hours=1)
    run = make_run(bot, state=RunState.RUNNING, attempts=3, updated_at=old, claim="somebody")
    assert sweep_runs() == 1
    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert run.hint


def test_a_job_that_comes_twice_or_late_does_nothing(bot: Chatbot) -> None:
    run = run_job(make_run(bot))
    again = run_job(run)
    assert (again.attempts, again.finished_at) == (1, run.finished_at)
    run_evaluation.call_local(run.pk + 1000)  # type: ignore[attr-defined]


def test_a_long_run_lets_other_jobs_in_between(bot: Chatbot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "TURN_SECONDS", 0.0)
    monkeypatch.setattr(runs, "BATCH", 4)
    monkeypatch.setattr("chatbots.evaluation.asking.BATCH", 4)
    run = make_run(bot)
    with patch("chatbots.evaluation.runs.wake_on_commit") as wake:
        run = run_job(run)
    assert (run.state, run.done, run.attempts, run.claim) == (RunState.PENDING, 4, 0, "")
    assert wake.call_args.args[1] == run.pk
    assert run_job(run).state == RunState.DONE


@pytest.mark.parametrize("end", ["cancel", "delete", "taken"])
def test_a_worker_stops_once_the_run_is_not_its_own(
    bot: Chatbot, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    monkeypatch.setattr(runs, "BATCH", 2)
    monkeypatch.setattr("chatbots.evaluation.asking.BATCH", 2)
    run, store = make_run(bot), runs._store_batch
    stored: list[bool] = []
    acts: dict[str, Callable[[], Any]] = {
        "cancel": lambda: cancel_run(run=run),
        "delete": lambda: EvaluationRun.objects.get(pk=run.pk).delete(),
        "taken": lambda: EvaluationRun.objects.filter(pk=run.pk).update(claim="another"),
    }

    def end_after_one(*arguments: Any) -> bool:
        if len(stored) == 1:
            acts[end]()
        stored.append(store(*arguments))
        return stored[-1]

    with patch.object(runs, "_store_batch", end_after_one):
        run_evaluation.call_local(run.pk)  # type: ignore[attr-defined]
    assert stored == [True, False]
    left = EvaluationRun.objects.filter(pk=run.pk).first()
    assert (left is None) == (end == "delete")
    if left is not None:
        assert left.results.exclude(outcome="").count() == left.done == 2
        assert left.state == (RunState.CANCELLED if end == "cancel" else RunState.RUNNING)


def test_what_was_asked_before_a_cancel_has_its_figures(bot: Chatbot) -> None:
    run = make_run(bot)
    cancel_run(run=run)
    with pytest.raises(Conflict):
        cancel_run(run=run)
    assert run_job(run).metrics["cases"] == 0


def test_an_engine_that_breaks_fails_the_run_with_a_hint(bot: Chatbot) -> None:
    with patch("chatbots.evaluation.asking.make_reply", side_effect=RuntimeError("broken")):
        run = run_job(make_run(bot))
    assert (run.state, run.claim) == (RunState.FAILED, "")
    assert "again" in run.hint


def test_only_a_few_runs_at_once_and_the_oldest_make_room(
    bot: Chatbot, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(runs.MOST_OPEN):
        make_run(bot)
    with pytest.raises(Conflict):
        make_run(bot)
    EvaluationRun.objects.update(state=RunState.DONE)
    monkeypatch.setattr(runs, "KEPT_RUNS", 2)
    newest = make_run(bot)
    assert EvaluationRun.objects.count() == 2
    assert EvaluationRun.objects.filter(pk=newest.pk).exists()


def test_a_fix_shows_in_the_comparison_as_better(bot: Chatbot) -> None:
    before = run_job(make_run(bot))
    payment = KnowledgeChunk.objects.get(chatbot=bot, title="Payment")
    add_variant(chatbot=bot, chunk_id=payment.pk, question="Xylophone quetzal zugzwang?")
    bot.refresh_from_db()
    after = run_job(repeat_run(run=before, brain=draft_brain(bot), author=None))
    assert after.metrics["correct"] == 6
    comparison = compare_runs(before, after)
    assert (comparison.shared, comparison.better, comparison.worse) == (6, 1, 0)
    (change,) = comparison.changes
    assert (change.verdict, change.before.outcome, change.after.title) == ("better", "handed_off", "Payment")
    figure = next(one for one in comparison.figures if one["name"] == "correct")
    assert (figure["before_words"], figure["after_words"], figure["change"]) == ("5", "6", 1)
    assert compare_runs(after, before).worse == 1


def test_draft_and_published_are_asked_apart(bot: Chatbot) -> None:
    edit_bot(chatbot=bot, changes={"threshold": 1.0, "clarify": False})
    bot.refresh_from_db()
    live = run_job(make_run(bot, brain=published_brain(bot)))
    draft = run_job(make_run(bot, [Case("How long is delivery", "Delivery time")]))
    assert live.metrics["answered"] == 3
    assert draft.metrics["answered"] == 0
    assert (live.subject, draft.subject) == ("version 1", "the draft")


@pytest.mark.parametrize(
    ("name", "version"), [("draft", None), ("", None), ("published", 1), ("1", 1), ("v1", 1)]
)
def test_a_state_of_the_bot_is_chosen_by_name(bot: Chatbot, name: str, version: int | None) -> None:
    found = choose_brain(chatbot=bot, version=name)
    assert (found.version_id is None) == (version is None)


def test_a_state_that_there_is_not_is_refused(bot: Chatbot) -> None:
    for name, error in (("7", NotFound), ("latest", Invalid), ("²", Invalid), ("9" * 30, Invalid)):
        with pytest.raises(error):
            choose_brain(chatbot=bot, version=name)
    bot.published = None
    with pytest.raises(NotFound, match="published"):
        choose_brain(chatbot=bot, version="published")


def test_titles_that_are_not_in_the_knowledge_are_found(bot: Chatbot) -> None:
    cases = [
        Case("?", "Returns"),
        Case("?", "FAQ"),
        Case("?", "abstain"),
        Case("?", "Nope"),
        Case("!", "Nope"),
    ]
    assert find_unknown_titles(brain=draft_brain(bot), cases=cases) == ["Nope"]


def test_an_evaluation_draws_the_curve_until_the_knowledge_changes(bot: Chatbot) -> None:
    assert not [curve for curve in read_curves(bot) if curve.name.startswith("run")]
    run_job(make_run(bot))
    (curve,) = [curve for curve in read_curves(bot) if curve.name.startswith("run")]
    assert (curve.answerable, curve.unanswerable, curve.stale, curve.few) == (3, 1, False, True)
    assert len(curve.pack()) == 101
    bot.knowledge_revision += 1
    assert read_curves(bot)[-1].stale


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t=", "  =", "＝"])
def test_no_cell_of_the_export_is_a_formula(begin: str) -> None:
    assert make_harmless(f"{begin}cmd()").startswith("'")
    assert make_harmless("What = that?") == "What = that?"


def test_the_export_has_a_row_per_case(bot: Chatbot) -> None:
    run = run_job(
        make_run(bot, [Case("=HYPERLINK(1)", "Returns", 2), Case('Say "pay", please', "Payment", 3)])
    )
    lines = "".join(write_csv(access_results(run))).splitlines()
    assert lines[0].startswith("\ufeffline,question,expect,outcome,title")
    assert lines[1].startswith("2,'=HYPERLINK(1),Returns,")
    assert lines[2].startswith('3,"Say ""pay"", please",Payment,')
