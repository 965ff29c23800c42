"""Work that two items have in common when both come off the car: it is done, and charged, once.

To repair a front wing the bumper is loosened; where the bumper is off anyway, that part of the wing's R&I time is no
work. The rate card says so for pairs of items, in hours of body work.

No further damage makes a car cheaper by it. An item takes part only where the work that takes it off costs at least as
much as everything that it can save on others and on itself; so leaving the item out of a plan never makes it dearer.
What a pair saves is one amount, whatever else is done, rounded down.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, Decimal

from coachwork.estimates.items import LabourClass, fitting_class
from coachwork.estimates.line import Line, labour_price, taxed
from coachwork.estimates.money import ZERO, plain, rounded
from coachwork.estimates.rate_card import Charge, RateCard
from coachwork.estimates.rules import Operation, Rule
from coachwork.reasons import clauses, said
from coachwork.taxonomy import Item

_ORDER = {item: place for place, item in enumerate(Item)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What one pair has in common.

    Attributes:
        hours: of body work.
        labour, tax: what they cost, rounded down.
    """

    hours: Decimal
    labour: Decimal
    tax: Decimal

    @property
    def amount(self) -> Decimal:
        """With tax."""
        return self.labour + self.tax


class LabourOverlap:
    """The pairs of a card, and what they save in a plan."""

    def __init__(self, card: RateCard) -> None:
        self.card = card
        self._pairs: dict[Item, dict[Item, Shared]] = {}
        for pair, hours in card.labour_overlap.items():
            one, other = sorted(pair, key=_ORDER.__getitem__)
            shared = self._shared(hours)
            self._pairs.setdefault(one, {})[other] = shared
            self._pairs.setdefault(other, {})[one] = shared
        self._removed = {item for item in self._pairs if self._worth_removing(item)}
        self._replaced = {item for item in self._pairs if self._worth_replacing(item)}

    def linked(self, items: Iterable[Item]) -> frozenset[Item]:
        """Those of the items that have work in common with another one of them."""
        there = set(items)
        return frozenset(item for item in there if there & self._pairs.get(item, {}).keys())

    def saved(
        self, item: Item, operations: frozenset[Operation], others: Mapping[Item, frozenset[Operation]]
    ) -> Decimal:
        """What doing these operations on an item saves beside what is done to others."""
        near = self._pairs.get(item, {}).items()
        return sum(
            (
                shared.amount
                for other, shared in near
                if other in others and self._counts(item, operations, other, others[other])
            ),
            ZERO,
        )

    def most(self, item: Item, others: Iterable[Item]) -> Decimal:
        """What the item can save at the most with these others."""
        near = self._pairs.get(item, {})
        return sum((near[other].amount for other in others if other in near), ZERO)

    def applied(self, lines: Iterable[Line]) -> list[Line]:
        """The lines of a plan, with what pairs of items have in common taken off the later one's R&I."""
        found = list(lines)
        done = _done(found)
        places = {line.item: place for place, line in enumerate(found) if line.operation is Operation.REMOVE_INSTALL}
        for one in sorted(done.keys() & self._pairs.keys(), key=_ORDER.__getitem__):
            for other, shared in self._pairs[one].items():
                if _ORDER[one] < _ORDER[other] and other in done and self._counts(one, done[one], other, done[other]):
                    bearer = other if other in places else one
                    near = one if bearer is other else other
                    found[places[bearer]] = _less(found[places[bearer]], shared, near)
        return found

    def _counts(self, item: Item, operations: frozenset[Operation], other: Item, those: frozenset[Operation]) -> bool:
        """Whether both come off, one of them by an R&I line that can be shortened."""
        fitted = Operation.REMOVE_INSTALL in operations or Operation.REMOVE_INSTALL in those
        return fitted and self._takes_part(item, operations) and self._takes_part(other, those)

    def _takes_part(self, item: Item, operations: frozenset[Operation]) -> bool:
        removed = Operation.REMOVE_INSTALL in operations and item in self._removed
        return removed or (Operation.REPLACE in operations and item in self._replaced)

    def _shared(self, hours: Decimal) -> Shared:
        unit = Decimal(1).scaleb(-self.card.decimals)
        labour = (self.card.labour.get(LabourClass.BODY, ZERO) * hours).quantize(unit, rounding=ROUND_FLOOR)
        tax = (labour * (self.card.taxes or {}).get(Charge.LABOUR, ZERO)).quantize(unit, rounding=ROUND_FLOOR)
        return Shared(hours=hours, labour=labour, tax=tax)

    def _worth_removing(self, item: Item) -> bool:
        hours = self.card.item_hours(item).remove_install or ZERO
        labour = labour_price(self.card, LabourClass.BODY, hours) or ZERO
        near = self._pairs[item].values()
        return (
            sum((shared.hours for shared in near), ZERO) <= hours
            and sum((shared.labour for shared in near), ZERO) <= labour
            and sum((shared.tax for shared in near), ZERO) <= taxed(self.card, Charge.LABOUR, labour)
        )

    def _worth_replacing(self, item: Item) -> bool:
        card = self.card
        labour = labour_price(card, fitting_class(item), card.item_hours(item).replace or ZERO) or ZERO
        parts = rounded(card.part_prices.get(item, ZERO) * card.uncertainty.parts[0], card.decimals)
        whole = labour + parts + taxed(card, Charge.LABOUR, labour) + taxed(card, Charge.PARTS, parts)
        return sum((shared.amount for shared in self._pairs[item].values()), ZERO) <= whole


def operations_of(lines: Iterable[Line]) -> frozenset[Operation]:
    """What is done in some lines."""
    return frozenset(line.operation for line in lines)


def _done(lines: Iterable[Line]) -> dict[Item, frozenset[Operation]]:
    found: dict[Item, frozenset[Operation]] = {}
    for line in lines:
        found[line.item] = found.get(line.item, frozenset()) | {line.operation}
    return found


def _less(line: Line, shared: Shared, near: Item) -> Line:
    told = said("hours.off_anyway", hours=plain(shared.hours), item=near)
    return replace(
        line,
        hours=(line.hours or ZERO) - shared.hours,
        labour=line.labour - shared.labour,
        tax=line.tax - shared.tax,
        rules=tuple(dict.fromkeys((*line.rules, Rule.LABOUR_OVERLAP))),
        tables=tuple(dict.fromkeys((*line.tables, "labour_overlap"))),
        why=clauses(line.why, told),
    )
