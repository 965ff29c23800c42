"""Finds, for each type, the rule that turns a detection's score into the probability that it is right.

Two rules are weighed for each type. A logistic one has two parameters, drawn towards those of all types together, so
that a type with few right detections does not chase noise. An isotonic one follows any rising curve, and takes hundreds
of detections to do so. Which is taken is decided out of fold: both are fitted without a fifth of the clusters and
judged on it, in turn. The same turn gives the errors before and after that a card states.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from coachwork.assessments.score_calibration import ScoreCalibration, ScoreMethod, ScoreReliability
from coachwork.evaluation.matching import scored_detections
from coachwork.evaluation.pairs import Pair, model_types
from coachwork.taxonomy import Kind

Floats: TypeAlias = NDArray[np.float64]

_FOLDS = 5
_BINS = 10
_DRAWS = 400
_ISOTONIC_RIGHT = 100
"""So many right and so many wrong detections are the least that an isotonic rule is fitted on."""

_CLEAREST, _FAINTEST = 0.9999, 0.0001
_FITTED_FROM = 0.5
"""Detections from this share of the type's threshold on are fitted: fainter ones are many, and are not reported."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoredDetections:
    """Judged detections of one type.

    Attributes:
        scores: (D,) float64.
        right: (D,) bool, whether each found a shape (IoU at least 0.5), the first to do so.
        folds: (D,) int64 in 0..4, the same for all photos of a cluster.
    """

    scores: Floats
    right: NDArray[np.bool_]
    folds: NDArray[np.int64]

    def __len__(self) -> int:
        """Number of detections."""
        return len(self.scores)

    def where(self, chosen: NDArray[np.bool_]) -> "ScoredDetections":
        """Some of the detections, by a mask (D,)."""
        return ScoredDetections(scores=self.scores[chosen], right=self.right[chosen], folds=self.folds[chosen])


def judged_detections(pairs: Sequence[Pair], kind: Kind, *, from_score: float = 0.0) -> ScoredDetections:
    """Detections of a type from a score on, judged as at any threshold; what cannot be judged is left out."""
    tables, folds = [np.zeros((0, 2))], [np.zeros(0, dtype=np.int64)]
    for pair in pairs:
        table = scored_detections([pair], kind)
        table = table[table[:, 0] >= from_score]
        tables.append(table)
        folds.append(np.full(len(table), crc32(f"{pair.sample.source} {pair.sample.cluster}".encode()) % _FOLDS))
    every = np.concatenate(tables)
    return ScoredDetections(scores=every[:, 0], right=every[:, 1] == 1, folds=np.concatenate(folds))


def fit_scores(pairs: Sequence[Pair], thresholds: dict[Kind, float]) -> dict[Kind, ScoreCalibration]:
    """The rule of each type of the model; none where nothing right or nothing wrong was found at all.

    Args:
        pairs: validation photos, with detections down to low scores.
        thresholds: operating point of each type.

    Raises:
        EvaluationError: there is no pair.
    """
    types = model_types(pairs)
    judged = {
        kind: judged_detections(pairs, kind, from_score=_FITTED_FROM * thresholds.get(kind, 1.0)) for kind in types
    }
    every = ScoredDetections(
        scores=np.concatenate([one.scores for one in judged.values()]),
        right=np.concatenate([one.right for one in judged.values()]),
        folds=np.concatenate([one.folds for one in judged.values()]),
    )
    if not every.right.any() or every.right.all():
        return {}
    return {kind: _chosen(one, every, thresholds.get(kind, 1.0)) for kind, one in judged.items()}


def _chosen(one: ScoredDetections, every: ScoredDetections, threshold: float) -> ScoreCalibration:
    """The better of the two rules, fitted on all, with what they were worth out of fold where it is reported."""
    logistic = _out_of_fold(one, every, _logistic)
    chosen, likely = _logistic(one, every), logistic
    if min(int(one.right.sum()), int((~one.right).sum())) >= _ISOTONIC_RIGHT:
        isotonic = _out_of_fold(one, every, lambda part, _: _isotonic(part))
        if _log_loss(isotonic, one.right) < _log_loss(logistic, one.right):
            chosen, likely = _isotonic(one), isotonic
    reported = one.scores >= threshold
    scores, right, likely = one.scores[reported], one.right[reported], likely[reported]
    if not len(scores):
        return chosen
    reliability = ScoreReliability(
        detections=len(scores),
        right=int(right.sum()),
        error_before=round(calibration_error(scores, right), 4),
        error_after=round(calibration_error(likely, right), 4),
        brier_before=round(float(((scores - right) ** 2).mean()), 4),
        brier_after=round(float(((likely - right) ** 2).mean()), 4),
        error_by_chance=round(error_by_chance(likely), 4),
    )
    return replace(chosen, reliability=reliability)


def calibration_error(likely: Floats, true: NDArray[np.bool_]) -> float:
    """Expected calibration error: the mean gap between probability and share of right ones, over bins of equal counts.

    Bins of equal counts (Nixon et al., "Measuring Calibration in Deep Learning", 2019) weigh all detections alike and
    leave no bin empty.

    >>> calibration_error(np.array([0.2, 0.2, 0.2, 0.2, 0.2]), np.array([True, False, False, False, False]))
    0.0
    """
    if not len(likely):
        return math.nan
    error = sum(len(rows) * abs(float(likely[rows].mean()) - float(true[rows].mean())) for rows in equal_bins(likely))
    return float(error / len(likely))


def error_by_chance(likely: Floats) -> float:
    """The mean `calibration_error` (N,) probabilities show when each of them is true, over outcomes drawn by them.

    >>> error_by_chance(np.array([])), error_by_chance(np.array([1.0, 1.0]))
    (nan, 0.0)
    """
    if not len(likely):
        return math.nan
    drawn = np.random.default_rng(0).uniform(size=(_DRAWS, len(likely))) < likely
    bins = equal_bins(likely)
    gaps = [len(rows) * np.abs(likely[rows].mean() - drawn[:, rows].mean(axis=1)) for rows in bins]
    return float(np.sum(gaps, axis=0).mean() / len(likely))


def equal_bins(likely: Floats, bins: int = _BINS) -> list[NDArray[np.int64]]:
    """Rows of each bin, rising by probability, about as many in each and at least ten; equal ones stay together."""
    order = np.argsort(likely, kind="stable")
    count = max(1, min(bins, len(likely) // 10))
    edges = {round(place * len(likely) / count) for place in range(1, count)}
    cuts = sorted({int(np.searchsorted(likely[order], likely[order[edge]])) for edge in edges if edge < len(likely)})
    return [rows for rows in np.split(order, cuts) if len(rows)]


def _out_of_fold(
    one: ScoredDetections,
    every: ScoredDetections,
    fit: Callable[[ScoredDetections, ScoredDetections], ScoreCalibration],
) -> Floats:
    """Probabilities (D,), each by a rule that was fitted without the detection's fold."""
    likely = np.zeros(len(one))
    for fold in range(_FOLDS):
        held = one.folds == fold
        rule = fit(one.where(~held), every.where(every.folds != fold))
        likely[held] = [rule.probability(score) for score in one.scores[held]]
    return likely


def _logistic(one: ScoredDetections, every: ScoredDetections) -> ScoreCalibration:
    """The rule of a type, drawn towards that of all types."""
    pooled = _fitted_line(every, around=(1.0, 0.0))
    slope, intercept = _fitted_line(one, around=pooled)
    return ScoreCalibration(method=ScoreMethod.LOGISTIC, slope=round(slope, 5), intercept=round(intercept, 5))


def _fitted_line(one: ScoredDetections, *, around: tuple[float, float]) -> tuple[float, float]:
    """Slope and intercept by Newton's method, with a normal prior (deviation 1/2 and 1) around the given ones."""
    logits = _logits(one.scores)
    features = np.column_stack([logits, np.ones(len(logits))])
    centre, weight = np.array(around), np.diag([4.0, 1.0])
    solution = centre.copy()
    for _ in range(100):
        likely = 1 / (1 + np.exp(-np.clip(features @ solution, -30, 30)))
        gradient = features.T @ (likely - one.right) + weight @ (solution - centre)
        curvature = (features * (likely * (1 - likely))[:, None]).T @ features + weight
        step = np.linalg.solve(curvature, gradient)
        solution = solution - step / max(1.0, float(np.abs(step).max()))
        if np.abs(step).max() < 1e-10:
            break
    return max(float(solution[0]), 0.05), float(solution[1])


def _isotonic(one: ScoredDetections) -> ScoreCalibration:
    """Pool adjacent violators (Ayer et al., 1955), on blocks of ten detections.

    To each pool one detection with the mean share of right ones is added, so that no pool
    promises certainty. Knots lie at the pools' mean scores.
    """
    order = np.argsort(one.scores, kind="stable")
    blocks = np.array_split(order, max(2, len(order) // 10))
    pools: list[tuple[float, float, float]] = []  # right, detections, sum of scores
    for rows in blocks:
        pools.append((float(one.right[rows].sum()), float(len(rows)), float(one.scores[rows].sum())))
        while len(pools) > 1 and pools[-2][0] / pools[-2][1] >= pools[-1][0] / pools[-1][1]:
            last = pools.pop()
            pools[-1] = (pools[-1][0] + last[0], pools[-1][1] + last[1], pools[-1][2] + last[2])
    share = float(one.right.mean())
    knots: list[tuple[float, float]] = []
    for right, count, total in pools:
        score, likely = round(total / count, 5), round((right + share) / (count + 1), 4)
        if not knots:
            knots.append((score, likely))
        elif score > knots[-1][0]:
            knots.append((score, max(likely, knots[-1][1])))
    return ScoreCalibration(method=ScoreMethod.ISOTONIC, knots=tuple(knots))


def _log_loss(likely: Floats, true: NDArray[np.bool_]) -> float:
    held = np.clip(likely, _FAINTEST, _CLEAREST)
    return float(-np.where(true, np.log(held), np.log1p(-held)).mean())


def _logits(scores: Floats) -> Floats:
    held = np.clip(scores, _FAINTEST, _CLEAREST)
    return np.asarray(np.log(held / (1 - held)))
