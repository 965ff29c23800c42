"""What a person decides about single lines of an estimate: another operation, other figures, a line more or less."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from coachwork.errors import CoachworkError
from coachwork.estimates.line import item_words, work_words
from coachwork.estimates.rules import Operation
from coachwork.estimates.ways import WayKind
from coachwork.reasons import Reason, said
from coachwork.taxonomy import Item

MOST_HOURS = Decimal(1000)
MOST_PRICE = Decimal(10_000_000)
MOST_PLACE = 100


class WorkChangeError(CoachworkError):
    """A change of an estimate's line cannot be made so."""


class WorkDeed(StrEnum):
    """What is done to a line."""

    CHANGE = "change"
    REMOVE = "remove"
    ADD = "add"


WAY_OF: Mapping[Operation, WayKind] = {
    Operation.POLISH: WayKind.KEEP,
    Operation.TOUCH_UP: WayKind.KEEP,
    Operation.PDR: WayKind.KEEP,
    Operation.GLASS_REPAIR: WayKind.KEEP,
    Operation.REFURBISH: WayKind.KEEP,
    Operation.REPAIR: WayKind.REPAIR,
    Operation.REPLACE: WayKind.REPLACE,
}
"""Operations that one may be put in place of another, and how the item is put right by them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkChange:
    """One change, by one person; a line is known by its item, place and operation.

    Attributes:
        deed: what is done.
        item, place: of the line.
        operation: of the line, as it stands before the change.
        instead: how the item is put right instead; None leaves that.
        hours: of the line; None leaves them.
        parts: price of the part without tax, in the card's currency; None leaves it.
        net: fixed price of the whole line without tax, which its other charges give way to; None leaves them.
        reason: in the person's words.
        by: who.
        number: by which it is known; 0 where it is not kept.
    """

    deed: WorkDeed
    item: Item
    operation: Operation
    place: str = ""
    instead: Operation | None = None
    hours: Decimal | None = None
    parts: Decimal | None = None
    net: Decimal | None = None
    reason: str = ""
    by: str = ""
    number: int = 0

    def __post_init__(self) -> None:
        for told, most, what in ((self.hours, MOST_HOURS, "hours"), (self.parts, MOST_PRICE, "part's price")):
            _check(told, most, what)
        _check(self.net, MOST_PRICE, "price")
        if self.instead is not None and (self.instead not in WAY_OF or self.operation not in WAY_OF):
            message = f"{self.operation.value} cannot be put in place of another operation: change its hours or price"
            raise WorkChangeError(message)
        if self.deed is not WorkDeed.REMOVE and not self._says_something:
            message = said("refused.nothing_changed")
            raise WorkChangeError(message)
        if len(self.place) > MOST_PLACE:
            message = f"the place is longer than {MOST_PLACE} characters: shorten it"
            raise WorkChangeError(message)

    @property
    def key(self) -> tuple[Item, str]:
        """Item and place, of which a car has one."""
        return self.item, self.place

    @property
    def target(self) -> Operation:
        """Of the line after the change."""
        return self.instead or self.operation

    @property
    def has_figures(self) -> bool:
        """Whether it tells hours or a price."""
        return any(one is not None for one in (self.hours, self.parts, self.net))

    @property
    def words(self) -> Reason:
        """Which line it is about.

        >>> change = WorkChange(deed=WorkDeed.REMOVE, item=Item.ROOF, operation=Operation.BLEND)
        >>> change.words
        'roof: blend'
        """
        return work_words(item_words(self.item, self.place), self.operation)

    @property
    def _says_something(self) -> bool:
        other = self.instead is not None and self.instead is not self.operation and self.deed is WorkDeed.CHANGE
        return other or self.has_figures


def decided_operations(changes: Sequence[WorkChange]) -> dict[tuple[Item, str], WorkChange]:
    """Item and place -> the last change that says how the item is put right."""
    return {one.key: one for one in changes if one.deed is WorkDeed.CHANGE and one.instead is not None}


def _check(told: Decimal | None, most: Decimal, what: str) -> None:
    if told is not None and not (told.is_finite() and 0 <= told <= most):
        message = f"the {what} must be from 0 to {most:,}"
        raise WorkChangeError(message)
