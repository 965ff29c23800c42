"""The figures that say how good estimates are, on any drawing of cases."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from coachwork.evaluation.bootstrap import Figure, Weights, figure, ratio, wilson_interval
from coachwork.settled.counting import OPERATIONS, CaseCounts, Counts, Decision, Floats

_REPLACE, _REPAIR, _KEEP, _NOTHING = range(len(Decision))
_OFFER = 0  # place of the auto offer among routes


class Unit(StrEnum):
    """What a figure is: a share of counted things, an error relative to a bill, a plain number, or an amount."""

    SHARE = "share"
    RELATIVE = "relative"
    PLAIN = "plain"
    MONEY = "money"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One figure.

    Attributes:
        words: what people call it.
        unit: what it is.
        of: its values (B,) on B drawings of N cases, NaN where it cannot be measured.
        basis: (N,) how much each case adds to what it rests on.
    """

    words: str
    of: Callable[[CaseCounts, Weights], Floats]
    basis: Callable[[CaseCounts], Counts]
    unit: Unit = Unit.SHARE


def measured(measure: Measure, counts: CaseCounts, weights: Weights) -> Figure:
    """The figure on the cases, with a 95 % interval from drawing them.

    Args:
        measure: which.
        counts: of N cases.
        weights: (B, N) how often each was drawn; the interval is left out for less than two drawings.
    """
    once = np.ones((1, len(counts)), dtype=np.int64)
    with np.errstate(invalid="ignore"):
        value = float(measure.of(counts, once)[0]) if len(counts) else math.nan
        drawn = measure.of(counts, weights) if len(weights) > 1 and math.isfinite(value) else None
    found = figure(value, drawn)
    sure = found.low is not None and found.low == found.high and measure.unit is Unit.SHARE and value in {0.0, 1.0}
    if sure:  # drawings of cases that agree cannot tell how many more may not
        low, high = wilson_interval(value, int((measure.basis(counts) > 0).sum()))
        return Figure(value=value, low=low, high=high)
    return found


def widening(counts: CaseCounts, promised: float) -> float | None:
    """By how much both ends must move out, against the likely total, for a new bill to lie inside as often as promised.

    Below 0 they could move in. It is the quantile of split conformal prediction for intervals (Romano, Patterson and
    Candes, "Conformalized Quantile Regression", 2019), of rank ceil((n + 1) x promised) in what each case needs. None
    where there are too few cases, or where too many of them have a bill and nothing that is likely.
    """
    known = _has_total(counts)
    beyond = np.maximum(counts.lower - counts.settled, counts.settled - counts.upper)[known]
    likely = counts.likely[known]
    far = np.where(beyond > 0, np.inf, 0.0)
    needed = np.divide(beyond, likely, out=far, where=likely > 0)
    place = math.ceil((len(needed) + 1) * promised)
    if not len(needed) or place > len(needed):
        return None
    found = float(np.sort(needed)[place - 1])
    return found if math.isfinite(found) else None


def weighted_median(values: Floats, weights: Weights) -> Floats:
    """The median of each drawing, the mean of both middle values where the count is even; NaNs are left out.

    Args:
        values: (N,).
        weights: (B, N), how often each value stands in each drawing.

    >>> drawn = np.array([[1, 1, 1, 9], [2, 2, 0, 0], [0, 0, 0, 1]])
    >>> weighted_median(np.array([3.0, 1.0, 2.0, np.nan]), drawn).tolist()
    [2.0, 2.0, nan]
    """
    known = np.flatnonzero(np.isfinite(values))
    if not len(known):
        return np.full(len(weights), np.nan)
    order = known[np.argsort(values[known], kind="stable")]
    passed = np.cumsum(weights[:, order], axis=1)
    whole = passed[:, -1]
    middles = [
        values[order][np.minimum((passed < rank[:, None]).sum(axis=1), len(order) - 1)]
        for rank in ((whole + 1) // 2, whole // 2 + 1)
    ]
    return np.where(whole > 0, (middles[0] + middles[1]) / 2, np.nan)


def _has_total(counts: CaseCounts) -> NDArray[np.bool_]:
    return np.isfinite(counts.settled)


def _relative(counts: CaseCounts) -> Floats:
    """(N,) our total against the settled one, less 1; NaN where nothing was paid."""
    billed = np.where(counts.settled > 0, counts.settled, np.nan)
    return np.asarray(counts.likely / billed - 1, dtype=np.float64)


def _share(hits: Callable[[CaseCounts], Floats], of: Callable[[CaseCounts], Floats]) -> Callable[..., Floats]:
    def value(counts: CaseCounts, weights: Weights) -> Floats:
        return ratio(weights @ hits(counts), weights @ of(counts))

    return value


def _within(limit: float) -> Measure:
    def hits(counts: CaseCounts) -> Floats:
        return np.asarray(np.abs(_relative(counts)) <= limit + 1e-9, dtype=np.float64)

    def of(counts: CaseCounts) -> Floats:
        return np.asarray(np.isfinite(_relative(counts)), dtype=np.float64)

    return Measure(
        words=f"totals within {100 * limit:g} %", of=_share(hits, of), basis=lambda c: of(c).astype(np.int64)
    )


def _inside(side: int) -> Callable[[CaseCounts], Floats]:
    """Totals below (-1), inside (0) or above (1) the interval."""

    def hits(counts: CaseCounts) -> Floats:
        place = (counts.settled > counts.upper).astype(int) - (counts.settled < counts.lower).astype(int)
        return np.asarray(_has_total(counts) & (place == side), dtype=np.float64)

    return hits


def _totals(counts: CaseCounts) -> Floats:
    return _has_total(counts).astype(np.float64)


def _number_of_totals(counts: CaseCounts) -> Counts:
    return _has_total(counts).astype(np.int64)


def _bias(ours: str, theirs: str) -> Callable[[CaseCounts, Weights], Floats]:
    def value(counts: CaseCounts, weights: Weights) -> Floats:
        told, paid = getattr(counts, ours), getattr(counts, theirs)
        known = np.isfinite(paid) & np.isfinite(told)
        return ratio(weights @ np.where(known, told, 0.0), weights @ np.where(known, paid, 0.0)) - 1

    return value


def _f1(column: Callable[[CaseCounts], tuple[Counts, Counts, Counts]]) -> Callable[[CaseCounts, Weights], Floats]:
    def value(counts: CaseCounts, weights: Weights) -> Floats:
        matched, ours, theirs = (weights @ one for one in column(counts))
        return ratio(2 * matched, 2 * matched + ours + theirs)

    return value


def _lines(counts: CaseCounts) -> tuple[Counts, Counts, Counts]:
    return tuple(one.sum(axis=1) for one in (counts.matched, counts.only_ours, counts.only_theirs))


def _of_decisions(wanted: tuple[int, ...]) -> Callable[[CaseCounts], tuple[Counts, Counts, Counts]]:
    """Items for which both, only we, only they decided so."""

    def column(counts: CaseCounts) -> tuple[Counts, Counts, Counts]:
        chosen = np.isin(np.arange(len(Decision)), wanted)
        both = counts.decisions[:, chosen][:, :, chosen].sum(axis=(1, 2))
        ours = counts.decisions[:, :, chosen].sum(axis=(1, 2)) - both
        return both, ours, counts.decisions[:, chosen].sum(axis=(1, 2)) - both

    return column


def _repair_replace(counts: CaseCounts, weights: Weights) -> Floats:
    replace, repair = (_f1(_of_decisions(one))(counts, weights) for one in ((_REPLACE,), (_REPAIR, _KEEP)))
    return np.asarray((replace + repair) / 2, dtype=np.float64)


def _items(counts: CaseCounts) -> Counts:
    return np.asarray(counts.decisions.sum(axis=(1, 2)), dtype=np.int64)


def _right_items(counts: CaseCounts) -> Floats:
    return np.asarray(np.trace(counts.decisions, axis1=1, axis2=2), dtype=np.float64)


def _kappa(tables: Callable[[CaseCounts], Counts]) -> Callable[[CaseCounts, Weights], Floats]:
    """Cohen's kappa: agreement beyond what chance would give with the same numbers of each answer."""

    def value(counts: CaseCounts, weights: Weights) -> Floats:
        drawn = np.tensordot(weights, tables(counts), axes=1).astype(np.float64)  # (B, K, K)
        whole = drawn.sum(axis=(1, 2))
        by_chance = ratio((drawn.sum(axis=1) * drawn.sum(axis=2)).sum(axis=1), whole**2)
        return ratio(ratio(np.trace(drawn, axis1=1, axis2=2), whole) - by_chance, 1 - by_chance)

    return value


def _width(counts: CaseCounts, weights: Weights) -> Floats:
    likely = np.where(_has_total(counts) & (counts.likely > 0), counts.likely, np.nan)
    width = (counts.upper - counts.lower) / likely
    known = np.isfinite(width)
    return ratio(weights @ np.where(known, width, 0.0), weights @ known.astype(np.float64))


def _route_share(rows: slice, columns: slice, of_rows: slice, of_columns: slice) -> Callable[..., Floats]:
    def part(place: tuple[slice, slice]) -> Callable[[CaseCounts], Floats]:
        return lambda counts: np.asarray(counts.routes[:, place[0], place[1]].sum(axis=(1, 2)), dtype=np.float64)

    return _share(part((rows, columns)), part((of_rows, of_columns)))


_ALL, _IS_OFFER, _IS_OTHER = slice(None), slice(_OFFER, _OFFER + 1), slice(_OFFER + 1, None)


def _routed(counts: CaseCounts) -> Counts:
    return np.asarray(counts.routes.sum(axis=(1, 2)), dtype=np.int64)


def _number_of_lines(counts: CaseCounts) -> Counts:
    return np.asarray(sum(_lines(counts)), dtype=np.int64)


def _number_paid(counts: CaseCounts) -> Counts:
    return (np.isfinite(counts.paid) & np.isfinite(counts.payout)).astype(np.int64)


MEASURES: Mapping[str, Measure] = {
    "bias": Measure(
        words="bias of all totals together", of=_bias("likely", "settled"), unit=Unit.RELATIVE, basis=_number_of_totals
    ),
    "median_signed_error": Measure(
        words="median error, signed",
        of=lambda c, w: weighted_median(_relative(c), w),
        unit=Unit.RELATIVE,
        basis=_number_of_totals,
    ),
    "median_relative_error": Measure(
        words="median error, either way",
        of=lambda c, w: weighted_median(np.abs(_relative(c)), w),
        unit=Unit.RELATIVE,
        basis=_number_of_totals,
    ),
    "median_absolute_error": Measure(
        words="median error in money",
        of=lambda c, w: weighted_median(np.abs(c.likely - c.settled), w),
        basis=_number_of_totals,
        unit=Unit.MONEY,
    ),
    "within_10": _within(0.10),
    "within_20": _within(0.20),
    "coverage": Measure(words="totals inside the interval", of=_share(_inside(0), _totals), basis=_number_of_totals),
    "above": Measure(words="totals above it", of=_share(_inside(1), _totals), basis=_number_of_totals),
    "below": Measure(words="totals below it", of=_share(_inside(-1), _totals), basis=_number_of_totals),
    "mean_width": Measure(
        words="its mean width against the likely total", of=_width, unit=Unit.RELATIVE, basis=_number_of_totals
    ),
    "line_precision": Measure(
        words="our lines that were billed",
        of=lambda c, w: ratio(w @ _lines(c)[0], w @ (_lines(c)[0] + _lines(c)[1])),
        basis=_number_of_lines,
    ),
    "line_recall": Measure(
        words="billed lines that we have",
        of=lambda c, w: ratio(w @ _lines(c)[0], w @ (_lines(c)[0] + _lines(c)[2])),
        basis=_number_of_lines,
    ),
    "line_f1": Measure(words="F1 of lines", of=_f1(_lines), basis=_number_of_lines),
    "replace_f1": Measure(words="F1 of replacing", of=_f1(_of_decisions((_REPLACE,))), basis=_items),
    "repair_f1": Measure(words="F1 of repairing", of=_f1(_of_decisions((_REPAIR, _KEEP))), basis=_items),
    "repair_replace_f1": Measure(words="repair/replace F1, mean of both", of=_repair_replace, basis=_items),
    "items_right": Measure(
        words="items decided alike", of=_share(_right_items, lambda c: _items(c).astype(np.float64)), basis=_items
    ),
    "items_kappa": Measure(
        words="the same beyond chance, kappa", of=_kappa(lambda c: c.decisions), basis=_items, unit=Unit.PLAIN
    ),
    "routes_right": Measure(
        words="routes taken alike",
        of=_share(
            lambda c: np.asarray(np.trace(c.routes, axis1=1, axis2=2), dtype=np.float64),
            lambda c: _routed(c).astype(np.float64),
        ),
        basis=_routed,
    ),
    "routes_kappa": Measure(
        words="the same beyond chance, kappa", of=_kappa(lambda c: c.routes), basis=_routed, unit=Unit.PLAIN
    ),
    "offers": Measure(words="claims that we offer on", of=_route_share(_ALL, _IS_OFFER, _ALL, _ALL), basis=_routed),
    "wrong_offers": Measure(
        words="our offers that a person sent elsewhere",
        of=_route_share(_IS_OTHER, _IS_OFFER, _ALL, _IS_OFFER),
        basis=lambda c: np.asarray(c.routes[:, :, _OFFER].sum(axis=1), dtype=np.int64),
    ),
    "missed_offers": Measure(
        words="a person's offers that we send to a person",
        of=_route_share(_IS_OFFER, _IS_OTHER, _IS_OFFER, _ALL),
        basis=lambda c: np.asarray(c.routes[:, _OFFER].sum(axis=1), dtype=np.int64),
    ),
    "payout_bias": Measure(
        words="bias of all payouts together", of=_bias("payout", "paid"), unit=Unit.RELATIVE, basis=_number_paid
    ),
}
"""Name in JSON -> figure, in the order of reports."""


def operation_measure(place: int) -> Mapping[str, Measure]:
    """Precision, recall and F1 of one operation, by its place in `OPERATIONS`."""

    def column(counts: CaseCounts) -> tuple[Counts, Counts, Counts]:
        return counts.matched[:, place], counts.only_ours[:, place], counts.only_theirs[:, place]

    def number(counts: CaseCounts) -> Counts:
        return np.asarray(sum(column(counts)), dtype=np.int64)

    words = OPERATIONS[place].value
    return {
        "precision": Measure(
            words=words, of=lambda c, w: ratio(w @ column(c)[0], w @ (column(c)[0] + column(c)[1])), basis=number
        ),
        "recall": Measure(
            words=words, of=lambda c, w: ratio(w @ column(c)[0], w @ (column(c)[0] + column(c)[2])), basis=number
        ),
        "f1": Measure(words=words, of=_f1(column), basis=number),
    }
