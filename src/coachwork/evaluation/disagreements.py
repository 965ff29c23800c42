"""The photos on which models differ most at their operating points."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from coachwork.evaluation.contenders import Looks
from coachwork.evaluation.matching import PhotoMatch, match_photo
from coachwork.evaluation.pairs import Pair, evaluated_types
from coachwork.taxonomy import KINDS

_ALARM = 0.5
"""A detection of nothing counts half as much as a damage that one model finds and another misses."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Disagreement:
    """One photo that models see differently.

    Attributes:
        path: the photo's file.
        pairs: one for each model.
        matches: likewise, who found what.
        weight: what it is ranked by.
        texts: what each model found and missed, in words.
    """

    path: Path
    pairs: tuple[Pair, ...]
    matches: tuple[PhotoMatch, ...]
    weight: float
    texts: tuple[str, ...]


def disagreements(looks: Looks, *, limit: int = 8) -> tuple[Disagreement, ...]:
    """Photos that models differ in most, one of each cluster, those with the largest differences first."""
    types = {kind for look in looks.looks for kind in evaluated_types(look.pairs)}
    chosen = tuple(kind for kind in KINDS if kind in types)
    found = []
    for place, path in enumerate(looks.paths):
        pairs = tuple(look.pairs[place] for look in looks.looks)
        matches = tuple(
            match_photo(pair, chosen, look.contender.point.thresholds)
            for pair, look in zip(pairs, looks.looks, strict=True)
        )
        weight = difference_of(matches)
        if weight > 0:
            texts = tuple(_text(pair, match) for pair, match in zip(pairs, matches, strict=True))
            found.append(Disagreement(path=path, pairs=pairs, matches=matches, weight=weight, texts=texts))
    first: dict[tuple[str, str], Disagreement] = {}
    for one in sorted(found, key=lambda one: -one.weight):
        first.setdefault((one.pairs[0].sample.source, one.pairs[0].sample.cluster), one)
    return tuple(first.values())[:limit]


def difference_of(matches: Sequence[PhotoMatch]) -> float:
    """Damages that some models found and others did not, and half the difference in detections of nothing."""
    sets = [frozenset(match.found.values()) for match in matches]
    wrong = [len(match.wrong) for match in matches]
    return len(frozenset.union(*sets) - frozenset.intersection(*sets)) + _ALARM * (max(wrong) - min(wrong))


def _text(pair: Pair, match: PhotoMatch) -> str:
    wanted = len(match.found) + len(match.missed)
    right = f"finds {len(match.found)} of {wanted}" if wanted else "nothing to find"
    alarms = f"{len(match.wrong)} wrong" if match.wrong else "none wrong"
    return f"{right}, {alarms}" if pair.sample.annotated else "not annotated"
