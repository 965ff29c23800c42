"""Where a model and the annotations of a photo contradict each other."""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from coachwork.datasets.sample import Sample
from coachwork.datasets.statistics import shape_area, type_words
from coachwork.datasets.suspicions import FoundDamage, Suspicion, SuspicionKind
from coachwork.detections import Detections
from coachwork.geometry.box import Box, box_areas, box_intersections, box_iou
from coachwork.taxonomy import Kind

TOUCHES_IOU = 0.1
"""Less than that of a mark and a detection together, and they speak of different places."""
INSIDE_SHARE = 0.5
"""A detection of which so much lies in a mark speaks of that mark, however large it is."""
SAME_PLACE_IOU = 0.5
"""PASCAL VOC's rule for a detection that has found a mark."""


def disagreements(sample: Sample, detections: Detections, thresholds: Mapping[Kind, float]) -> Iterator[Suspicion]:
    """What a model says of a photo and its annotations do not, and the other way round.

    Types that the photo does not annotate, or that the model cannot see, are passed over; crowds and damages of
    unstated type are taken for marks of every type.

    Args:
        sample: the annotated photo.
        detections: of the model in the same frame, down to low scores.
        thresholds: score from which on a detection of a type is reported.
    """
    shapes = np.array([shape.box.xyxy for shape in sample.shapes], dtype=np.float64).reshape(-1, 4)
    iou = box_iou(detections.boxes, shapes)
    inside = np.divide(
        box_intersections(detections.boxes, shapes),
        box_areas(detections.boxes)[:, None],
        out=np.zeros_like(iou),
        where=box_areas(detections.boxes)[:, None] > 0,
    )
    touches = (iou >= TOUCHES_IOU) | (inside >= INSIDE_SHARE)
    yield from _unmarked(sample, detections, thresholds, touches)
    yield from _doubted(sample, detections, thresholds, touches, iou)


def _unmarked(
    sample: Sample, detections: Detections, thresholds: Mapping[Kind, float], touches: NDArray[np.bool_]
) -> Iterator[Suspicion]:
    """Confident detections where nothing is marked; of several at one place the best alone."""
    told: list[int] = []
    for row in range(len(detections)):
        found = _found(detections, row)
        if found.score < thresholds.get(found.type, 1.0) or found.type not in sample.annotated or touches[row].any():
            continue
        if told and box_iou(detections.boxes[[row]], detections.boxes[told]).max() >= TOUCHES_IOU:
            continue
        told.append(row)
        what = f"{found.type.words} {found.score:.2f}, nothing is marked here"
        yield Suspicion(
            kind=SuspicionKind.UNMARKED, sample=sample, shapes=(), weight=found.score, what=what, found=found
        )


def _doubted(
    sample: Sample,
    detections: Detections,
    thresholds: Mapping[Kind, float],
    touches: NDArray[np.bool_],
    iou: NDArray[np.float64],
) -> Iterator[Suspicion]:
    """Marks that get no score for their type, or that the model takes for another type."""
    for index, shape in enumerate(sample.shapes):
        if shape.crowd or shape.type is None or shape.type not in detections.types:
            continue
        label = detections.types.index(shape.type)
        own = np.flatnonzero(touches[:, index] & (detections.labels == label))
        score = float(detections.scores[own[0]]) if len(own) else 0.0
        others = np.flatnonzero((iou[:, index] >= SAME_PLACE_IOU) & (detections.labels != label))
        found = _found(detections, int(others[0])) if len(others) else None
        if found is not None and found.score >= thresholds.get(found.type, 1.0) and found.score > 2 * score:
            marked = f"{score:.2f}" if score else "no score"
            what = f"marked {shape.type.words} ({marked}), found {found.type.words} ({found.score:.2f})"
            yield Suspicion(
                kind=SuspicionKind.OTHER_TYPE,
                sample=sample,
                shapes=(index,),
                weight=found.score - score,
                what=what,
                found=found,
            )
        elif not len(own):
            share = shape_area(shape) / sample.size.area
            what = f"{type_words(shape.type)}, {share:.1%} of the photo"
            yield Suspicion(kind=SuspicionKind.NO_SCORE, sample=sample, shapes=(index,), weight=share, what=what)


def _found(detections: Detections, row: int) -> FoundDamage:
    x_min, y_min, x_max, y_max = (float(edge) for edge in detections.boxes[row])
    return FoundDamage(
        type=detections.types[int(detections.labels[row])],
        score=float(detections.scores[row]),
        box=Box(x_min=x_min, y_min=y_min, x_max=x_max, y_max=y_max),
        mask=None if detections.masks is None else detections.masks[row],
    )
