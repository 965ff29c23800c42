"""The mistakes that teach most: the largest damages that were missed, the surest detections of nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from coachwork.evaluation.matching import PhotoMatch
from coachwork.evaluation.pairs import Pair


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mistake:
    """One photo with a mistake worth a look.

    Attributes:
        pair: the photo, its truth and its detections.
        match: who found what in it.
        weight: what it is ranked by: share of the photo's area, or score.
        text: what went wrong, in words.
    """

    pair: Pair
    match: PhotoMatch
    weight: float
    text: str


def worst_misses(pairs: Sequence[Pair], matches: Sequence[PhotoMatch], *, limit: int = 8) -> tuple[Mistake, ...]:
    """Photos with the largest damages that no detection of the right type covers, one photo of each cluster."""
    mistakes = []
    for pair, match in zip(pairs, matches, strict=True):
        if match.missed:
            share, index = max((_share(pair, index), index) for index in match.missed)
            kind = pair.sample.shapes[index].type
            taken_for = [row for row, missed in match.mistaken.items() if missed == index]
            text = f"{kind.words if kind else 'damage'} over {share:.1%} of the photo "
            text += f"taken for {_name(pair, taken_for[0])}" if taken_for else "missed"
            mistakes.append(Mistake(pair=pair, match=match, weight=share, text=text))
    return _first_of_each_cluster(mistakes, limit)


def worst_false_alarms(pairs: Sequence[Pair], matches: Sequence[PhotoMatch], *, limit: int = 8) -> tuple[Mistake, ...]:
    """Photos with the surest detections where nothing is marked, one photo of each cluster."""
    mistakes = []
    for pair, match in zip(pairs, matches, strict=True):
        alarms = [row for row in match.wrong if row not in match.mistaken]
        if alarms:
            score = float(pair.detections.scores[alarms[0]])
            text = f"{_name(pair, alarms[0])} with score {score:.2f} where none is marked"
            mistakes.append(Mistake(pair=pair, match=match, weight=score, text=text))
    return _first_of_each_cluster(mistakes, limit)


def _share(pair: Pair, index: int) -> float:
    mask = pair.masks[index]
    area = pair.sample.shapes[index].box.area if mask is None else mask.area
    return float(area) / pair.sample.size.area


def _name(pair: Pair, row: int) -> str:
    return pair.detections.types[int(pair.detections.labels[row])].words


def _first_of_each_cluster(mistakes: Sequence[Mistake], limit: int) -> tuple[Mistake, ...]:
    chosen: dict[tuple[str, str], Mistake] = {}
    for mistake in sorted(mistakes, key=lambda mistake: -mistake.weight):
        chosen.setdefault((mistake.pair.sample.source, mistake.pair.sample.cluster), mistake)
    return tuple(chosen.values())[:limit]
