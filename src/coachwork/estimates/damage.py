"""The damages that an estimate is made of: what is known of each, and how surely."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from coachwork.reasons import Reason, said
from coachwork.span import Span
from coachwork.taxonomy import CarPart, DamageType, Severity

MOST_COUNT = 1000


class Access(StrEnum):
    """Whether a panel can be reached from behind, easiest first."""

    EASY = "easy"
    HARD = "hard"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairDamage:
    """One damage of the car, however many photos show it. What is unknown is None or empty, and widens the estimate.

    Attributes:
        name: by which the estimate's lines refer to it.
        type: what it is.
        part: what it lies on.
        place: tells apart items that a car has several of, such as "front left" for a wheel.
        count: how many like damages these are, such as hail dents on one panel; at least 1.
        size_mm: the longest extent of one of them, above 0.
        severity: levels that cannot be ruled out, mildest first.
        paint_broken: whether the paint is cut through to what lies under the clear coat.
        access: to the back of the panel.
        confidence: probability that the damage is there, 0 to 1; 1 where a person says so.
        prior: it was there before what is being settled.
    """

    name: str
    type: DamageType
    part: CarPart | None = None
    place: str = ""
    count: int = 1
    size_mm: Span | None = None
    severity: tuple[Severity, ...] = ()
    paint_broken: bool | None = None
    access: Access | None = None
    confidence: Decimal | None = None
    prior: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.count <= MOST_COUNT:
            message = f"the count of {self.name} must lie between 1 and {MOST_COUNT}, is {self.count}"
            raise ValueError(message)
        if self.size_mm is not None and self.size_mm.low <= 0:
            message = f"the size of {self.name} must be above 0 mm"
            raise ValueError(message)
        if self.confidence is not None and not 0 <= self.confidence <= 1:
            message = f"the confidence of {self.name} must lie between 0 and 1, is {self.confidence}"
            raise ValueError(message)
        if list(self.severity) != [level for level in Severity if level in self.severity]:
            message = f"the severities of {self.name} must be told once each, mildest first"
            raise ValueError(message)

    @property
    def words(self) -> Reason:
        """As people read it.

        >>> RepairDamage(name="d1", type=DamageType.DENT, part=CarPart.BONNET, count=6).words
        '6 dents on the bonnet'
        """
        what = said("damage.one", type=self.type)
        if self.count > 1:
            what = said("damage.several", count=self.count, type=self.type)
        if self.part is None:
            return said("damage.nowhere", what=what)
        if self.place:
            return said("damage.placed", what=what, place=self.place, part=self.part)
        return said("damage.on", what=what, part=self.part)


def by_name(damages: Iterable[RepairDamage]) -> list[RepairDamage]:
    """The damages in the order of their names as people count: "damage 2" stands before "damage 10"."""
    return sorted(damages, key=lambda one: (_counted(one.name), one.name))


def _counted(name: str) -> list[str | int]:
    """A name's texts and numbers in turn, a text first, so that equal places compare alike.

    >>> _counted("damage 10")
    ['damage ', 10, '']
    """
    return [int(one) if place % 2 else one for place, one in enumerate(re.split(r"([0-9]{1,18})", name))]
