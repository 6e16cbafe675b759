"""Results as they are kept, as metrics.py measures them."""

from chatbots.evaluation.cases import Case
from chatbots.models import EvaluationResult


class StoredResult:
    """The figures of a row, with the kind of its case."""

    def __init__(self, row: EvaluationResult) -> None:
        self.kind = Case(row.question, row.expect).kind
        self.expect, self.outcome, self.title = row.expect, row.outcome, row.title
        self.confidence, self.right, self.ok, self.ms = row.confidence, row.right, row.ok, row.ms
