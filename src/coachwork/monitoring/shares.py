"""Compares what is no number: verdicts, types, where photos come from, and what is wrong with files."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from coachwork.assessments.verdict import Verdict
from coachwork.monitoring.pairing import FEWEST_VALUES, Comparison, Pair, Values, share_words
from coachwork.monitoring.photo_record import PhotoRecord
from coachwork.monitoring.two_samples import NOTHING, Outcome, compare_categories, compare_shares
from coachwork.photos.quality import MIN_SHORT_SIDE_PX
from coachwork.taxonomy import DamageType

SHARES = "Fisher's exact test"
COUNTS = "chi-squared"

_Sides = tuple[Sequence[PhotoRecord], Sequence[PhotoRecord]]


def compare_verdicts(pair: Pair) -> Iterator[Comparison]:
    """How often each verdict was claimed."""

    def said(one: PhotoRecord) -> str:
        return "" if one.verdict is None else one.verdict.value

    yield from _categories("verdict", "verdicts", pair, said, [verdict.value for verdict in Verdict])


def compare_types(pair: Pair) -> Iterator[Comparison]:
    """Share of the photos with a damage of each type: the one that moved surest, corrected for the number of types."""
    sides = pair.before.readable, pair.now.readable
    if min(map(len, sides)) < FEWEST_VALUES:
        return
    kinds = [kind for kind in DamageType if any(kind in one.counts for side in sides for one in side)]
    found = [(*_yes_or_no(pair, sides, _shows(kind)), kind) for kind in kinds]
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
    everything, read = (pair.before.records, pair.now.records), (pair.before.readable, pair.now.readable)
    rows: list[tuple[str, str, _Sides, Callable[[PhotoRecord], bool]]] = [
        ("unreadable", "files that cannot be read", everything, lambda one: not one.readable),
        ("unusable", "photos that cannot be judged", read, lambda one: not one.usable),
        ("tiny", "photos that are too small", read, _is_tiny),
        ("strange", "photos unlike those that the model knows", read, lambda one: bool(one.strange)),
    ]
    if mixes:
        rows.append(("no_exif", "photos that name no camera", read, lambda one: not one.device))
    for signal, words, sides, test in rows:
        if min(map(len, sides)) >= FEWEST_VALUES:
            outcome, shares = _yes_or_no(pair, sides, test)
            yield _fault(signal, words, shares, len(sides[1]), outcome)
    known = sum(bool(one.sha256) for one in pair.now.records)
    shares = pair.before.duplicates, pair.now.duplicates
    yield from _counted("duplicates", "copies of earlier photos", shares, (len(pair.before.records), known))
    cases = [len({one.case for one in side if one.case}) for side in everything]
    shares = pair.before.none_usable, pair.now.none_usable
    yield from _counted("none_usable", "cases without a photo that can be judged", shares, (cases[0], cases[1]))


def _categories(
    signal: str, words: str, pair: Pair, key: Callable[[PhotoRecord], str], names: Sequence[str]
) -> Iterator[Comparison]:
    before, now = ([one for one in group.readable if key(one) in names] for group in (pair.before, pair.now))
    if min(len(before), len(now)) < FEWEST_VALUES:
        return
    first, second = (Counter(key(one) for one in side) for side in (before, now))
    share = {name: (first[name] / len(before), second[name] / len(now)) for name in names}
    largest = max(names, key=lambda name: abs(share[name][1] - share[name][0]))
    told = [Values.of(side, lambda one: float(key(one) == largest)) for side in (before, now)]
    outcome = compare_categories(
        [first[name] for name in names], [second[name] for name in names], worth=pair.worth(told[0], told[1])
    )
    clause = f"{words} moved, most {largest.replace('_', ' ')}, which {share_words(*share[largest])}"
    yield Comparison(signal=signal, test=COUNTS, photos=len(now), before=None, now=None, outcome=outcome, words=clause)


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


def _yes_or_no(pair: Pair, sides: _Sides, test: Callable[[PhotoRecord], bool]) -> tuple[Outcome, tuple[float, float]]:
    before, now = (Values.of(side, lambda one: float(test(one))) for side in sides)
    sizes = before.values.size, now.values.size
    yes = int(before.values.sum()), int(now.values.sum())
    outcome = compare_shares(yes[0], sizes[0], yes[1], sizes[1], worth=pair.worth(before, now))
    return outcome, (yes[0] / sizes[0], yes[1] / sizes[1])


def _shows(kind: DamageType) -> Callable[[PhotoRecord], bool]:
    return lambda one: kind in one.counts


def _is_tiny(one: PhotoRecord) -> bool:
    return one.measures.get("short_side_px", MIN_SHORT_SIDE_PX) < MIN_SHORT_SIDE_PX
