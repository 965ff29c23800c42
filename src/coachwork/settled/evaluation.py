"""How good estimates are: every figure on settled cases, with intervals, over all cases and by kind of case."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from coachwork.errors import CoachworkError
from coachwork.evaluation.bootstrap import Figure, Weights, cluster_weights
from coachwork.settled.case import SettledCaseError
from coachwork.settled.counting import OPERATIONS, CaseCounts, Counts, count_cases
from coachwork.settled.figures import MEASURES, Measure, measured, operation_measure, widening
from coachwork.settled.judging import JudgedCase
from coachwork.settled.slices import CaseSlice, slices_of

PROMISED = 0.90
"""Share of settled totals that an interval should hold, unless somebody promises another one."""
SLICE_MEASURES = ("bias", "median_relative_error", "within_10", "within_20", "coverage", "line_f1", "repair_replace_f1")
"""What is told of each kind of case."""


class NothingSettled(CoachworkError):
    """No case of a file can be used."""

    def __init__(self, file: str, problems: Sequence[SettledCaseError] = ()) -> None:
        first = f"; the first problem: {problems[0]}" if problems else ""
        why = f"{file} holds no case that can be used: see docs/settled-cases.md for what a case must hold{first}"
        super().__init__(why)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A figure, and what it rests on.

    Attributes:
        figure: with its interval.
        rests_on: how many lines, items or cases it counts.
    """

    figure: Figure
    rests_on: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceFigures:
    """The figures of one kind of cases; see `SLICE_MEASURES`."""

    slice: CaseSlice
    figures: Mapping[str, Measured]


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateEvaluation:
    """What was measured.

    Attributes:
        about: what was measured on and by, for people.
        currency, decimals: of amounts.
        cases, clusters: how many could be used; cases of a cluster are drawn together.
        synthetic: how many of them say that they were made up.
        open: in how many of them something could not be priced, so that the total is too low.
        problems: what could not be used.
        figures: over all cases, in the order of `MEASURES`.
        operations: precision, recall and F1 of each operation that occurs.
        decisions: (4, 4) items by what was done (rows) and what we say (columns), in the order of `Decision`.
        routes: (R, R) claims by the person's route (rows) and ours (columns), in the order of `Route`.
        promised: share of settled totals that the intervals should hold.
        widening: by how much both ends of the intervals must move out, against the likely total, to hold it; below 0
            they could move in; None where it cannot be told.
        slices: kinds of cases.
        counts: of each case, for drawing.
    """

    about: Mapping[str, str]
    currency: str
    decimals: int
    cases: int
    clusters: int
    synthetic: int
    open: int
    problems: tuple[SettledCaseError, ...]
    figures: Mapping[str, Measured]
    operations: Mapping[str, Mapping[str, Measured]]
    decisions: Counts
    routes: Counts
    promised: float
    widening: float | None
    slices: tuple[SliceFigures, ...]
    counts: CaseCounts


def evaluate_estimates(
    judged: Sequence[JudgedCase],
    *,
    file: str,
    about: Mapping[str, str],
    problems: Sequence[SettledCaseError] = (),
    synthetic: int = 0,
    decimals: int = 2,
    promised: float = PROMISED,
    resamples: int = 1000,
    seed: int = 0,
) -> EstimateEvaluation:
    """Measures estimates and routes against what was settled.

    Args:
        judged: cases, at least one.
        file: as errors call it.
        about: what is told of the run.
        problems: cases that are not among them.
        synthetic: how many of them were made up.
        decimals: of amounts.
        promised: share of settled totals that the intervals should hold, 0 to 1.
        resamples: drawings per interval; whole clusters are drawn.
        seed: equal seeds draw alike.

    Raises:
        NothingSettled: there is no case.
    """
    if not judged:
        raise NothingSettled(file, problems)
    counts = count_cases(judged)
    clusters = [one.case.cluster for one in judged]
    draw = _drawer(clusters, resamples, seed)
    everything = _Measuring(counts, draw(range(len(judged))))
    present = [place for place in range(len(OPERATIONS)) if _occurs(counts, place)]
    return EstimateEvaluation(
        about=dict(about),
        currency=judged[0].case.currency,
        decimals=decimals,
        cases=len(judged),
        clusters=len(set(clusters)),
        synthetic=synthetic,
        open=sum(one.proposal.open for one in judged),
        problems=tuple(problems),
        figures=everything.all(MEASURES),
        operations={OPERATIONS[place].value: everything.all(operation_measure(place)) for place in present},
        decisions=counts.decisions.sum(axis=0),
        routes=counts.routes.sum(axis=0),
        promised=promised,
        widening=widening(counts, promised),
        slices=tuple(
            SliceFigures(
                slice=one,
                figures=_Measuring(counts.take(one.places), draw(one.places)).all(
                    {name: MEASURES[name] for name in SLICE_MEASURES}
                ),
            )
            for one in slices_of(judged)
        ),
        counts=counts,
    )


def _occurs(counts: CaseCounts, place: int) -> bool:
    return any(bool(one[:, place].any()) for one in (counts.matched, counts.only_ours, counts.only_theirs))


def _drawer(clusters: Sequence[str], resamples: int, seed: int) -> Callable[[Sequence[int]], Weights]:
    """Draws some of the cases; a single cluster gives no interval."""

    def draw(places: Sequence[int]) -> Weights:
        chosen = [clusters[place] for place in places]
        if len(set(chosen)) < 2:
            return np.ones((1, len(chosen)), dtype=np.int64)
        return cluster_weights(chosen, resamples=resamples, seed=seed)

    return draw


class _Measuring:
    def __init__(self, counts: CaseCounts, weights: Weights) -> None:
        self.counts, self.weights = counts, weights

    def all(self, measures: Mapping[str, Measure]) -> dict[str, Measured]:
        return {
            name: Measured(
                figure=measured(measure, self.counts, self.weights), rests_on=int(measure.basis(self.counts).sum())
            )
            for name, measure in measures.items()
        }
