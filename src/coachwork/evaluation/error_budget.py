"""What each kind of mistake costs: the AP50 that a model would have without it (Bolya et al., TIDE, ECCV 2020).

Every detection that is not right has one fault, the first that fits:

    doubled      it covers a damage of its type that a surer detection has found
    loose        it touches a damage of its type, with an IoU from 0.1 to below 0.5
    mistaken     it covers a damage of another type
    both         it touches a damage of another type
    nothing      it lies on no damage
    missed       of damages: no detection covers it or touches it with the right type, none covers it with the wrong one

Without the fault, loose detections are right where their damage was not found otherwise, and gone where it was; all
others are gone (TIDE gives mistaken ones their right type instead); missed damages need not be found. Gains do not add
up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coachwork.evaluation.average_precision import Extent
from coachwork.evaluation.matching import MATCH_IOU
from coachwork.evaluation.pairs import Pair
from coachwork.geometry.box import box_areas, box_intersections, box_iou
from coachwork.geometry.overlap import mask_intersections, mask_iou
from coachwork.taxonomy import Kind

_TOUCHES = 0.1
_RECALLS = np.linspace(0, 1, 101)


class Fault(StrEnum):
    """What is wrong with a detection, or with a damage that none found."""

    LOOSE = "loose"
    MISTAKEN = "mistaken"
    BOTH = "both"
    DOUBLED = "doubled"
    NOTHING = "nothing"
    MISSED = "missed"


FAULT_WORDS: dict[Fault, str] = {
    Fault.LOOSE: "loose outlines",
    Fault.MISTAKEN: "wrong types",
    Fault.BOTH: "loose ones of a wrong type",
    Fault.DOUBLED: "doubles",
    Fault.NOTHING: "detections of nothing",
    Fault.MISSED: "missed damages",
}
"""What the tables of an evaluation call them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorBudget:
    """The mean over some types.

    Attributes:
        extent: boxes or masks.
        types: the types.
        ap50: as it is, in 0..1.
        gains: AP50 that it would gain without a fault, in 0..1.
        counts: how many detections (or, for `MISSED`, damages) have it, at any score.
    """

    extent: Extent
    types: tuple[Kind, ...]
    ap50: float
    gains: dict[Fault, float]
    counts: dict[Fault, int]

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "extent": self.extent.value,
            "types": [kind.value for kind in self.types],
            "ap50": self.ap50,
            "faults": {fault.value: {"gain": self.gains[fault], "count": self.counts[fault]} for fault in Fault},
        }


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Judged:
    """The detections of one type over all photos.

    Attributes:
        scores: (N,).
        faults: (N,) a `Fault` each, None where it is right.
        owners: (N,) int64, the damage that it has, or touches most; -1 for none.
        found: damages that a right detection has.
        wanted: damages in all.
        missed: damages with the fault `MISSED`.
    """

    scores: NDArray[np.float64]
    faults: NDArray[np.object_]
    owners: NDArray[np.int64]
    found: frozenset[int]
    wanted: int
    missed: int


def error_budget(pairs: Sequence[Pair], types: Sequence[Kind], extent: Extent) -> ErrorBudget | None:
    """What each fault costs in the mean AP50 of some types.

    Returns:
        None where there are no masks to judge, or no damage of these types.
    """
    if extent is Extent.MASK and any(pair.detections.masks is None for pair in pairs):
        return None
    judged = {kind: _judged(pairs, kind, extent) for kind in types}
    judged = {kind: one for kind, one in judged.items() if one.wanted}
    if not judged:
        return None
    plain = float(np.mean([_average_precision(one, None) for one in judged.values()]))
    gains = {f: float(np.mean([_average_precision(one, f) for one in judged.values()])) - plain for f in Fault}
    counts = {fault: sum(int((one.faults == fault).sum()) for one in judged.values()) for fault in Fault}
    counts[Fault.MISSED] = sum(one.missed for one in judged.values())
    return ErrorBudget(extent=extent, types=tuple(judged), ap50=plain, gains=gains, counts=counts)


def _judged(pairs: Sequence[Pair], kind: Kind, extent: Extent) -> _Judged:
    scores: list[float] = []
    faults: list[Fault | None] = []
    owners: list[int] = []
    found: set[int] = set()
    wanted = missed = 0
    for pair in pairs:
        if not (pair.judges(kind) if extent is Extent.BOX else pair.judges_masks(kind)):
            continue
        own = pair.shapes_of(kind)
        told, targets = _photo_faults(pair, kind, extent)
        scores += pair.detections.scores[list(told)].astype(float).tolist()
        faults += told.values()
        owners += [wanted + own.index(targets[row]) if targets[row] in own else -1 for row in told]
        taken = {targets[row] for row, fault in told.items() if fault is None}
        touched = {targets[row] for row, fault in told.items() if fault is Fault.LOOSE}
        found |= {wanted + own.index(index) for index in taken}
        missed += len(set(own) - taken - touched - _taken_for_others(pair, kind, own, extent))
        wanted += len(own)
    return _Judged(
        scores=np.array(scores, dtype=np.float64),
        faults=np.array(faults, dtype=np.object_),
        owners=np.array(owners, dtype=np.int64),
        found=frozenset(found),
        wanted=wanted,
        missed=missed,
    )


def _photo_faults(pair: Pair, kind: Kind, extent: Extent) -> tuple[dict[int, Fault | None], dict[int, int]]:
    """The fault of each judged row of one type, best first, and the shape that the row has or would have."""
    rows = pair.rows_of(kind)
    own, others = pair.shapes_of(kind), [i for i, s in enumerate(pair.sample.shapes) if s.type not in {kind, None}]
    with_own, with_others = _overlaps(pair, rows, own, extent), _overlaps(pair, rows, others, extent)
    ignored = _ignored(pair, rows, pair.ignored_for(kind), extent)
    free = np.ones(len(own), dtype=np.bool_)
    faults: dict[int, Fault | None] = {}
    targets: dict[int, int] = {}
    for place, row in enumerate(map(int, rows)):
        here = with_own[place]
        best = int(np.argmax(np.where(free, here, -1.0))) if free.any() else -1
        if best >= 0 and here[best] >= MATCH_IOU:
            free[best] = False
            faults[row], targets[row] = None, own[best]
            continue
        if ignored[place]:
            continue
        most, other = here.max(initial=0.0), with_others[place].max(initial=0.0)
        targets[row] = own[int(here.argmax())] if most >= _TOUCHES else -1
        if most >= MATCH_IOU:
            faults[row] = Fault.DOUBLED
        elif most >= _TOUCHES:
            faults[row] = Fault.LOOSE
        elif other >= MATCH_IOU:
            faults[row] = Fault.MISTAKEN
        else:
            faults[row] = Fault.BOTH if other >= _TOUCHES else Fault.NOTHING
    return faults, targets


def _taken_for_others(pair: Pair, kind: Kind, own: Sequence[int], extent: Extent) -> set[int]:
    """Shapes of a type that a detection of another type covers."""
    if not own:
        return set()
    types = pair.detections.types
    strangers = np.array([i for i, label in enumerate(pair.detections.labels) if types[label] != kind], dtype=np.int64)
    covered = _overlaps(pair, strangers, own, extent).max(axis=0, initial=0.0) >= MATCH_IOU
    return {index for index, is_covered in zip(own, covered, strict=True) if is_covered}


def _average_precision(judged: _Judged, without: Fault | None) -> float:
    """AP50 of one type without a fault, read off as COCO does."""
    right = judged.faults == None  # noqa: E711 - elementwise
    kept = np.ones(len(right), dtype=np.bool_)
    wanted = judged.wanted
    if without is Fault.MISSED:
        wanted -= judged.missed
    elif without is not None:
        kept = judged.faults != without
        if without is Fault.LOOSE:
            repaired = _first_of_each(judged, np.flatnonzero(~kept))
            right[repaired], kept[repaired] = True, True
    return _curve(judged.scores, right, kept, wanted)


def _first_of_each(judged: _Judged, rows: NDArray[np.int64]) -> list[int]:
    """The surest of the rows of each damage that nothing has found."""
    first: dict[int, int] = {}
    for row in rows[np.argsort(-judged.scores[rows], kind="stable")]:
        owner = int(judged.owners[row])
        if owner >= 0 and owner not in judged.found:
            first.setdefault(owner, int(row))
    return list(first.values())


def _curve(scores: NDArray[np.float64], right: NDArray[np.bool_], kept: NDArray[np.bool_], wanted: int) -> float:
    if wanted <= 0:
        return 1.0
    order = np.argsort(-scores[kept], kind="stable")
    hits = np.cumsum(right[kept][order])
    if not len(hits):
        return 0.0
    precision = np.maximum.accumulate((hits / np.arange(1, len(hits) + 1))[::-1])[::-1]
    places = np.searchsorted(hits / wanted, _RECALLS, side="left")
    return float(np.append(precision, 0.0)[places].mean())


def _overlaps(pair: Pair, rows: NDArray[np.int64], shapes: Sequence[int], extent: Extent) -> NDArray[np.float64]:
    """IoU (N, M) of detections and shapes; of masks, a shape without one shares nothing."""
    overlaps = np.zeros((len(rows), len(shapes)))
    if not overlaps.size:
        return overlaps
    if extent is Extent.BOX:
        truth = np.array([pair.sample.shapes[i].box.xyxy for i in shapes], dtype=np.float64)
        return np.asarray(box_iou(pair.detections.boxes[rows].astype(np.float64), truth))
    drawn = [(place, mask) for place, i in enumerate(shapes) if (mask := pair.masks[i]) is not None]
    if drawn:
        found = [(pair.detections.masks or ())[row] for row in rows]
        overlaps[:, [place for place, _ in drawn]] = mask_iou(found, [mask for _, mask in drawn])
    return overlaps


def _ignored(pair: Pair, rows: NDArray[np.int64], shapes: Sequence[int], extent: Extent) -> NDArray[np.bool_]:
    """Which detections lie by half in a crowd or in a damage of unstated type."""
    if not len(rows) or not shapes:
        return np.zeros(len(rows), dtype=np.bool_)
    masks = [pair.masks[i] for i in shapes]
    if extent is Extent.MASK and all(mask is not None for mask in masks):
        found = [(pair.detections.masks or ())[row] for row in rows]
        inside = mask_intersections(found, [mask for mask in masks if mask is not None]).max(axis=1)
        areas = np.array([mask.area for mask in found], dtype=np.float64)
    else:
        boxes = pair.detections.boxes[rows].astype(np.float64)
        truth = np.array([pair.sample.shapes[i].box.xyxy for i in shapes], dtype=np.float64)
        inside, areas = box_intersections(boxes, truth).max(axis=1), box_areas(boxes)
    return np.asarray(inside >= 0.5 * np.maximum(areas, 1e-9))
