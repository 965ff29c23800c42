"""Compares what is no number: verdicts, types, where photos come from, and what is wrong with files."""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from coachwork.assessments.verdict import Verdict
from coachwork.monitoring.pairing import FEWEST_VALUES, Comparison, Pair, share_words
from coachwork.monitoring.photo_record import PhotoRecord
from coachwork.monitoring.two_samples import NOTHING, Outcome, compare_categories, compare_shares
from coachwork.photos.quality import MIN_SHORT_SIDE_PX
from coachwork.taxonomy import DamageType

SHARES = "Fisher's exact test"
COUNTS = "chi-squared"


def compare_verdicts(pair: Pair) -> Iterator[Comparison]:
    """How often each verdict was claimed."""

    def said(one: PhotoRecord) -> str:
        return "" if one.verdict is None else one.verdict.value

    yield from _categories("verdict", "verdicts", pair, said, [verdict.value for verdict in Verdict])


def compare_types(pair: Pair) -> Iterator[Comparison]:
    """Share of the photos with a damage of each type: the one that moved surest, corrected for the number of types."""
    sides = [[one for one in group.readable if one.verdict is not None] for group in (pair.before, pair.now)]
    if min(map(len, sides)) < FEWEST_VALUES:
        return
    seen = {kind for side in sides for one in side for kind in one.counts}
    kinds = [kind for kind in DamageType if kind in seen]
    found = [(*_yes_or_no(pair, _shows(kind)), kind) for kind in kinds]
    if not found:
        return
    outcome, (old, new), kind = min(found, key=lambda one: (one[0].p_value, -one[0].effect))
    corrected = Outcome(p_value=min(1.0, outcome.p_value * len(kinds)), effect=outcome.effect)
    words = f"photos with {kind.words} {share_words(old, new)}"
    yield Comparison(
        signal="types", test=SHARES, photos=len(sides[1]), before=old, now=new, outcome=corrected, words=words
    )


def compare_mix(signal: str, words: str, pair: Pair, key: Callable[[PhotoRecord], str]) -> Iterator[Comparison]:
    """How the photos divide by something that has a name; not where both sides have no name in common."""
    before, now = ({key(one) for one in side if key(one)} for side in (pair.before.readable, pair.now.readable))
    names = sorted(before | now)
    if len(names) > 1 and before & now:
        yield from _categories(signal, words, pair, key, names)


def compare_faults(pair: Pair, *, mixes: bool) -> Iterator[Comparison]:
    """What is wrong with files rather than with cars; `mixes` also asks whether they name their camera."""
    rows: list[tuple[str, str, Callable[[PhotoRecord], bool]]] = [
        ("unreadable", "files that cannot be read", lambda one: not one.readable),
        ("unusable", "photos that cannot be judged", lambda one: not one.usable),
        ("tiny", "photos that are too small", _is_tiny),
    ]
    if mixes:
        rows.append(("no_exif", "photos that name no camera", lambda one: not one.device))
    for signal, words, test in rows:
        unread = signal == "unreadable"
        count = min(len(side.records if unread else side.readable) for side in (pair.before, pair.now))
        if count >= FEWEST_VALUES:
            outcome, shares = _yes_or_no(pair, test, unread=unread)
            yield _fault(signal, words, shares, len(pair.now.records if unread else pair.now.readable), outcome)
    known = sum(bool(one.sha256) for one in pair.now.records)
    shares = pair.before.duplicates, pair.now.duplicates
    yield from _counted("duplicates", "copies of earlier photos", shares, (len(pair.before.records), known))
    cases = [len({one.case for one in side if one.case}) for side in (pair.before.records, pair.now.records)]
    shares = pair.before.none_usable, pair.now.none_usable
    yield from _counted("none_usable", "cases without a photo that can be judged", shares, (cases[0], cases[1]))


def compare_strange(pair: Pair) -> Iterator[Comparison]:
    """Share of the photos that are unlike those that the model knows, where it can tell."""

    def known(one: PhotoRecord) -> float:
        return math.nan if one.strange is None else float(one.strange)

    sizes = [sum(one.strange is not None for one in group.readable) for group in (pair.before, pair.now)]
    if min(sizes) >= FEWEST_VALUES:
        outcome, shares = _yes_or_no(pair, known)
        yield _fault("strange", "photos unlike those that the model knows", shares, sizes[1], outcome)


def _categories(
    signal: str, words: str, pair: Pair, key: Callable[[PhotoRecord], str], names: Sequence[str]
) -> Iterator[Comparison]:
    first, second = (Counter(key(one) for one in group.readable) for group in (pair.before, pair.now))
    before, now = ([counts[name] for name in names] for counts in (first, second))
    if min(sum(before), sum(now)) < FEWEST_VALUES:
        return
    share = {name: (first[name] / sum(before), second[name] / sum(now)) for name in names}
    largest = max(names, key=lambda name: abs(share[name][1] - share[name][0]))

    def largest_or_not(one: PhotoRecord) -> float:
        return float(key(one) == largest) if key(one) in names else math.nan

    worth = pair.worth(pair.before.values(largest_or_not), pair.now.values(largest_or_not))
    outcome = compare_categories(before, now, worth=worth)
    clause = f"{words} moved, most {largest.replace('_', ' ')}, which {share_words(*share[largest])}"
    yield Comparison(signal=signal, test=COUNTS, photos=sum(now), before=None, now=None, outcome=outcome, words=clause)


def _counted(signal: str, words: str, shares: tuple[float, float], sizes: tuple[int, int]) -> Iterator[Comparison]:
    if min(sizes) >= FEWEST_VALUES:
        yes = [round(share * size) for share, size in zip(shares, sizes, strict=True)]
        worth = float(sizes[0]), float(sizes[1])
        yield _fault(signal, words, shares, sizes[1], compare_shares(yes[0], sizes[0], yes[1], sizes[1], worth=worth))


def _fault(signal: str, words: str, shares: tuple[float, float], photos: int, outcome: Outcome) -> Comparison:
    """Fewer faults than before are no drift."""
    old, new = shares
    clause = f"{words} {share_words(old, new)}"
    outcome = outcome if new > old else NOTHING
    return Comparison(signal=signal, test=SHARES, photos=photos, before=old, now=new, outcome=outcome, words=clause)


def _yes_or_no(
    pair: Pair, test: Callable[[PhotoRecord], float], *, unread: bool = False
) -> tuple[Outcome, tuple[float, float]]:
    """The outcome, and both shares; photos of which the test says NaN are left out."""
    before, now = (group.values(lambda one: float(test(one)), unread=unread) for group in (pair.before, pair.now))
    sizes = before.values.size, now.values.size
    yes = int(before.values.sum()), int(now.values.sum())
    outcome = compare_shares(yes[0], sizes[0], yes[1], sizes[1], worth=pair.worth(before, now))
    return outcome, (yes[0] / sizes[0], yes[1] / sizes[1])


def _shows(kind: DamageType) -> Callable[[PhotoRecord], float]:
    return lambda one: math.nan if one.verdict is None else float(kind in one.counts)


def _is_tiny(one: PhotoRecord) -> bool:
    return one.measures.get("short_side_px", MIN_SHORT_SIDE_PX) < MIN_SHORT_SIDE_PX
