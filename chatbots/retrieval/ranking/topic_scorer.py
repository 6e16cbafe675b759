"""FAQ entries told apart by their variants, and the probability that the best of them answers, from cross-validation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from chatbots.retrieval.ranking.calibration import fit_logistic, sigmoid, with_constant
from chatbots.retrieval.ranking.evidence import Bools, Doubles, Floats, Ints, WordShares
from chatbots.retrieval.ranking.features import (
    RAISED_ENTRIES,
    WORDS_SHARE,
    View,
    WordSketch,
    fit_view,
    join_views,
    unit_rows,
)
from chatbots.retrieval.ranking.opinions import (
    NEAREST_SHARE,
    RIDGE_SHARE,
    Opinions,
    RidgeModel,
    below_best,
    center_rows,
    find_nearest,
    find_weight,
    fit_ridge,
)
from chatbots.retrieval.ranking.topics import (
    MOST_SAMPLES_EXACT,
    TopicFit,
    TopicModel,
    fit_topics,
    log_odds,
    soften,
)

FOLDS = 3
MOST_HELD_OUT = 1_200
# What a whole share of a perfect match adds to an entry's log-odds, as a part of how much the log-odds vary.
WORDS_WEIGHT = 0.2
USUAL_WORDS_WEIGHT = 1.5
# Of questions asked, how many have no answer here: held-out variants count as the rest.
OUTSIDE_SHARE = 1 / 3
# Log-odds of the best entry (of any), root of its words' share, constant: means over small bots (decision 016).
PRIOR = np.array([1.3, 2.0, 3.4])
PRIOR_ANY = np.array([1.3, 2.0, 2.6])
PRIOR_STRENGTH = 10.0


class Words(Protocol):
    """What of `chatbots.retrieval.bm25.WordIndex` the fit reads."""

    def find_shares(self, question: str, *, limit: int = 20, without: int | None = None) -> WordShares: ...


@dataclass(frozen=True, slots=True)
class Samples:
    """Questions that cross-validation asked: the best three confidences of each, whether the best entry was right, and
    whether there is an answer at all."""

    confidences: Floats  # (samples, 3), best first
    right: Ints
    inside: Ints


@dataclass(frozen=True, slots=True)
class TopicScorer:
    """`entries`: the entry of each class, ascending. `best` and `any`: coefficients of P(the best entry answers) and of
    P(any does)."""

    view: View
    sketch: WordSketch
    model: TopicModel
    opinions: Opinions
    entries: Ints
    words_weight: float
    best: Doubles
    any: Doubles

    def weigh(
        self, question: str, vector: Floats, shares: WordShares, texts: Floats
    ) -> tuple[list[tuple[int, float]], float]:
        """(entry, P(it answers)) of all, best first, and P(any of them answers). `texts`: all of the scorer's."""
        row = join_views(self.view.turn(vector[None]), self.sketch.draw(question)[None])
        weighed = self.model.weigh(row).astype(np.float64)
        weighed[:, :-1] += self.opinions.weigh(vector, texts, self.view)
        worded = spread_shares(shares, self.entries)[None]
        confidences, any_answers = find_confidences(weighed, worded, self.words_weight, self.best, self.any)
        order = np.argsort(-confidences[0], kind="stable")
        return [(int(self.entries[at]), float(confidences[0, at])) for at in order], float(any_answers[0])


# The softmax is too flat for those behind the best. By its third power, what the second and the third are given is how
# often they are right (Banking77 with 10 variants, best under 0.7: 0.15 and 0.07 given, 0.13 and 0.03 right; by its first
# 0.03 and 0.02), and asking back has something to choose from.
RUNNERS_UP_POWER = 3


def find_confidences(
    weighed: Doubles, worded: Doubles, words_weight: float, best: Doubles, any_of: Doubles
) -> tuple[Doubles, Doubles]:
    """Of `weighed` (n, classes + 1) and `worded` (n, classes): P(answers) of each entry, which sum to at most P(any)."""
    chances = weigh_chances(weighed, worded, words_weight)
    first, features, any_features = find_features(chances, worded)
    best_confidence = sigmoid(with_constant(features) @ best)
    any_answers = np.maximum(sigmoid(with_constant(any_features) @ any_of), best_confidence)
    rows = np.arange(len(chances))
    others = chances[:, :-1] ** RUNNERS_UP_POWER
    others[rows, first] = 0
    left = np.minimum(any_answers - best_confidence, 0.5)
    confidences = others / np.maximum(others.sum(axis=1), 1e-12)[:, None] * left[:, None]
    confidences = np.minimum(confidences, best_confidence[:, None] * (1 - 1e-6))
    confidences[rows, first] = best_confidence
    return confidences, any_answers


def weigh_chances(weighed: Doubles, worded: Doubles, words_weight: float) -> Doubles:
    """Softmax over the entries and "none of them", with what the words say added."""
    joined = weighed.copy()
    joined[:, :-1] += words_weight * worded
    chances: Doubles = soften(joined)  # type: ignore[arg-type,assignment]
    return chances


def find_features(chances: Doubles, worded: Doubles) -> tuple[Ints, Doubles, Doubles]:
    """The best entry, what its confidence rests on, and what that of any entry does."""
    first = chances[:, :-1].argmax(axis=1)
    rows = np.arange(len(chances))
    of_best = np.stack([log_odds(chances[rows, first]), worded[rows, first]], axis=1)
    of_any = np.stack([log_odds(1 - chances[:, -1]), worded.max(axis=1)], axis=1)
    return first, of_best, of_any


def spread_shares(shares: WordShares, entries: Ints) -> Doubles:
    """The root of each entry's share of a perfect match; `entries` ascend."""
    spread = np.zeros(len(entries))
    found = np.asarray(shares.entries, dtype=np.int64)
    if len(found):
        at = np.minimum(np.searchsorted(entries, found), len(entries) - 1)
        known = entries[at] == found
        spread[at[known]] = np.sqrt(np.clip(np.asarray(shares.shares, dtype=np.float64)[known], 0, 1))
    return spread


@dataclass(frozen=True, slots=True)
class Material:
    """What a scorer is fitted to. `rows` are variants, then the entries' own texts, then questions without an answer,
    whose class is the last."""

    rows: Floats
    questions: Floats  # the variants' sentence vectors as they are
    plain: Floats  # the sentence vectors, only centred
    damped: Floats  # … with the directions damped, but none raised
    classes: Ints
    entries: Ints
    lengths: Floats  # of Opinions, as are the starts
    starts: Ints
    variants: Sequence[str]
    outside: Sequence[str]  # the last of the rows


def fit_topic_scorer(
    material: Material, *, view: View, sketch: WordSketch, words: Words, owners_examples: int
) -> tuple[TopicScorer, Samples]:
    """`owners_examples`: how many of the questions without an answer are the owner's, which come first."""
    asked, weighed, opinions, fitted = _ask_held_out(material)
    opinions_weights = _join_opinions(weighed, opinions)
    worded = _find_worded(material, asked, words)
    varying, words_vary = float(weighed[:, :-1].std()), float(worded.std())
    words_weight = USUAL_WORDS_WEIGHT
    if len(asked) >= 50 and words_vary > 0:
        words_weight = WORDS_WEIGHT * varying / words_vary
    inside = asked < len(material.variants)
    chances = weigh_chances(weighed, worded, words_weight)
    first, features, any_features = find_features(chances, worded)
    right = inside & (first == material.classes[asked])
    weights = _balance(inside)
    best = fit_logistic(features, right.astype(float), weights, prior=PRIOR, strength=PRIOR_STRENGTH)
    any_of = fit_logistic(
        any_features, inside.astype(float), weights, prior=PRIOR_ANY, strength=PRIOR_STRENGTH
    )
    confidences, _ = find_confidences(weighed, worded, words_weight, best, any_of)
    count = len(material.entries) + 1
    model = fit_topics(material.rows, material.classes, count, start=fitted).model
    ridge = _fit_ridge(material, np.ones(len(material.rows), dtype=bool))
    joined = Opinions(ridge, material.starts, material.lengths, *opinions_weights)
    scorer = TopicScorer(view, sketch, model, joined, material.entries, words_weight, best, any_of)
    kept = _keep_own(material, asked, inside, owners_examples)
    return scorer, _keep_samples(confidences[kept], right[kept], inside[kept])


def _ask_held_out(material: Material) -> tuple[Ints, Doubles, tuple[Doubles, Doubles], TopicFit | None]:
    """Which variants and outside questions were asked of models that had not seen them, what the classifier answered to
    each, what ridge regression and the nearest variant, and the last of the classifiers."""
    count = len(material.entries) + 1
    total, variants = len(material.rows), len(material.variants)
    folds = max(FOLDS, -(-variants // MOST_HELD_OUT))
    fold = np.full(total, -1)
    outside = np.arange(total - len(material.outside), total)
    chance = np.random.default_rng(1)
    fold[:variants] = chance.permutation(variants) % folds
    fold[outside] = chance.permutation(len(outside)) % min(folds, FOLDS)
    asked, weighed, likely, nearest = [], [], [], []
    fitted = None
    for held in range(FOLDS if folds == FOLDS else 1):
        tested = np.flatnonzero(fold == held).astype(np.int32)
        kept = fold != held
        if not len(tested):
            continue
        rows = _turn_without(material, kept)
        fitted = fit_topics(rows[kept], material.classes[kept], count)
        asked.append(tested)
        weighed.append(fitted.model.weigh(rows[tested]).astype(np.float64))
        likely.append(_fit_ridge(material, kept).weigh(material.plain[tested]).astype(np.float64))
        nearest.append(_find_nearest_kept(material, tested, kept))
    opinions = np.concatenate(likely), np.concatenate(nearest)
    return np.concatenate(asked), np.concatenate(weighed), opinions, fitted


def _turn_without(material: Material, kept: Bools) -> Floats:
    """The rows as a view turns them that has not seen others than `kept`: raised directions would give these away. Few
    entries have hardly any raised, many variants none."""
    own = kept[: len(material.variants)]
    if len(material.entries) < RAISED_ENTRIES or len(material.rows) > MOST_SAMPLES_EXACT:
        return material.rows
    nothing = material.questions[:0]
    owners = material.classes[: len(own)][own]
    view = fit_view(material.questions[own], owners, nothing, nothing, few=True)
    words = material.rows[:, material.plain.shape[1] :] / np.float32(WORDS_SHARE**0.5)
    return join_views(unit_rows(material.plain @ view.raised), words)


def _fit_ridge(material: Material, kept: Bools) -> RidgeModel:
    """Nothing where texts are many: then it adds nothing to what the others know."""
    count = len(material.entries) + 1
    if len(material.rows) > MOST_SAMPLES_EXACT:
        return RidgeModel(material.plain[:0], np.zeros((0, count - 1), dtype=np.float32))
    return fit_ridge(material.plain[kept], material.classes[kept], count)


def _find_nearest_kept(material: Material, tested: Ints, kept: Bools) -> Doubles:
    """Cosine of each tested question with the nearest kept variant of every entry, words left aside."""
    variants = np.flatnonzero(kept[: len(material.variants)])
    damped, classes = material.damped, material.classes[variants]
    found, starts = np.unique(classes, return_index=True)
    nearest = np.zeros((len(tested), len(material.entries)))
    if len(found):
        nearest[:, found] = find_nearest(damped[tested] @ damped[variants].T, starts)
    return nearest


def _join_opinions(weighed: Doubles, opinions: tuple[Doubles, Doubles]) -> tuple[float, float]:
    """Adds the opinions to the entries' log-odds, and says by what weights."""
    varying = float(center_rows(weighed[:, :-1]).std())
    ridge, nearest = opinions
    weights = find_weight(varying, ridge, RIDGE_SHARE), find_weight(varying, nearest, NEAREST_SHARE)
    weighed[:, :-1] += weights[0] * below_best(ridge) + weights[1] * below_best(nearest)
    return weights


def _find_worded(material: Material, asked: Ints, words: Words) -> Doubles:
    variants, first_outside = len(material.variants), len(material.rows) - len(material.outside)
    rows = []
    for at in asked.tolist():
        if at < variants:
            shares = words.find_shares(material.variants[at], without=at)
        else:
            shares = words.find_shares(material.outside[at - first_outside])
        rows.append(spread_shares(shares, material.entries))
    return np.stack(rows)


def _balance(inside: Bools) -> Doubles:
    """Weights by which the questions without an answer are OUTSIDE_SHARE of all."""
    count, others = int(inside.sum()), int((~inside).sum())
    outside_weight = count * OUTSIDE_SHARE / (1 - OUTSIDE_SHARE) / max(1, others)
    balanced: Doubles = np.where(inside, 1.0, outside_weight)
    return balanced


def _keep_own(material: Material, asked: Ints, inside: Bools, owners_examples: int) -> Bools:
    """The owner's own questions; the background's only where there are no examples of what is out of scope."""
    first_outside = len(material.rows) - len(material.outside)
    kept: Bools = inside | (asked < first_outside + (owners_examples or len(material.outside)))
    return kept


def _keep_samples(confidences: Doubles, right: Bools, inside: Bools) -> Samples:
    best = -np.sort(-confidences, axis=1)[:, :3]
    padded = np.zeros((len(best), 3), dtype=np.float32)
    padded[:, : best.shape[1]] = best
    return Samples(padded, right.astype(np.int32), inside.astype(np.int32))
