"""Wrong answers against wrong refusals, threshold by threshold: from the owner's own entries, and from an evaluation."""

from dataclasses import dataclass

from chatbots.actions.out_of_scope import access_out_of_scope
from chatbots.evaluation.metrics import Point, draw_curve
from chatbots.evaluation.stored import StoredResult
from chatbots.models import Chatbot, EvaluationResult, EvaluationRun, RunState
from chatbots.retrieval.index import load_index

# Under so many questions the shares jump by whole steps and say little.
FEW = 30


@dataclass(frozen=True, slots=True)
class DrawnCurve:
    """`answerable` and `unanswerable`: how many questions of either kind it rests on. `general`: the owner named none of the
    latter, so that general ones stand in for them. `stale`: the knowledge has changed since."""

    name: str
    words: str
    points: list[Point]
    answerable: int
    unanswerable: int
    stale: bool = False
    general: bool = False

    @property
    def few(self) -> bool:
        return self.answerable + self.unanswerable < FEW

    def pack(self) -> list[list[float]]:
        """[threshold, wrong answers, wrong refusals] each, for the page's script."""
        return [
            [round(x, 4) for x in (one.threshold, one.wrong_answers, one.wrong_refusals)]
            for one in self.points
        ]


def read_curves(chatbot: Chatbot) -> list[DrawnCurve]:
    """The curves there are; none where there is too little to say. May build the index: not for an event loop."""
    found = [_read_own(chatbot), _read_latest_run(chatbot)]
    return [curve for curve in found if curve is not None and curve.points]


def _read_own(chatbot: Chatbot) -> DrawnCurve | None:
    """Each of the owner's questions asked of the knowledge without it."""
    curve = load_index(chatbot_id=chatbot.pk, revision=chatbot.knowledge_revision).curve()
    if curve is None or not curve.samples:
        return None
    points = [Point(one.threshold, one.wrong_answers, one.wrong_refusals) for one in curve.points]
    general = not access_out_of_scope(chatbot).exists()
    return DrawnCurve("own", "Your own questions", points, curve.samples, curve.outside, general=general)


def _read_latest_run(chatbot: Chatbot) -> DrawnCurve | None:
    runs = EvaluationRun.objects.filter(chatbot=chatbot, state=RunState.DONE, version__isnull=True)
    run = runs.select_related("chatbot").order_by("-created_at", "-pk").first()
    if run is None:
        return None
    rows = EvaluationResult.objects.filter(run=run).defer("trace", "text", "why")
    results = [StoredResult(row) for row in rows]
    kinds = [row.kind for row in results]
    words = f"Evaluation “{run.name}”"
    answerable, outside = kinds.count("title"), kinds.count("abstain")
    stale = run.knowledge_revision != chatbot.knowledge_revision
    return DrawnCurve(f"run-{run.pk}", words, draw_curve(results), answerable, outside, stale)
