"""Reliability: whether what is called probable comes true as often, with counts and intervals."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from coachwork.evaluation.bootstrap import wilson_interval
from coachwork.evaluation.run import Evaluation
from coachwork.evaluation.score_calibration import (
    calibration_error,
    equal_bins,
    error_by_chance,
    judged_detections,
)
from coachwork.reports.reliability_chart import ReliabilityBin, reliability_chart


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagram:
    """One reliability diagram.

    Attributes:
        name: of what.
        svg: the picture.
        note: counts and errors, as text.
    """

    name: str
    svg: Markup
    note: str


def reliability_bins(likely: NDArray[np.float64], true: NDArray[np.bool_]) -> tuple[ReliabilityBin, ...]:
    """Bins of about equal counts, each with its share of true ones and Wilson's interval (1927) at 95 %.

    Args:
        likely: (N,) probabilities.
        true: (N,) what came true.
    """
    bins = []
    for rows in equal_bins(likely):
        low, high = wilson_interval(float(true[rows].mean()), len(rows))
        bins.append(
            ReliabilityBin(
                likely=float(likely[rows].mean()), true=float(true[rows].mean()), low=low, high=high, count=len(rows)
            )
        )
    return tuple(bins)


def score_diagrams(evaluation: Evaluation) -> Iterator[Diagram]:
    """Of each type with reported detections: the card's probabilities, or the scores where it has none."""
    for facts in evaluation.facts:
        judged = judged_detections(evaluation.pairs, facts.type, from_score=facts.threshold)
        if not len(judged):
            continue
        rule = evaluation.point.score_calibration.get(facts.type)
        before = calibration_error(judged.scores, judged.right)
        note = f"{len(judged)} reported, {int(judged.right.sum())} right; error of scores {100 * before:.1f}"
        likely = judged.scores
        if rule is not None:
            likely = np.array([rule.probability(score) for score in judged.scores])
            note += f", of probabilities {100 * calibration_error(likely, judged.right):.1f}"
            note += f" (by chance alone, were each of them true, {100 * error_by_chance(likely):.1f})"
        chart = reliability_chart(
            reliability_bins(likely, judged.right),
            x_name="score" if rule is None else "probability",
            y_name="share that is right",
            title=f"reliability of {facts.type.words}",
        )
        yield Diagram(name=facts.type.words, svg=chart, note=note)


def verdict_diagrams(evaluation: Evaluation) -> Iterator[Diagram]:
    """Of the damage probability, on each kind of picture that has both damaged and undamaged ones.

    Damaged and undamaged pictures weigh the same in the calibration; a diagram draws evenly from both, so that it can
    be read against the diagonal.
    """
    for name, verdict in evaluation.verdicts.items():
        if not (verdict.damaged and verdict.undamaged):
            continue
        fewer = min(verdict.damaged, verdict.undamaged)
        rows = np.sort(
            np.concatenate(
                [_spread(verdict.probabilities, verdict.is_damaged == side, fewer) for side in (True, False)]
            )
        )
        likely, true = verdict.probabilities[rows], verdict.is_damaged[rows]
        chart = reliability_chart(
            reliability_bins(likely, true),
            x_name="damage probability",
            y_name="share that is damaged",
            title=f"reliability of the damage probability, {name}",
        )
        note = f"{fewer} damaged and {fewer} undamaged; error {100 * calibration_error(likely, true):.1f}"
        yield Diagram(name=f"damage probability, {name}", svg=chart, note=note)


def _spread(likely: NDArray[np.float64], side: NDArray[np.bool_], count: int) -> NDArray[np.int64]:
    """So many rows of one side, spread evenly over its probabilities."""
    rows = np.flatnonzero(side)
    rows = rows[np.argsort(likely[rows], kind="stable")]
    return rows[((np.arange(count) + 0.5) * len(rows) / count).astype(np.int64)]
