"""Rules that need no model: shapes that are odd by themselves, beside others of their photo, or among their type."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from coachwork.datasets.sample import DamageShape, Sample
from coachwork.datasets.statistics import aspect, shape_area, type_words
from coachwork.datasets.suspicions import Suspicion, SuspicionKind, ranked
from coachwork.geometry.box import Box, box_iou
from coachwork.geometry.mask import Mask
from coachwork.geometry.overlap import mask_iou
from coachwork.geometry.polygon import polygons_box
from coachwork.geometry.size import Size

ROUNDING_PX = 1.5
"""Annotation tools overshoot by up to a pixel when they round."""
TINY_SHARE = 0.01
"""Of the photo's longer side: five pixels of a model's input of 512."""
SAME_PLACE_IOU = 0.8
"""On 6,400 shapes of four real sets 4 pairs share so much, all drawn over each other; at 0.6 neighbours come in."""
MIRRORED_IOU = 0.9
APART_IOU = 0.1
"""Two shapes beside each other; one that lies across the middle of the photo is its own mirror image."""
MIRRORED_SIDE_PX = 12.0
"""Smaller boxes fall onto each other's mirror image by chance."""
OUTLIER_SCORE = 3.5
"""Modified z-score of an outlier (Iglewicz and Hoaglin, "How to detect and handle outliers", 1993)."""
FEWEST_SHAPES = 30
"""Below that nobody can say what is usual for a type."""
LONG_ASPECT = 8.0
"""Boxes less elongated are never odd."""
_BOX_SHARE, _BOX_PX = 0.05, 2.0


def rule_suspicions(samples: Sequence[Sample]) -> tuple[Suspicion, ...]:
    """What the rules find in the samples, in order of kind and weight; crowds are left out.

    Args:
        samples: of one dataset, perhaps none.
    """
    found: list[Suspicion] = []
    for sample in samples:
        found += single_suspicions(sample)
        found += pair_suspicions(sample)
    found += outlier_suspicions(samples)
    return ranked(found)


def single_suspicions(sample: Sample) -> Iterator[Suspicion]:
    """Shapes that are odd by themselves: out of frame, box against outline, tiny."""
    for index, shape in enumerate(sample.shapes):
        if shape.crowd:
            continue
        for kind, weight, what in _single_findings(shape, sample.size):
            yield Suspicion(kind=kind, sample=sample, shapes=(index,), weight=weight, what=what)


def _single_findings(shape: DamageShape, frame: Size) -> Iterator[tuple[SuspicionKind, float, str]]:
    box = shape.box
    beyond = max(-box.x_min, -box.y_min, box.x_max - frame.width, box.y_max - frame.height)
    if beyond > ROUNDING_PX:
        yield SuspicionKind.OUT_OF_FRAME, beyond, f"{type_words(shape.type)} leaves the photo by {beyond:.0f} px"
    drawn = _drawn_box(shape)
    if drawn is not None:
        off = max(abs(one - other) for one, other in zip(box.xyxy, drawn.xyxy, strict=True))
        share = off / max(box.width, box.height, drawn.width, drawn.height, 1.0)
        if off > _BOX_PX and share > _BOX_SHARE:
            what = f"the box is off by {off:.0f} px from the outline of the {type_words(shape.type)}"
            yield SuspicionKind.BOX_AGAINST_MASK, share, what
    longest = max(box.width, box.height)
    if longest < TINY_SHARE * frame.longest:
        what = f"{type_words(shape.type)} of {box.width:.1f} x {box.height:.1f} px"
        yield SuspicionKind.TINY, TINY_SHARE * frame.longest / max(longest, 0.1), what


def _drawn_box(shape: DamageShape) -> Box | None:
    if shape.rle is not None:
        return shape.rle.box
    return polygons_box(shape.polygons) if shape.polygons else None


def pair_suspicions(sample: Sample) -> Iterator[Suspicion]:
    """Two shapes of one photo at one place, or in each other's mirror image."""
    places = [index for index, shape in enumerate(sample.shapes) if not shape.crowd]
    if len(places) < 2:
        return
    boxes = np.array([sample.shapes[index].box.xyxy for index in places], dtype=np.float64)
    iou = box_iou(boxes, boxes)
    turned = np.column_stack(
        [sample.size.width - boxes[:, 2], boxes[:, 1], sample.size.width - boxes[:, 0], boxes[:, 3]]
    )
    mirrored = box_iou(turned, boxes)
    sides = np.minimum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
    for i, j in zip(*np.triu_indices(len(places), k=1), strict=True):
        pair = places[i], places[j]
        first, second = (sample.shapes[index] for index in pair)
        if iou[i, j] >= SAME_PLACE_IOU:
            yield from _same_place(sample, pair, float(iou[i, j]))
        elif (
            first.type == second.type
            and mirrored[i, j] >= MIRRORED_IOU
            and iou[i, j] <= APART_IOU
            and min(sides[i], sides[j]) >= MIRRORED_SIDE_PX
        ):
            shared = _mask_iou(first, second, sample.size, turned=True)
            if shared is None or shared >= SAME_PLACE_IOU:
                weight = float(mirrored[i, j]) if shared is None else shared
                what = f"two of {type_words(first.type)}, mirrored they share {weight:.0%}"
                yield Suspicion(kind=SuspicionKind.MIRRORED, sample=sample, shapes=pair, weight=weight, what=what)


def _same_place(sample: Sample, pair: tuple[int, int], of_boxes: float) -> Iterator[Suspicion]:
    first, second = (sample.shapes[index] for index in pair)
    of_masks = _mask_iou(first, second, sample.size)
    if of_masks is not None and of_masks < SAME_PLACE_IOU:
        return
    shared = of_boxes if of_masks is None else of_masks
    by = "boxes" if of_masks is None else "outlines"
    if first.type == second.type:
        what = f"two of {type_words(first.type)}, their {by} share {shared:.0%}"
        yield Suspicion(kind=SuspicionKind.DUPLICATE, sample=sample, shapes=pair, weight=shared, what=what)
    elif first.type is not None and second.type is not None:
        what = f"{first.type.words} and {second.type.words}, their {by} share {shared:.0%}"
        yield Suspicion(kind=SuspicionKind.TWO_TYPES, sample=sample, shapes=pair, weight=shared, what=what)


def _mask_iou(first: DamageShape, second: DamageShape, frame: Size, *, turned: bool = False) -> float | None:
    """IoU of the covered pixels, the first turned left to right on demand; None where one has only its box."""
    one, other = first.mask(frame), second.mask(frame)
    if one is None or other is None:
        return None
    if turned:
        one = Mask(
            crop=np.ascontiguousarray(one.crop[:, ::-1]),
            x=frame.width - one.x - one.crop.shape[1] if one.crop.size else 0,
            y=one.y,
            frame=frame,
        )
    return float(mask_iou([one], [other])[0, 0])


def outlier_suspicions(samples: Sequence[Sample]) -> Iterator[Suspicion]:
    """Shapes of an unusual size or elongation among those of their type and source."""
    groups: dict[tuple[str, object], list[tuple[Sample, int]]] = defaultdict(list)
    for sample in samples:
        for index, shape in enumerate(sample.shapes):
            if not shape.crowd and shape_area(shape) > 0:
                groups[sample.source, shape.type].append((sample, index))
    for members in groups.values():
        if len(members) >= FEWEST_SHAPES:
            yield from _size_outliers(members)
            yield from _aspect_outliers(members)


def _size_outliers(members: Sequence[tuple[Sample, int]]) -> Iterator[Suspicion]:
    sides = _measured(members, lambda sample, shape: math.sqrt(shape_area(shape) / sample.size.area))
    usual = float(np.median(sides))
    for (sample, index), score, side in zip(members, outlier_scores(np.log(sides)), sides, strict=True):
        if abs(score) > OUTLIER_SCORE:
            factor = side / usual
            odd = f"{factor:.1f} times the usual side" if factor > 1 else f"1/{1 / factor:.0f} of the usual side"
            what = f"{type_words(sample.shapes[index].type)}: {odd}"
            yield Suspicion(
                kind=SuspicionKind.SIZE, sample=sample, shapes=(index,), weight=abs(float(score)), what=what
            )


def _aspect_outliers(members: Sequence[tuple[Sample, int]]) -> Iterator[Suspicion]:
    aspects = _measured(members, lambda _, shape: max(aspect(shape), 1.0))
    for (sample, index), score, value in zip(members, outlier_scores(np.log(aspects)), aspects, strict=True):
        if score > OUTLIER_SCORE and value >= LONG_ASPECT:
            what = f"{type_words(sample.shapes[index].type)}: {value:.0f} times as long as wide"
            yield Suspicion(kind=SuspicionKind.ASPECT, sample=sample, shapes=(index,), weight=float(score), what=what)


def _measured(
    members: Sequence[tuple[Sample, int]], measure: Callable[[Sample, DamageShape], float]
) -> NDArray[np.float64]:
    return np.array([measure(sample, sample.shapes[index]) for sample, index in members], dtype=np.float64)


def outlier_scores(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Modified z-score of each value (N,): its distance from the median in median absolute deviations, times 0.6745.

    >>> outlier_scores(np.array([1.0, 2.0, 3.0, 40.0])).round(2).tolist()
    [-1.01, -0.34, 0.34, 25.29]
    """
    distance = values - np.median(values)
    spread = float(np.median(np.abs(distance)))
    return np.asarray(0.6745 * distance / spread) if spread > 0 else np.zeros_like(values)
