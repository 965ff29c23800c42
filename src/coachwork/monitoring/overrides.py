"""What people say against the model: a drift that no photo shows, as the meaning of a damage moved."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from coachwork.monitoring.blocks import correlation_within, worth
from coachwork.monitoring.pairing import Comparison, share_words
from coachwork.monitoring.two_samples import NOTHING, compare_shares

FEWEST_CASES = 20
SHARES = "Fisher's exact test"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Share:
    signal: str
    words: str
    more_is_worse: bool


_RATE = _Share(signal="override_rate", words="cases in which people overruled the model", more_is_worse=True)
_PRECISION = _Share(signal="precision", words="damages that people let stand", more_is_worse=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandledCase:
    """A case that a person decided or corrected.

    Attributes:
        at: when, UTC.
        market: where it came from.
        shown: damages that the model put before the person.
        deleted: of these, that the person took away.
        changed: of these, of which the person changed type, part or severity.
        added: damages that the model had missed.
    """

    at: datetime
    market: str = ""
    shown: int
    deleted: int = 0
    changed: int = 0
    added: int = 0

    def __post_init__(self) -> None:
        if min(self.shown, self.deleted, self.changed, self.added) < 0 or self.deleted + self.changed > self.shown:
            message = f"{self.deleted} deleted and {self.changed} changed of {self.shown} damages is none"
            raise ValueError(message)

    @property
    def overridden(self) -> bool:
        """Whether the person said anything against the model."""
        return self.deleted + self.changed + self.added > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """Cases before the window, and those of the window."""

    before: tuple[HandledCase, ...]
    now: tuple[HandledCase, ...]


def split_handled(cases: Sequence[HandledCase], *, last: int) -> Handled:
    """The last cases against all earlier ones.

    Args:
        cases: in any order.
        last: how many; of fewer than twice as many, the later half.
    """
    ordered = tuple(sorted(cases, key=lambda one: one.at))
    count = min(last, len(ordered) // 2)
    cut = len(ordered) - count
    return Handled(before=ordered[:cut], now=ordered[cut:])


def compare_overrides(handled: Handled, *, correlation: float) -> Iterator[Comparison]:
    """Whether people overrule the model more often than before, and find more of its damages wrong.

    Fewer objections than before are no drift.

    Args:
        handled: what they handled.
        correlation: of two damages of one case where it cannot be told.
    """
    before, now = handled.before, handled.now
    if min(len(before), len(now)) < FEWEST_CASES:
        return
    yes = [sum(one.overridden for one in side) for side in (before, now)]
    sizes = float(len(before)), float(len(now))
    yield _judged(_RATE, yes, (len(before), len(now)), sizes)
    flags = [_standing(side) for side in (before, now)]
    counts = flags[0][0].size, flags[1][0].size
    if min(counts) >= FEWEST_CASES:
        right = [int(values.sum()) for values, _ in flags]
        sizes = _worth(*flags[0], correlation), _worth(*flags[1], correlation)
        yield _judged(_PRECISION, right, counts, sizes)


def _judged(what: _Share, yes: Sequence[int], counts: tuple[int, int], worths: tuple[float, float]) -> Comparison:
    old, new = yes[0] / counts[0], yes[1] / counts[1]
    outcome = compare_shares(yes[0], counts[0], yes[1], counts[1], worth=worths)
    worse = new > old if what.more_is_worse else new < old
    return Comparison(
        signal=what.signal,
        test=SHARES,
        photos=counts[1],
        before=old,
        now=new,
        outcome=outcome if worse else NOTHING,
        words=f"{what.words} {share_words(old, new)}",
    )


def _standing(cases: Sequence[HandledCase]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Of each damage that was shown whether it stands, 1 or 0, and the number of its case."""
    values = [[0.0] * one.deleted + [1.0] * (one.shown - one.deleted) for one in cases]
    numbers = np.repeat(np.arange(len(cases)), [len(part) for part in values])
    return np.array([value for part in values for value in part], dtype=np.float64), numbers


def _worth(values: NDArray[np.float64], cases: NDArray[np.int64], usual: float) -> float:
    own = correlation_within(values, cases)
    return worth(cases, usual if own is None else own)
