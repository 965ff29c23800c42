"""Whether a candidate is worse than the champion by more than allowed, and what it takes to know.

A candidate passes where the lower end of the 95 % interval of the difference lies above the margin (a test of
non-inferiority; CONSORT extension, Piaggio et al., JAMA 308, 2012). That nothing was found is no proof that nothing is
there: where the interval holds the margin, the answer is that it could not be decided.
"""

import math

from coachwork.evaluation.bootstrap import Figure, wilson_interval
from coachwork.evaluation.comparing import FEWEST_PHOTOS
from coachwork.registry.gate import Outcome

_Z = 1.959964  # of a 95 % interval
_Z_POWER = 0.841621  # of a test that sees what it looks for in 80 of 100 cases
_MOST = 10_000_000
_LEAST_MARGIN = 1e-6  # a share; gates are written with six decimals


def turned(difference: Figure, *, higher_is_better: bool) -> Figure:
    """A difference in which more is better.

    >>> turned(Figure(value=0.02, low=-0.01, high=0.05), higher_is_better=False)
    Figure(value=-0.02, low=-0.05, high=0.01)
    """
    if higher_is_better or difference.value is None:
        return difference
    if difference.low is None or difference.high is None:
        return Figure(value=-difference.value)
    return Figure(value=-difference.value, low=-difference.high, high=-difference.low)


def not_worse(difference: Figure, *, margin: float, photos: int) -> tuple[Outcome, str]:
    """Judges a difference, and says why.

    Args:
        difference: candidate minus champion as a share with its 95 % interval, turned so that more is better.
        margin: how much worse is allowed, a share.
        photos: that the difference rests on.
    """
    if difference.value is None or difference.low is None or difference.high is None:
        return Outcome.UNDECIDED, "it could not be measured for both: no photo says anything of it"
    if photos < FEWEST_PHOTOS:
        return Outcome.UNDECIDED, f"{photos} photos are too few to conclude anything: it takes {FEWEST_PHOTOS} or more"
    if difference.low >= -margin:
        return Outcome.PASSED, f"it is not worse by more than {_points(margin)}, with 97.5 % confidence"
    if difference.value < -margin and difference.high < 0:
        return Outcome.FAILED, f"it is worse, and by more than {_points(margin)} in the estimate"
    return Outcome.UNDECIDED, _power(difference, margin, photos)


def photos_needed(difference: Figure, *, margin: float, photos: int) -> int | None:
    """Photos on which two models that are truly alike would pass in 80 of 100 cases; None where no number is enough."""
    spread = spread_of(difference)
    if spread is None or margin < _LEAST_MARGIN:
        return None
    needed = math.ceil(photos * ((_Z + _Z_POWER) * spread / margin) ** 2)
    return needed if needed <= _MOST else None


def smallest_seen(difference: Figure) -> float | None:
    """The drop, a share, that so many photos show in 80 of 100 cases; None where it cannot be told."""
    spread = spread_of(difference)
    return None if spread is None else (_Z + _Z_POWER) * spread


def spread_of(difference: Figure) -> float | None:
    """Standard error of a difference, from the width of its interval."""
    if difference.low is None or difference.high is None:
        return None
    return (difference.high - difference.low) / (2 * _Z)


def within_promise(missed: int, pictures: int, cars: int, *, promise: float) -> tuple[Outcome, str]:
    """Judges a miss rate against what is promised, and says why.

    Args:
        missed: damaged pictures that were called "none".
        pictures: damaged pictures.
        cars: groups of like pictures among them, by which the interval is made.
        promise: share 0..1.
    """
    if not pictures:
        return Outcome.UNDECIDED, "there is no damaged picture: add a dataset with damages"
    share = missed / pictures
    low, high = wilson_interval(share, cars)
    if high <= promise:
        return Outcome.PASSED, f"the promise of {promise:.1%} holds with 97.5 % confidence (at most {high:.1%})"
    if low > promise:
        return Outcome.FAILED, f"the promise of {promise:.1%} is broken (at least {low:.1%})"
    needed = cars_needed(share, promise)
    more = (
        f"about {needed:,} would decide it" if needed else "more photos will hardly decide it: it lies at the promise"
    )
    return Outcome.UNDECIDED, f"{cars} cars leave it between {low:.1%} and {high:.1%}; {more}"


def cars_needed(share: float, promise: float) -> int | None:
    """Cars from which on such a share would be told from a promise; None where it takes too many.

    >>> cars_needed(0.01, 0.05), cars_needed(0.05, 0.05)
    (116, None)
    """
    cars = 10
    while cars <= _MOST:
        low, high = wilson_interval(share, cars)
        if high <= promise or low > promise:
            return cars
        cars += max(1, cars // 50)
    return None


def _power(difference: Figure, margin: float, photos: int) -> str:
    seen, needed = smallest_seen(difference), photos_needed(difference, margin=margin, photos=photos)
    text = f"{photos} photos show a drop from {_points(seen or 0.0)} on (in 80 of 100 cases)"
    if needed is None:
        return f"{text}; no number of photos proves a margin of {_points(margin)}"
    return f"{text}; a margin of {_points(margin)} takes about {needed:,}"


def _points(share: float) -> str:
    return f"{100 * share:.1f} points"
