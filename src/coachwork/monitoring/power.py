"""How many photos it takes until a shift of a given size is told: the power of each signal's test, by simulation.

Windows are drawn by whole cases from the reference, shifted, and compared with a reference that is drawn likewise; the
smallest window that is called drift in a stated share of the draws is the answer. Each test has the chance of a false
alarm that it has in the rule of `coachwork.monitoring.checking`, divided by the number of tests: Holm's correction is
at least as kind.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coachwork.monitoring.blocks import correlation_within, worth
from coachwork.monitoring.drift import Level
from coachwork.monitoring.joint import compare_embeddings
from coachwork.monitoring.pairing import FEWEST_VALUES
from coachwork.monitoring.photo_record import MEASURES, PhotoRecord
from coachwork.monitoring.profile import Profile
from coachwork.monitoring.thresholds import Thresholds
from coachwork.monitoring.two_samples import Outcome, compare_numbers, compare_shares

TESTS = 22
"""Tests of one slice, about; each market and device adds as many."""

_SIZES = (20, 30, 40, 60, 80, 120, 160, 250, 350, 500, 700, 1000, 1500, 2000, 3000)
_DARKER = (0.1, 0.2, 0.3, 0.5)
_STEPS = (0.3, 0.5, 1.0)
_POINTS = (0.02, 0.05, 0.1, 0.2)
_YES: dict[str, Callable[[PhotoRecord], bool]] = {
    "unreadable": lambda one: not one.readable,
    "unusable": lambda one: not one.usable,
    "strange": lambda one: bool(one.strange),
}

Draw = Callable[[int, np.random.Generator], Outcome]
"""A window's size -> the outcome of one draw."""

Moved = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Values -> the same after a shift."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """How soon one shift is seen.

    Attributes:
        signal: by which it is seen.
        shift: what happened, in words.
        photos: of the smallest window that tells it; None where not even 3,000 photos do.
        share: of windows of that size that tell it.
        too_small: whether it is seen, but moves too few of the photos to be called drift.
    """

    signal: str
    shift: str
    photos: int | None
    share: float
    too_small: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shift:
    signal: str
    words: str
    draw: Draw


def power_table(
    profile: Profile,
    thresholds: Thresholds,
    *,
    share: float = 0.8,
    tests: int = TESTS,
    draws: int = 100,
    seed: int = 0,
    seen: Callable[[int, int], None] = lambda _done, _all: None,
) -> list[Power]:
    """How many photos each signal takes for shifts of several sizes.

    Args:
        profile: the reference.
        thresholds: when drift is told.
        share: of the windows that must tell it.
        tests: that share the chance of a false alarm.
        draws: windows that are tried at each size.
        seed: equal ones give equal tables.
        seen: told how many shifts are done, of how many.
    """
    alpha = thresholds.alpha / len(thresholds.windows) / tests
    shifts = [*_number_shifts(profile, thresholds), *_share_shifts(profile), *_joint_shifts(profile)]
    found = []
    for done, shift in enumerate(shifts, start=1):
        found.append(_smallest(shift, thresholds, alpha, share=share, draws=draws, seed=seed))
        seen(done, len(shifts))
    return found


def _smallest(shift: _Shift, thresholds: Thresholds, alpha: float, *, share: float, draws: int, seed: int) -> Power:
    """Bisection: power rises with the number of photos."""

    def told(size: int) -> tuple[float, float]:
        """Shares of the draws that are called drift, and that are seen at all."""
        random = np.random.default_rng([seed, size])
        outcomes = [shift.draw(size, random) for _ in range(draws)]
        levels = [
            thresholds.level(shift.signal, p_adjusted=one.p_value, alpha=alpha, effect=one.effect) for one in outcomes
        ]
        seen = sum(one.p_value <= alpha for one in outcomes)
        return sum(level is not Level.OK for level in levels) / draws, seen / draws

    low, high = 0, len(_SIZES) - 1
    reached, significant = told(_SIZES[-1])
    if reached < share:
        too_small = significant >= share
        return Power(signal=shift.signal, shift=shift.words, photos=None, share=reached, too_small=too_small)
    while low < high:
        middle = (low + high) // 2
        here, _ = told(_SIZES[middle])
        if here >= share:
            high, reached = middle, here
        else:
            low = middle + 1
    return Power(signal=shift.signal, shift=shift.words, photos=_SIZES[high], share=reached)


def _number_shifts(profile: Profile, thresholds: Thresholds) -> Iterator[_Shift]:
    for name, measure in MEASURES.items():
        values, cases = _column(profile, name)
        spread = float(values.std()) if values.size >= FEWEST_VALUES else 0.0
        if spread <= 0 or _mostly_one(values):
            continue
        if name == "brightness":
            for part in _DARKER:
                draw = _number_draw(values, cases, _darker(part), thresholds)
                yield _Shift(signal=name, words=f"{part:.0%} darker", draw=draw)
        else:
            unit = f" {measure.unit}" if measure.unit else ""
            for step in _STEPS:
                words = f"moved by {step * spread:.{max(measure.digits, 1)}f}{unit} ({step:g} sd)"
                draw = _number_draw(values, cases, _moved(step * spread), thresholds)
                yield _Shift(signal=name, words=words, draw=draw)


def _mostly_one(values: NDArray[np.float64]) -> bool:
    """Whether so many values are equal that moving all of them by a step says nothing."""
    return float(np.unique(values, return_counts=True)[1].max()) / values.size > 0.2


def _share_shifts(profile: Profile) -> Iterator[_Shift]:
    for name, test in _YES.items():
        flags = [test(one) for one in profile.records]
        before = sum(flags) / len(flags)
        for points in _POINTS:
            if before + points <= 1:
                text = f"from {100 * before:.2g} % to {100 * (before + points):.2g} %"
                yield _Shift(signal=name, words=text, draw=_share_draw(before, points, len(flags)))


def _joint_shifts(profile: Profile) -> Iterator[_Shift]:
    rows = [one.embedding for one in profile.records if one.embedding is not None]
    if len(rows) < FEWEST_VALUES:
        return
    table = np.stack(rows)
    direction = np.linalg.svd(table - table.mean(axis=0), full_matrices=False)[2][0]
    spread = float((table @ direction).std())
    for step in _STEPS:
        text = f"moved by {step:g} sd along their main direction"
        yield _Shift(signal="embedding", words=text, draw=_joint_draw(table, step * spread * direction))


def _number_draw(values: NDArray[np.float64], cases: NDArray[np.int64], shifted: Moved, thresholds: Thresholds) -> Draw:
    blocks = _blocks(cases)
    own = correlation_within(values, cases)
    kept = worth(cases, thresholds.correlation if own is None else own) / values.size

    def draw(size: int, random: np.random.Generator) -> Outcome:
        before = values[_drawn(blocks, values.size, random)]
        now = shifted(values[_drawn(blocks, size, random)])
        return compare_numbers(before, now, worth_before=kept * before.size, worth_now=kept * now.size)

    return draw


def _darker(part: float) -> Moved:
    return lambda values: values * (1 - part)


def _moved(step: float) -> Moved:
    return lambda values: values + step


def _share_draw(before: float, points: float, known: int) -> Draw:
    def draw(size: int, random: np.random.Generator) -> Outcome:
        yes = int(random.binomial(known, before)), int(random.binomial(size, before + points))
        return compare_shares(yes[0], known, yes[1], size, worth=(float(known), float(size)))

    return draw


def _joint_draw(table: NDArray[np.float32], offset: NDArray[np.float32]) -> Draw:
    def draw(size: int, random: np.random.Generator) -> Outcome:
        before = table[random.integers(0, len(table), min(len(table), 500))]
        now = table[random.integers(0, len(table), min(size, 500))] + offset
        cases = np.arange(len(before)), np.arange(len(now))
        return compare_embeddings(before, now, cases_before=cases[0], cases_now=cases[1], exchanges=200)

    return draw


def _column(profile: Profile, name: str) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    having = [place for place, one in enumerate(profile.records) if name in one.measures]
    values = np.array([profile.records[place].measures[name] for place in having], dtype=np.float64)
    return values, profile.cases[having]


def _blocks(cases: NDArray[np.int64]) -> list[NDArray[np.intp]]:
    order = np.argsort(cases, kind="stable")
    return list(np.split(order, np.flatnonzero(np.diff(cases[order])) + 1))


def _drawn(blocks: Sequence[NDArray[np.intp]], size: int, random: np.random.Generator) -> NDArray[np.intp]:
    """Places of so many photos, drawn by whole cases with replacement."""
    mean = max(1.0, sum(map(len, blocks)) / len(blocks))
    found: list[NDArray[np.intp]] = []
    count = 0
    while count < size:
        for block in random.integers(0, len(blocks), max(int((size - count) / mean), 1)):
            found.append(blocks[int(block)])
            count += len(found[-1])
    return np.concatenate(found)[:size]
