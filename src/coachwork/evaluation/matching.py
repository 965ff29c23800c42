"""Right, wrong and missed damages at the operating point, and the thresholds that make it.

Detections that reach their type's threshold take the shapes of their type greedily, best score first: each the free
shape with the highest IoU of at least 0.5 (of masks where both have one, else of boxes). A detection without a shape is
ignored where half of it lies in a crowd or in a damage of unstated type, else it is wrong. Types that a photo does not
annotate are not judged there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coachwork.evaluation.bootstrap import Weights, mean_where_measured, ratio
from coachwork.evaluation.pairs import Pair, model_types
from coachwork.geometry.box import box_areas, box_intersections, box_iou
from coachwork.geometry.mask import Mask
from coachwork.geometry.overlap import mask_intersections, mask_iou
from coachwork.taxonomy import Kind

MATCH_IOU = 0.5
"""IoU from which on a detection has found a shape (PASCAL VOC's rule, and COCO's AP50)."""

DEFAULT_THRESHOLD = 0.5
"""The threshold where no photo says anything about a better one."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PhotoMatch:
    """Who found what in one photo.

    Attributes:
        found: detection row -> index of the shape of its own type that it found.
        wrong: detection rows that found nothing.
        missed: indices of shapes that nothing found.
        mistaken: detection row among `wrong` -> index among `missed` of a shape of another type that it covers.
    """

    found: Mapping[int, int]
    wrong: tuple[int, ...]
    missed: tuple[int, ...]
    mistaken: Mapping[int, int]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OperatingCounts:
    """Counts of P photos and K types at the operating point.

    Attributes:
        types: the K types.
        right, wrong, missed: (P, K) int64.
        confusion: (K + 1, K + 1) int64, rows the truth, columns what was found, background last in both.
        matches: one per photo.
    """

    types: tuple[Kind, ...]
    right: NDArray[np.int64]
    wrong: NDArray[np.int64]
    missed: NDArray[np.int64]
    confusion: NDArray[np.int64]
    matches: tuple[PhotoMatch, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rates:
    """Precision, recall and F1, each (B, K + 2): per type, of all types' counts together, and the mean over types.

    NaN where a type was never found (precision) or never there (recall).
    """

    precision: NDArray[np.float64]
    recall: NDArray[np.float64]
    f1: NDArray[np.float64]


def operating_counts(pairs: Sequence[Pair], types: Sequence[Kind], thresholds: Mapping[Kind, float]) -> OperatingCounts:
    """Matches every photo at the thresholds; a type without one takes `DEFAULT_THRESHOLD`."""
    matches = tuple(match_photo(pair, types, thresholds) for pair in pairs)
    right, wrong, missed = (np.zeros((len(pairs), len(types)), dtype=np.int64) for _ in range(3))
    confusion = np.zeros((len(types) + 1, len(types) + 1), dtype=np.int64)
    place = {kind: k for k, kind in enumerate(types)}
    for p, (pair, match) in enumerate(zip(pairs, matches, strict=True)):
        kinds = [place[kind] for kind in _kinds(pair)]
        for row in match.found:
            right[p, kinds[row]] += 1
            confusion[kinds[row], kinds[row]] += 1
        for row in match.wrong:
            wrong[p, kinds[row]] += 1
            mistaken = match.mistaken.get(row)
            confusion[-1 if mistaken is None else _place(pair, mistaken, place), kinds[row]] += 1
        for index in match.missed:
            missed[p, _place(pair, index, place)] += 1
            if index not in match.mistaken.values():
                confusion[_place(pair, index, place), -1] += 1
    return OperatingCounts(
        types=tuple(types), right=right, wrong=wrong, missed=missed, confusion=confusion, matches=matches
    )


def rates(counts: OperatingCounts, weights: Weights) -> Rates:
    """Precision, recall and F1 with each photo counted as often as `weights` (B, P) says."""
    right, wrong, missed = (weights @ part for part in (counts.right, counts.wrong, counts.missed))  # (B, K) each
    right, wrong, missed = (np.column_stack([part, part.sum(axis=1)]) for part in (right, wrong, missed))
    parts = (
        ratio(right, right + wrong),
        ratio(right, right + missed),
        ratio(2 * right, np.where(right + missed, 2 * right + wrong + missed, 0)),
    )
    with_mean = [np.column_stack([part, mean_where_measured(part[:, :-1])]) for part in parts]
    return Rates(precision=with_mean[0], recall=with_mean[1], f1=with_mean[2])


def match_photo(pair: Pair, types: Sequence[Kind], thresholds: Mapping[Kind, float]) -> PhotoMatch:
    """Matches one photo's detections that people are told: those that reach their thresholds, each damage once."""
    told = _told(pair, thresholds)
    found: dict[int, int] = {}
    wrong: list[int] = []
    missed: list[int] = []
    for kind in (kind for kind in types if pair.judges(kind)):
        hits, misses = _match_type(pair, kind, np.intersect1d(pair.rows_of(kind), told))
        found |= hits
        wrong += misses
        missed += [index for index in pair.shapes_of(kind) if index not in hits.values()]
    wrong.sort()
    overlap = _overlap(pair, wrong, missed)
    pairs = _greedy(overlap)
    mistaken = {wrong[i]: missed[j] for i, j in pairs.items()}
    return PhotoMatch(found=found, wrong=tuple(wrong), missed=tuple(missed), mistaken=mistaken)


def _told(pair: Pair, thresholds: Mapping[Kind, float]) -> NDArray[np.int64]:
    """Rows of the detections that an assessment would tell."""
    found = pair.detections
    least = np.array([thresholds.get(kind, DEFAULT_THRESHOLD) for kind in found.types])
    sure = np.flatnonzero(found.scores >= least[found.labels])
    return sure[found.chosen(sure).is_apart()]


def choose_thresholds(pairs: Sequence[Pair], *, prior_shapes: float = 20.0) -> dict[Kind, float]:
    """The threshold of each type of the model with the best F1 on these photos.

    A type with few shapes would chase noise: its counts are joined with those of all types together, scaled to
    `prior_shapes` shapes. A type with many shapes gets its own best threshold, one with none that of all together.

    Args:
        pairs: validation photos, with detections down to low scores.
        prior_shapes: how many shapes the other types' experience is worth.

    Raises:
        EvaluationError: there is no pair.
    """
    types = model_types(pairs)
    scored = {kind: scored_detections(pairs, kind) for kind in types}
    shapes = {kind: sum(len(p.shapes_of(kind)) for p in pairs if p.judges(kind)) for kind in types}
    total = sum(shapes.values())
    every = np.concatenate([scored[kind] for kind in types]) if types else np.zeros((0, 2))
    if not total or not every[:, 1].any():
        return dict.fromkeys(types, DEFAULT_THRESHOLD)
    cuts = np.unique(every[:, 0])  # rising
    pooled = _counts_from(every, cuts)
    share = prior_shapes / total
    chosen: dict[Kind, float] = {}
    for kind in types:
        right, judged = _counts_from(scored[kind], cuts) + share * pooled
        f1 = 2 * right / (judged + shapes[kind] + prior_shapes)
        best = len(cuts) - 1 - int(np.argmax(f1[::-1]))  # the highest of equals
        chosen[kind] = float((cuts[best] + cuts[best - 1]) / 2) if best else float(cuts[0])
    return chosen


def scored_detections(pairs: Sequence[Pair], kind: Kind) -> NDArray[np.float64]:
    """Score and 1 (right) or 0 (wrong) of every judged detection of a type, each damage once, (D, 2).

    Greedy matching goes from the best score down, so what is right at one threshold is right at every lower one.
    """
    rows: list[tuple[float, float]] = []
    for pair in pairs:
        if pair.judges(kind):
            of_type = pair.rows_of(kind)
            told = of_type[pair.detections.chosen(of_type).is_apart()]
            hits, misses = _match_type(pair, kind, told)
            rows += [(float(pair.detections.scores[row]), 1.0) for row in hits]
            rows += [(float(pair.detections.scores[row]), 0.0) for row in misses]
    return np.array(rows, dtype=np.float64).reshape(-1, 2)


def _counts_from(scored: NDArray[np.float64], cuts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Right ones and all with at least each cut's score, (2, cuts)."""
    order = np.argsort(scored[:, 0])
    scores, right = scored[order, 0], scored[order, 1]
    below = np.searchsorted(scores, cuts, side="left")
    right_below = np.concatenate([[0.0], np.cumsum(right)])[below]
    return np.stack([right.sum() - right_below, len(scores) - below])


def _match_type(pair: Pair, kind: Kind, rows: NDArray[np.int64]) -> tuple[dict[int, int], list[int]]:
    """Rows that found a shape (row -> shape), and rows that are wrong; ignored ones are in neither."""
    shapes = pair.shapes_of(kind)
    pairs = _greedy(_overlap(pair, rows.tolist(), shapes))
    hits = {int(rows[i]): shapes[j] for i, j in pairs.items()}
    rest = [row for row in rows.tolist() if row not in hits]
    inside = _inside_ignored(pair, rest, pair.ignored_for(kind))
    return hits, [row for row, ignored in zip(rest, inside, strict=True) if not ignored]


def _greedy(overlap: NDArray[np.float64]) -> dict[int, int]:
    """Row -> column of the free column with the highest overlap of at least `MATCH_IOU`, rows in turn."""
    free = np.ones(overlap.shape[1], dtype=np.bool_)
    taken: dict[int, int] = {}
    for i, row in enumerate(overlap):
        values = np.where(free, row, -1.0)
        if values.size and values.max() >= MATCH_IOU:
            taken[i] = int(values.argmax())
            free[taken[i]] = False
    return taken


def _overlap(pair: Pair, rows: Sequence[int], shapes: Sequence[int]) -> NDArray[np.float64]:
    """IoU (rows, shapes): of masks where both sides have one, else of boxes."""
    overlap = box_iou(pair.detections.boxes[list(rows)], _boxes(pair, shapes))
    if pair.detections.masks is not None:
        drawn, masks = _drawn(pair, shapes)
        overlap[:, drawn] = mask_iou([pair.detections.masks[row] for row in rows], masks)
    return overlap


def _inside_ignored(pair: Pair, rows: Sequence[int], regions: Sequence[int]) -> NDArray[np.bool_]:
    """Whether at least half of each detection lies in one of the regions."""
    if not rows or not regions:
        return np.zeros(len(rows), dtype=np.bool_)
    boxes = pair.detections.boxes[list(rows)]
    shared = ratio(box_intersections(boxes, _boxes(pair, regions)), box_areas(boxes)[:, None] * np.ones(len(regions)))
    if pair.detections.masks is not None:
        drawn, regions_drawn = _drawn(pair, regions)
        masks = [pair.detections.masks[row] for row in rows]
        areas = np.array([[mask.area] for mask in masks]) * np.ones(len(drawn))
        shared[:, drawn] = ratio(mask_intersections(masks, regions_drawn), areas)
    return np.asarray((np.nan_to_num(shared) >= MATCH_IOU).any(axis=1))


def _boxes(pair: Pair, shapes: Sequence[int]) -> NDArray[np.float64]:
    return np.array([pair.sample.shapes[i].box.xyxy for i in shapes], dtype=np.float64).reshape(-1, 4)


def _drawn(pair: Pair, shapes: Sequence[int]) -> tuple[list[int], list[Mask]]:
    """Places in `shapes` of those with pixels, and their masks."""
    known = [(place, mask) for place, mask in enumerate(pair.masks[i] for i in shapes) if mask is not None]
    return [place for place, _ in known], [mask for _, mask in known]


def _kinds(pair: Pair) -> list[Kind]:
    return [pair.detections.types[label] for label in pair.detections.labels]


def _place(pair: Pair, index: int, place: Mapping[Kind, int]) -> int:
    kind = pair.sample.shapes[index].type
    if kind is None:
        message = "a damage of unstated type is never missed"
        raise ValueError(message)
    return place[kind]
