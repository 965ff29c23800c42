"""The bound of "none" for a miss rate that the user states, by conformal risk control.

Photos of one car come in bursts and resemble each other, so that cars, not photos, are what is drawn alike. The loss of
a car is the share of its damaged photos whose damage probability lies below the bound; it rises with the bound and lies
in 0..1. With n cars of a calibration set, the largest bound for which

    (sum of the cars' losses + 1) / (n + 1) <= miss rate

holds for the next car as well: its expected loss is at most the miss rate, as long as it is drawn like the n
(Angelopoulos, Bates, Fisch, Lei and Schuster, "Conformal Risk Control", 2022, theorem 1). Where each car has one photo
this is the split-conformal quantile.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from coachwork.errors import CoachworkError

DEFAULT_MISS_RATE = 0.05
"""What is promised where nothing else is asked for; kinds of picture with too few cars to show it are not counted."""

LARGEST_RATE = 0.25
"""No miss rate above it can be stated: cards keep the lowest probabilities alone."""

_STEPS = 10_000


class MissRateError(CoachworkError):
    """A miss rate cannot be promised.

    Attributes:
        miss_rate: that was asked for.
    """

    def __init__(self, miss_rate: float, why: str) -> None:
        super().__init__(f"a miss rate of {percent(miss_rate)} cannot be promised: {why}")
        self.miss_rate = miss_rate


@dataclass(frozen=True, slots=True, kw_only=True)
class DamagedGroup:
    """What a model said of the damaged calibration pictures of one kind: as much as the bound needs.

    Attributes:
        name: the kind, such as "claims photos".
        pictures: how many damaged ones there are.
        clusters: of how many groups of like photos (a burst of one car).
        lowest: of the pictures with the lowest damage probabilities: the probability, rising, and how many damaged
            pictures the picture's cluster has. Probabilities are rounded down, which can only lower a bound.
    """

    name: str
    pictures: int
    clusters: int
    lowest: tuple[tuple[float, int], ...]

    def __post_init__(self) -> None:
        rising = all(first[0] <= second[0] for first, second in zip(self.lowest, self.lowest[1:], strict=False))
        held = all(0 <= probability <= 1 and size >= 1 for probability, size in self.lowest)
        if not (rising and held and 0 < self.clusters <= self.pictures and 0 < len(self.lowest) <= self.pictures):
            message = f"{self.name}: the lowest probabilities must rise, lie in 0..1, and be of the pictures there are"
            raise ValueError(message)

    @classmethod
    def of(cls, name: str, probabilities: Sequence[float], clusters: Sequence[str]) -> "DamagedGroup":
        """Sums up the damaged pictures (P,) of a kind, at least one, of which each lies in a cluster."""
        sizes = Counter(clusters)
        rows = sorted(
            (_rounded_down(one), sizes[cluster]) for one, cluster in zip(probabilities, clusters, strict=True)
        )
        kept, loss = [], 0.0
        for row in rows:
            kept.append(row)
            loss += 1 / row[1]
            if loss > LARGEST_RATE * (len(sizes) + 1):
                break
        return cls(name=name, pictures=len(rows), clusters=len(sizes), lowest=tuple(kept))

    def supports(self, miss_rate: float) -> bool:
        """Whether there are enough clusters to promise this rate."""
        return self.clusters >= clusters_needed(miss_rate)

    def bound(self, miss_rate: float) -> float:
        """The largest bound that keeps the rate; where it is not supported, the lowest probability that was seen."""
        allowed = miss_rate * (self.clusters + 1) - 1
        loss = 0.0
        for probability, size in self.lowest:
            loss += 1 / size
            if loss > max(allowed, 0.0) + 1e-9:
                return probability
        return self.lowest[-1][0]


def clusters_needed(miss_rate: float) -> int:
    """Cars (groups of like photos) without which a miss rate cannot be promised, whatever the model.

    >>> clusters_needed(0.05), clusters_needed(0.02), clusters_needed(0.01)
    (19, 49, 99)
    """
    return math.ceil(1 / miss_rate - 1 - 1e-9)


def promised_bound(groups: Iterable[DamagedGroup], miss_rate: float) -> float:
    """The bound that keeps a miss rate in every kind of picture with enough cars to show it.

    A kind with too few cars for the rate holds the bound below every damaged picture that was seen of it, so that a
    stricter rate never raises the bound.

    Raises:
        MissRateError: the rate is none that can be stated, or no kind of picture is large enough.
    """
    known = list(groups)
    if not known:
        why = (
            "the model's card keeps no calibration pictures to move the bound by; calibrate it on photos with  "
            "coachwork calibrate BUNDLE --on DATASET"
        )
        raise MissRateError(miss_rate, why)
    if not 0 < miss_rate <= LARGEST_RATE:
        raise MissRateError(miss_rate, f"state one above 0 and up to {percent(LARGEST_RATE)}")
    if not any(group.supports(miss_rate) for group in known):
        largest = max(known, key=lambda group: group.clusters)
        least = _least_rate(largest.clusters)
        why = (
            f"it needs damaged photos of at least {clusters_needed(miss_rate)} cars of one kind, and the model was "
            f"calibrated on {largest.clusters} ({largest.name}); calibrate it on more with  coachwork calibrate BUNDLE "
            "--on DATASET"
        )
        if least <= LARGEST_RATE:
            why += f", or state {percent(least)} or more"
        raise MissRateError(miss_rate, why)
    return min(group.bound(miss_rate) for group in known)


def percent(share: float) -> str:
    """A share in percent, with no more digits than it takes.

    >>> percent(0.05), percent(0.025), percent(0.0101)
    ('5 %', '2.5 %', '1.01 %')
    """
    return f"{100 * share:.4g} %"


def _least_rate(clusters: int) -> float:
    """The least rate so many clusters support, rounded up to a hundredth of a percent."""
    return math.ceil(1e4 / (clusters + 1) - 1e-9) / 1e4


def _rounded_down(probability: float) -> float:
    nearest = round(probability * _STEPS)
    return nearest / _STEPS if nearest / _STEPS <= probability else (nearest - 1) / _STEPS
