"""A scorer's parts as named arrays and numbers, and back."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from chatbots.retrieval.ranking.evidence import Floats
from chatbots.retrieval.ranking.features import View, WordSketch
from chatbots.retrieval.ranking.nearest import NearestModel
from chatbots.retrieval.ranking.opinions import Opinions, RidgeModel
from chatbots.retrieval.ranking.topic_scorer import Samples, TopicScorer
from chatbots.retrieval.ranking.topics import TopicModel

Arrays = Mapping[str, npt.NDArray[Any]]
Numbers = Mapping[str, float]


def list_arrays(
    texts: Floats,
    starts: npt.NDArray[np.int64],
    nearest: NearestModel,
    topics: TopicScorer | None,
    samples: Samples,
) -> dict[str, npt.NDArray[Any]]:
    arrays: dict[str, npt.NDArray[Any]] = {
        "texts": texts,
        "starts": starts,
        "near_owners": nearest.owners,
        "near_levels": nearest.levels,
        "near_lengths": nearest.lengths,
        "near_mean": nearest.mean,
        "near_asked_mean": nearest.asked_mean,
        "sample_confidences": samples.confidences,
        "sample_right": samples.right,
        "sample_inside": samples.inside,
    }
    if not np.array_equal(nearest.texts, texts):  # else saved already
        arrays["near_texts"] = nearest.texts
    if topics is None:
        return arrays
    if topics.view.raised is not topics.view.basis:
        arrays["view_raised"] = topics.view.raised
    return arrays | {
        "view_mean": topics.view.mean,
        "view_passages_mean": topics.view.passages_mean,
        "view_basis": topics.view.basis,
        "sketch_weights": topics.sketch.weights,
        "landmarks": topics.model.landmarks,
        "weights": topics.model.weights,
        "offsets": topics.model.offsets,
        "anchors": topics.opinions.ridge.anchors,
        "ridge": topics.opinions.ridge.weights,
        "topic_starts": topics.opinions.starts,
        "topic_lengths": topics.opinions.lengths,
        "topic_entries": topics.entries,
        "best": topics.best,
        "any": topics.any,
    }


def list_numbers(nearest: NearestModel, topics: TopicScorer | None) -> dict[str, float]:
    numbers = {"near_deviation": nearest.deviation}
    if topics is None:
        return numbers
    return numbers | {
        "words_weight": topics.words_weight,
        "sharpness": topics.model.sharpness,
        "ridge_weight": topics.opinions.ridge_weight,
        "nearest_weight": topics.opinions.nearest_weight,
    }


def read_nearest(arrays: Arrays, numbers: Numbers) -> NearestModel:
    return NearestModel(
        texts=arrays.get("near_texts", arrays["texts"]),
        owners=arrays["near_owners"],
        levels=arrays["near_levels"],
        lengths=arrays["near_lengths"],
        mean=arrays["near_mean"],
        asked_mean=arrays["near_asked_mean"],
        deviation=numbers["near_deviation"],
    )


def read_topics(arrays: Arrays, numbers: Numbers) -> TopicScorer | None:
    if "landmarks" not in arrays:
        return None
    return TopicScorer(
        View(
            arrays["view_mean"],
            arrays["view_passages_mean"],
            arrays["view_basis"],
            arrays.get("view_raised", arrays["view_basis"]),
        ),
        WordSketch(arrays["sketch_weights"]),
        TopicModel(arrays["landmarks"], arrays["weights"], arrays["offsets"], numbers["sharpness"]),
        Opinions(
            RidgeModel(arrays["anchors"], arrays["ridge"]),
            arrays["topic_starts"],
            arrays["topic_lengths"],
            numbers["ridge_weight"],
            numbers["nearest_weight"],
        ),
        arrays["topic_entries"],
        numbers["words_weight"],
        arrays["best"],
        arrays["any"],
    )


def read_samples(arrays: Arrays) -> Samples:
    return Samples(arrays["sample_confidences"], arrays["sample_right"], arrays["sample_inside"])
