"""Compares the photos of a window with those of a reference, signal by signal."""

import math
from collections.abc import Iterator

import numpy as np

from coachwork.monitoring.joint import compare_embeddings
from coachwork.monitoring.pairing import FEWEST_VALUES, Comparison, Pair
from coachwork.monitoring.photo_record import MEASURES, OUTPUTS
from coachwork.monitoring.shares import compare_faults, compare_mix, compare_strange, compare_types, compare_verdicts
from coachwork.monitoring.two_samples import compare_numbers

RANKS = "Kolmogorov-Smirnov and Mann-Whitney"
KERNEL = "maximum mean discrepancy"


def compare(pair: Pair, *, outputs: bool, mixes: bool, seed: int = 0) -> Iterator[Comparison]:
    """All signals that both sides have.

    Args:
        pair: both sides.
        outputs: whether both come from one model, so that its outputs may be compared.
        mixes: whether markets and devices are compared, too.
        seed: of the exchanges in the joint test.
    """
    for name in MEASURES:
        if outputs or name not in OUTPUTS:
            yield from _number(name, pair)
    yield from _joint(pair, seed)
    if outputs:
        yield from compare_verdicts(pair)
        yield from compare_types(pair)
    if mixes:
        yield from compare_mix("market_mix", "markets", pair, lambda one: one.market)
        yield from compare_mix("device_mix", "cameras", pair, lambda one: one.device)
    yield from compare_faults(pair, mixes=mixes)
    if outputs:
        yield from compare_strange(pair)


def _number(name: str, pair: Pair) -> Iterator[Comparison]:
    grain = MEASURES[name].grain
    first, second = (
        group.values(lambda one: _coarse(one.measures.get(name, math.nan), grain)) for group in (pair.before, pair.now)
    )
    if min(first.values.size, second.values.size) < FEWEST_VALUES:
        return
    worth_before, worth_now = pair.worth(first, second)
    outcome = compare_numbers(first.values, second.values, worth_before=worth_before, worth_now=worth_now)
    old, new = float(np.median(first.values)), float(np.median(second.values))
    yield Comparison(
        signal=name,
        test=RANKS,
        photos=second.values.size,
        before=old,
        now=new,
        outcome=outcome,
        words=moved_words(name, old, new),
    )


def _coarse(value: float, grain: float) -> float:
    return round(value / grain) * grain if grain and not math.isnan(value) else value


def moved_words(name: str, old: float, new: float) -> str:
    """How the median of a measure moved.

    >>> moved_words("brightness", 112.2, 60.8)
    'brightness fell from 112 to 61 grey levels'
    """
    measure = MEASURES[name]
    texts = [f"{value:.{measure.digits}f}" for value in (old, new)]
    unit = f" {measure.unit}" if measure.unit else ""
    if texts[0] == texts[1]:
        return f"{measure.words} is spread differently around {texts[1]}{unit}"
    return f"{measure.words} {'fell' if new < old else 'rose'} from {texts[0]} to {texts[1]}{unit}"


def _joint(pair: Pair, seed: int) -> Iterator[Comparison]:
    before, now = (
        group.values(lambda one: math.nan if one.embedding is None else 0) for group in (pair.before, pair.now)
    )
    if min(before.values.size, now.values.size) < FEWEST_VALUES:
        return
    first, second = (
        np.stack([one.embedding for one in group.readable if one.embedding is not None])
        for group in (pair.before, pair.now)
    )
    outcome = compare_embeddings(first, second, cases_before=before.cases, cases_now=now.cases, seed=seed)
    words = f"the photos look different: {outcome.effect:.0%} can be told apart by their looks"
    yield Comparison(
        signal="embedding", test=KERNEL, photos=len(second), before=None, now=None, outcome=outcome, words=words
    )
