"""What each judged case adds to the figures: matched lines, decisions on items, amounts, routes."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from coachwork.claims.settlement import Route
from coachwork.estimates.rules import Operation
from coachwork.settled.judging import JudgedCase
from coachwork.taxonomy import Item

OPERATIONS = tuple(operation for operation in Operation if operation is not Operation.ALLOWANCE)
"""Operations that lines are matched by; the allowance of the upper figure is no work on a bill."""


class Decision(StrEnum):
    """What was decided for an item, heaviest first."""

    REPLACE = "replace"
    REPAIR = "repair and refinish"
    KEEP = "keep the paint"
    NOTHING = "nothing"


_DECIDED_BY = {
    Operation.REPLACE: Decision.REPLACE,
    Operation.REPAIR: Decision.REPAIR,
    Operation.REFINISH: Decision.REPAIR,
    Operation.POLISH: Decision.KEEP,
    Operation.TOUCH_UP: Decision.KEEP,
    Operation.PDR: Decision.KEEP,
    Operation.GLASS_REPAIR: Decision.KEEP,
    Operation.REFURBISH: Decision.KEEP,
}
"""R&I, edging and blending are beside what was decided: an item with these alone counts as untouched."""
_DECISIONS, _ROUTES = tuple(Decision), tuple(Route)
Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CaseCounts:
    """Figures of N cases; what a case does not tell is NaN among amounts and 0 among counts.

    Attributes:
        matched, only_ours, only_theirs: (N, O) lines by operation of `OPERATIONS`.
        decisions: (N, 4, 4) items by what was done (rows) and what we say (columns), in the order of `Decision`.
        routes: (N, R, R) 0 or 1, by the person's route (rows) and ours (columns), in the order of `Route`.
        settled: (N,) total of the bill, where a total is proposed as well.
        lower, likely, upper: (N,) of the estimate.
        paid, payout: (N,) to the customer, and the likely one that we propose.
    """

    matched: Counts
    only_ours: Counts
    only_theirs: Counts
    decisions: Counts
    routes: Counts
    settled: Floats
    lower: Floats
    likely: Floats
    upper: Floats
    paid: Floats
    payout: Floats

    def __len__(self) -> int:
        return len(self.settled)

    def take(self, places: Sequence[int]) -> "CaseCounts":
        """Only these cases."""
        chosen = np.array(places, dtype=np.int64)
        return CaseCounts(**{one.name: getattr(self, one.name)[chosen] for one in fields(self)})


def count_cases(judged: Sequence[JudgedCase]) -> CaseCounts:
    """Counts of each case, in their order."""
    lines = [_lines(one) for one in judged]
    ours = [one.proposal for one in judged]
    return CaseCounts(
        matched=_table([row[0] for row in lines]),
        only_ours=_table([row[1] for row in lines]),
        only_theirs=_table([row[2] for row in lines]),
        decisions=np.array([_decisions(one) for one in judged], dtype=np.int64).reshape(len(judged), 4, 4),
        routes=np.array([_routes(one) for one in judged], dtype=np.int64).reshape(-1, len(_ROUTES), len(_ROUTES)),
        settled=_amounts(None if one.proposal.likely is None else one.case.outcome.total for one in judged),
        lower=_amounts(one.lower for one in ours),
        likely=_amounts(one.likely for one in ours),
        upper=_amounts(one.upper for one in ours),
        paid=_amounts(None if one.proposal.payout is None else one.case.outcome.payout for one in judged),
        payout=_amounts(one.payout for one in ours),
    )


def decided(lines: Iterable[tuple[Item, Operation]]) -> dict[Item, Decision]:
    """The heaviest that was done to each item.

    >>> decided([(Item.BONNET, Operation.REFINISH), (Item.BONNET, Operation.REPLACE), (Item.ROOF, Operation.BLEND)])
    {<Item.BONNET: 'bonnet'>: <Decision.REPLACE: 'replace'>}
    """
    found: dict[Item, Decision] = {}
    for item, operation in lines:
        decision = _DECIDED_BY.get(operation)
        if decision is not None:
            found[item] = min(decision, found.get(item, decision), key=_DECISIONS.index)
    return found


def _told(judged: JudgedCase) -> tuple[list[tuple[Item, Operation]], list[tuple[Item, Operation]]] | None:
    """Lines as proposed and as billed; None where one of them is not told."""
    ours, theirs = judged.proposal.lines, judged.case.outcome.lines
    if ours is None or theirs is None:
        return None
    return list(ours), [(line.item, line.operation) for line in theirs]


def _lines(judged: JudgedCase) -> tuple[Counter[Operation], Counter[Operation], Counter[Operation]]:
    """Matched by item and operation, each line once: of two wheels refurbished, one that we have is one match."""
    told = _told(judged)
    if told is None:
        return Counter(), Counter(), Counter()
    ours, theirs = Counter(told[0]), Counter(told[1])
    return _by_operation(ours & theirs), _by_operation(ours - theirs), _by_operation(theirs - ours)


def _by_operation(lines: Counter[tuple[Item, Operation]]) -> Counter[Operation]:
    found: Counter[Operation] = Counter()
    for (_, operation), count in lines.items():
        found[operation] += count
    return found


def _table(rows: Sequence[Counter[Operation]]) -> Counts:
    return np.array([[row[one] for one in OPERATIONS] for row in rows], dtype=np.int64).reshape(-1, len(OPERATIONS))


def _decisions(judged: JudgedCase) -> Counts:
    found = np.zeros((len(_DECISIONS), len(_DECISIONS)), dtype=np.int64)
    told = _told(judged)
    if told is not None:
        ours, theirs = decided(told[0]), decided(told[1])
        for item in ours.keys() | theirs.keys():
            row, column = (_DECISIONS.index(side.get(item, Decision.NOTHING)) for side in (theirs, ours))
            found[row, column] += 1
    return found


def _routes(judged: JudgedCase) -> Counts:
    found = np.zeros((len(_ROUTES), len(_ROUTES)), dtype=np.int64)
    if judged.proposal.route is not None and judged.case.outcome.route is not None:
        found[_ROUTES.index(judged.case.outcome.route), _ROUTES.index(judged.proposal.route)] = 1
    return found


def _amounts(amounts: Iterable[object]) -> Floats:
    """Decimals as floats: errors are measured here, nothing is paid."""
    return np.array([np.nan if amount is None else float(str(amount)) for amount in amounts], dtype=np.float64)
