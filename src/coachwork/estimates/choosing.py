"""The choice of a way for every item, of least total over the whole car; exact, by branch and bound.

What ties the items together is paint, whose times go together, and work that two items have in common.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cached_property

from coachwork.estimates.labour_overlap import LabourOverlap, operations_of
from coachwork.estimates.money import ZERO
from coachwork.estimates.painting import Painting
from coachwork.estimates.rules import Operation
from coachwork.estimates.ways import Way
from coachwork.taxonomy import Item

Key = tuple[Item, str]
"""An item and its place."""
_Done = dict[Item, frozenset[Operation]]


def cheapest_ways(
    candidates: Mapping[Key, Sequence[Way]], painting: Painting, overlap: LabourOverlap
) -> dict[Key, Way]:
    """The choice of least total.

    Args:
        candidates: at least one way for each item.
        painting: of the car.
        overlap: of the card.
    """
    linked = overlap.linked(item for item, _ in candidates)
    chosen: dict[Key, Way] = {}
    doubtful: list[tuple[Key, Sequence[Way]]] = []
    for key, ways in candidates.items():
        kept = _undominated(ways, overlap.most(key[0], linked))
        if len(kept) == 1:
            chosen[key] = kept[0]
        else:
            doubtful.append((key, kept))
    search = _Search(chosen, doubtful, painting, overlap if linked else None)
    chosen |= {key: way for (key, _), way in zip(doubtful, search.best, strict=True)}
    return {key: chosen[key] for key in candidates}


def _undominated(ways: Sequence[Way], most_saved: Decimal) -> list[Way]:
    """The ways that can be the best, cheapest first.

    Painting on top never makes a way cheaper, and work in common never by more than `most_saved`.
    """
    kept: list[Way] = []
    for way in sorted(ways, key=lambda way: (way.amount, way.painted)):
        beaten = any((way.painted or not other.painted) and other.amount + most_saved <= way.amount for other in kept)
        if not beaten:
            kept.append(way)
    return kept


class _Search:
    """Branch and bound over the items of which more than one way can be the best."""

    def __init__(
        self,
        fixed: Mapping[Key, Way],
        doubtful: Sequence[tuple[Key, Sequence[Way]]],
        painting: Painting,
        overlap: LabourOverlap | None,
    ) -> None:
        self.doubtful, self.painting, self.overlap = doubtful, painting, overlap
        self.best: tuple[Way, ...] = ()
        self._least: Decimal | None = None
        self._rounding = 5 * Decimal(1).scaleb(-painting.card.decimals)  # of labour, materials, their taxes, the sum
        done: _Done = {}
        spent, painted = ZERO, frozenset[Item]()
        for (item, _), way in fixed.items():
            spent += way.amount - self._saved(item, way, done)
            painted |= self._painted(item, way)
            done = done | {item: operations_of(way.lines)}
        self._fixed = [item for item, _ in fixed]
        self._look(0, painted, spent, (), done)

    @cached_property
    def _still(self) -> list[Decimal]:
        """The least that the items from each place on can add, less all that they can save."""
        sums, before = [ZERO], [*self._fixed, *(item for (item, _), _ in self.doubtful)]
        for (item, _), ways in reversed(self.doubtful):
            before.pop()
            least = min(way.amount + (self.painting.least(item) if way.painted else ZERO) for way in ways)
            saved = ZERO if self.overlap is None else self.overlap.most(item, before)
            sums.append(sums[-1] + least - saved)
        return sums[::-1]

    def _saved(self, item: Item, way: Way, done: _Done) -> Decimal:
        return ZERO if self.overlap is None else self.overlap.saved(item, operations_of(way.lines), done)

    def _painted(self, item: Item, way: Way) -> frozenset[Item]:
        return frozenset({item}) if way.painted and self.painting.can_paint(item) else frozenset()

    def _look(self, place: int, painted: frozenset[Item], spent: Decimal, taken: tuple[Way, ...], done: _Done) -> None:
        """Tries all choices from an item on that can still be the cheapest."""
        so_far = spent + self.painting.amount(painted)
        if place == len(self.doubtful):
            if self._least is None or so_far < self._least:
                self._least, self.best = so_far, taken
            return
        if self._least is not None and so_far + self._still[place] - self._rounding >= self._least:
            return
        (item, _), ways = self.doubtful[place]
        branches = [
            (way, painted | self._painted(item, way), way.amount - self._saved(item, way, done)) for way in ways
        ]
        branches.sort(key=lambda branch: branch[2] + self.painting.amount(branch[1]))
        for way, panels, amount in branches:
            now = done | {item: operations_of(way.lines)} if self.overlap is not None else done
            self._look(place + 1, panels, spent + amount, (*taken, way), now)
