"""A window beside its reference, and what one signal of both comes to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from coachwork.monitoring.blocks import case_numbers, correlation_within, worth
from coachwork.monitoring.photo_record import PhotoRecord
from coachwork.monitoring.profile import duplicate_share, none_usable_share
from coachwork.monitoring.two_samples import Outcome

FEWEST_VALUES = 20
"""Values that either side must have for a test."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One signal of a window beside the reference.

    Attributes:
        signal: its name.
        test: by which it was compared.
        photos: of the window that have it.
        before, now: median of a number, share of a yes-or-no; None where no single figure says it.
        outcome: of the test.
        words: one clause that says how it moved.
    """

    signal: str
    test: str
    photos: int
    before: float | None
    now: float | None
    outcome: Outcome
    words: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Values:
    """One signal of one side.

    Attributes:
        values: (N,) float64.
        cases: (N,) number of each photo's case.
    """

    values: NDArray[np.float64]
    cases: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Group:
    """Photos on one side, with what is known beyond their records.

    Attributes:
        records: in the order of time.
        duplicates: share of photos that are copies of earlier ones.
        none_usable: share of cases without a usable photo.
        readable: those that could be read.
        cases: (N,) number of the case of each record.
        readable_cases: the same of those that could be read.
    """

    records: tuple[PhotoRecord, ...]
    duplicates: float
    none_usable: float
    readable: tuple[PhotoRecord, ...] = field(init=False)
    cases: NDArray[np.int64] = field(init=False)
    readable_cases: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        cases = case_numbers([one.case for one in self.records])
        could = np.array([one.readable for one in self.records], dtype=bool)
        object.__setattr__(self, "cases", cases)
        object.__setattr__(self, "readable", tuple(one for one in self.records if one.readable))
        object.__setattr__(self, "readable_cases", cases[could])

    @classmethod
    def of(cls, records: Sequence[PhotoRecord]) -> "Group":
        """Of records with their digests."""
        return cls(records=tuple(records), duplicates=duplicate_share(records), none_usable=none_usable_share(records))

    def values(self, value: Callable[[PhotoRecord], float], *, unread: bool = False) -> Values:
        """What a function says of each photo that could be read, NaN being left out; of all files with `unread`."""
        records, cases = (self.records, self.cases) if unread else (self.readable, self.readable_cases)
        found = np.array([value(one) for one in records], dtype=np.float64)
        known = ~np.isnan(found)
        return Values(values=found[known], cases=cases[known])


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Both sides.

    Attributes:
        before: the reference.
        now: the window.
        correlation: of two photos of one case where neither side can tell it.
    """

    before: Group
    now: Group
    correlation: float

    def worth(self, before: Values, now: Values) -> tuple[float, float]:
        """How many independent photos both sides of a signal are worth.

        The correlation within cases is each side's own, else the other's, else the one that was stated.
        """
        own = [correlation_within(one.values, one.cases) for one in (before, now)]
        either = next((one for one in own[::-1] if one is not None), self.correlation)
        known = [either if one is None else one for one in own]
        return worth(before.cases, known[0]), worth(now.cases, known[1])


def share_words(old: float, new: float) -> str:
    """How a share moved.

    >>> share_words(0.01, 0.125)
    'rose from 1 % to 12.5 %'
    """
    first, second = (f"{100 * value:.3g} %" for value in (old, new))
    if first == second:
        return f"stayed at {second}"
    return f"{'fell' if new < old else 'rose'} from {first} to {second}"
