"""The door: `fit_scorer` at indexing, `Scorer.rank` for every question.

FAQ entries are told apart by a classifier over their variants (topic_scorer.py), passages by the nearest text
(nearest.py); both say a probability, so that one list can hold both. A question asked word for word is certain.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from chatbots.retrieval.ranking import saving
from chatbots.retrieval.ranking.background import BACKGROUND
from chatbots.retrieval.ranking.calibration import sigmoid
from chatbots.retrieval.ranking.curve import CountChoices, draw_curve
from chatbots.retrieval.ranking.evidence import (
    Curve,
    EntryTexts,
    Floats,
    Ints,
    Ranked,
    TextVectors,
    WordShares,
)
from chatbots.retrieval.ranking.features import View, WordSketch, fit_sketch, fit_view, join_views
from chatbots.retrieval.ranking.nearest import NearestModel, fit_nearest
from chatbots.retrieval.ranking.opinions import make_plain, measure_lengths
from chatbots.retrieval.ranking.topic_scorer import Material, Samples, TopicScorer, Words, fit_topic_scorer
from chatbots.retrieval.ranking.topics import MOST_SAMPLES_EXACT

__all__ = ["SCORER_FORMAT", "Scorer", "TextVectors", "WordShares", "fit_scorer"]

# Goes into an index's stamp: raised whenever arrays or what they mean change.
SCORER_FORMAT = 6
# Above, a classifier costs more than it gains: most such entries have a variant or two, and the nearest wins.
MOST_TOPICS = 600
# What the entries after the best may have of its probability, all together, where nothing says what any of them has.
REST_OF_BEST = 0.4
NO_SAMPLES = Samples(np.zeros((0, 3), np.float32), np.zeros(0, np.int32), np.zeros(0, np.int32))


@dataclass(frozen=True, slots=True)
class Scorer:
    """Ranks the entries of one index for a question. Never changes, so that threads may share it."""

    texts: Floats  # (texts, dim) unit rows: variants and passages of all entries, by entry
    starts: npt.NDArray[np.int64]  # entry e has texts[starts[e]:starts[e + 1]]
    nearest: NearestModel
    topics: TopicScorer | None
    samples: Samples

    def rank(
        self, question: str, vector: npt.NDArray[Any] | None, shares: WordShares, limit: int
    ) -> list[Ranked]:
        """The best `limit` entries, best first, of equal ones the first; their confidences sum to at most 1 unless
        several have the question word for word. `vector`: the question's unit row, or None for words alone."""
        if limit <= 0:
            return []
        if vector is None or not len(self.texts):
            confidences, any_answers = _rank_words(shares)
        else:
            vector = np.asarray(vector, dtype=np.float32)
            confidences, any_answers = self._rank_meaning(question, vector, shares)
        confidences |= dict.fromkeys(map(int, shares.verbatim), 1.0)
        best = sorted(confidences.items(), key=lambda one: (-one[1], one[0]))[:limit]
        return [
            Ranked(entry, self._find_meaning(entry, vector), confidence, confidence)
            for entry, confidence in _share_out(best, any_answers, len(shares.verbatim))
        ]

    def curve(self, count_choices: CountChoices | None = None) -> Curve:
        """From cross-validation on the owner's variants. `count_choices` says whether a bot would ask back."""
        samples = self.samples
        return draw_curve(
            confidences=samples.confidences,
            right=samples.right,
            inside=samples.inside,
            count_choices=count_choices,
        )

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """What to save, and to give to `from_arrays` again."""
        return saving.list_arrays(self.texts, self.starts, self.nearest, self.topics, self.samples)

    def numbers(self) -> dict[str, float]:
        return saving.list_numbers(self.nearest, self.topics)

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]], numbers: Mapping[str, float]) -> Self:
        return cls(
            arrays["texts"],
            arrays["starts"],
            saving.read_nearest(arrays, numbers),
            saving.read_topics(arrays, numbers),
            saving.read_samples(arrays),
        )

    def _rank_meaning(
        self, question: str, vector: Floats, shares: WordShares
    ) -> tuple[dict[int, float], float]:
        near = _share_near([(entry, weight) for entry, _, weight in self.nearest.weigh(vector, shares)])
        classified = set() if self.topics is None else set(self.topics.entries.tolist())
        confidences = {entry: confidence for entry, confidence in near.items() if entry not in classified}
        any_answers = max(confidences.values(), default=0.0) * (1 + REST_OF_BEST)
        if self.topics is not None:
            weighed, any_topic = self.topics.weigh(question, vector, shares, self.texts)
            # The classifier was measured on the owner's own questions, the passages on others': it goes first.
            left = 1 - weighed[0][1]
            confidences = {entry: confidence * left for entry, confidence in confidences.items()}
            confidences |= dict(weighed)
            any_answers = max(any_answers, any_topic)
        return confidences, min(1.0, any_answers)

    def _find_meaning(self, entry: int, vector: Floats | None) -> float:
        if vector is None or entry + 1 >= len(self.starts):
            return 0.0
        own = self.texts[self.starts[entry] : self.starts[entry + 1]]
        return float((own @ vector).max()) if len(own) else 0.0


def _rank_words(shares: WordShares) -> tuple[dict[int, float], float]:
    """The root of the share of a perfect match (docs/decisions/010)."""
    found = {
        int(entry): min(1.0, max(0.0, float(share))) ** 0.5
        for entry, share in zip(shares.entries, shares.shares, strict=True)
    }
    return found, min(1.0, max(found.values(), default=0.0) * (1 + REST_OF_BEST))


def _share_near(weighed: Sequence[tuple[int, float]]) -> dict[int, float]:
    """P(it answers) of each from its log-odds: the best as it is, the others in proportion to their odds."""
    if not weighed:
        return {}
    best = weighed[0][1]
    likely = float(sigmoid(np.array(best)))
    return {entry: likely * float(np.exp(weight - best)) for entry, weight in weighed}


def _share_out(
    ranked: Sequence[tuple[int, float]], any_answers: float, certain: int
) -> list[tuple[int, float]]:
    """The confidences after the best lowered so that all of them sum to what any has."""
    first = max(1, certain)
    left = max(0.0, any_answers - sum(confidence for _, confidence in ranked[:first]))
    rest = sum(confidence for _, confidence in ranked[first:])
    factor = min(1.0, left / rest) if rest > 0 else 1.0
    kept = list(ranked[:first])
    return kept + [(entry, confidence * factor) for entry, confidence in ranked[first:]]


def fit_scorer(
    *,
    words: Words,
    entries: Sequence[EntryTexts],
    vectors: TextVectors | None,
    outside: Sequence[str] = (),
    outside_vectors: Floats | None = None,
    background_vectors: Floats | None = None,
) -> Scorer:
    """A scorer for `entries`. `outside`: the owner's examples of what has no answer here, `background_vectors`: of
    BACKGROUND, each embedded as questions. Deterministic: the same arguments give the same bytes."""
    if vectors is None or not len(entries):
        nothing = fit_nearest(
            np.zeros((0, 1), np.float32), np.zeros(0, np.int32), np.zeros((0, 1), np.float32)
        )
        return Scorer(nothing.texts, np.zeros(1, np.int64), nothing, None, NO_SAMPLES)
    texts, owners = _join_texts(vectors, len(entries))
    counts = np.bincount(owners, minlength=len(entries))
    background = _or_empty(background_vectors, texts.shape[1])
    faq = np.array([at for at, entry in enumerate(entries) if entry.questions], dtype=np.int32)
    classified = 0 < len(faq) <= MOST_TOPICS
    nearest = _fit_nearest(
        vectors, texts, owners, background, classified=classified, all_faq=len(faq) == len(entries)
    )
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
    if not classified:
        return Scorer(texts, starts, nearest, None, NO_SAMPLES)
    elsewhere = [*outside, *BACKGROUND[: len(background)]]
    elsewhere_vectors = np.vstack([_or_empty(outside_vectors, texts.shape[1]), background])
    material, view, sketch = _gather_material(
        entries, faq, vectors, elsewhere, elsewhere_vectors, texts=(texts, starts)
    )
    topics, samples = fit_topic_scorer(
        material, view=view, sketch=sketch, words=words, owners_examples=len(outside)
    )
    return Scorer(texts, starts, nearest, topics, samples)


def _fit_nearest(
    vectors: TextVectors, texts: Floats, owners: Ints, background: Floats, *, classified: bool, all_faq: bool
) -> NearestModel:
    """Over all texts, or beside a classifier over the passages, and FAQ entries' own texts as their rivals."""
    if not classified:
        return fit_nearest(texts, owners, background)
    passages = vectors.passages[:0] if all_faq else vectors.passages
    return fit_nearest(passages.astype(np.float32), np.arange(len(passages), dtype=np.int32), background)


def _gather_material(
    entries: Sequence[EntryTexts],
    faq: Ints,
    vectors: TextVectors,
    elsewhere: Sequence[str],
    elsewhere_vectors: Floats,
    *,
    texts: tuple[Floats, npt.NDArray[np.int64]],
) -> tuple[Material, View, WordSketch]:
    """Rows and classes of the variants, of the FAQ entries' own texts, and of the questions without an answer."""
    variants = [question for entry in entries for question in entry.questions]
    bodies = [f"{entries[at].title}\n{entries[at].text}" for at in faq.tolist()]
    questions, passages = vectors.questions, vectors.passages[faq]
    few = len(variants) + len(bodies) + len(elsewhere) <= MOST_SAMPLES_EXACT
    view = fit_view(questions, vectors.question_owners, passages, elsewhere_vectors, few=few)
    sketch = fit_sketch([*variants, *bodies])
    rows = np.vstack(
        [
            join_views(view.turn(questions), sketch.draw_all(variants)),
            join_views(view.turn_passages(passages), sketch.draw_all(bodies)),
            join_views(view.turn(elsewhere_vectors), sketch.draw_all(elsewhere)),
        ]
    )
    plain = [
        make_plain(questions, view.mean),
        make_plain(passages, view.passages_mean),
        make_plain(elsewhere_vectors, view.mean),
    ]
    classes = [np.searchsorted(faq, vectors.question_owners), np.arange(len(faq))]
    classes.append(np.full(len(elsewhere), len(faq)))
    begins, lengths = measure_lengths(*texts, faq, view)
    material = Material(
        rows,
        questions,
        np.vstack(plain),
        view.damp(np.vstack([questions, passages, elsewhere_vectors])),
        np.concatenate(classes).astype(np.int32),
        faq,
        lengths,
        begins,
        variants,
        elsewhere,
    )
    return material, view, sketch


def _join_texts(vectors: TextVectors, count: int) -> tuple[Floats, Ints]:
    """Variants and passages of all entries, by entry."""
    owners = np.concatenate([vectors.question_owners, np.arange(count)]).astype(np.int32)
    order = np.argsort(owners, kind="stable")
    texts = np.concatenate([vectors.questions, vectors.passages]).astype(np.float32)
    return texts[order], owners[order]


def _or_empty(vectors: Floats | None, dim: int) -> Floats:
    if vectors is None or not len(vectors):
        return np.zeros((0, dim), dtype=np.float32)
    return np.asarray(vectors, dtype=np.float32)
