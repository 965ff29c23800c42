"""What people changed in proposed annotations: kept, reshaped, retyped, deleted and added shapes.

A proposed and a corrected shape are one where they lie at the same place: first shapes of one type, the highest IoU
first, then what is left, whatever its type. IoU is that of the pixels where both shapes have an outline, else of boxes.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coachwork.datasets.sample import DamageShape, Sample
from coachwork.geometry.box import box_iou
from coachwork.geometry.overlap import mask_iou
from coachwork.taxonomy import KINDS, UNSPECIFIED, Kind

SAME_PLACE_IOU = 0.1
"""A shape that was moved or redrawn still covers so much of the proposed one."""
OTHER_TYPE_IOU = 0.5
"""Shapes of different types are one where they cover each other so far: damages of several types overlap often."""
KEPT_IOU = 0.95
"""Formats that round to pixels, and masks redrawn as outlines, move edges so little."""
RIGHT_IOU = 0.5
"""A proposal of the right type with at least this IoU was right (PASCAL VOC's rule)."""


class Change(StrEnum):
    """What became of a shape."""

    KEPT = "kept"
    RESHAPED = "reshaped"
    RETYPED = "retyped"
    DELETED = "deleted"
    ADDED = "added"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Correction:
    """What became of one shape.

    Attributes:
        sample: the photo, as corrected.
        change: what was done.
        proposed: the model's shape; None for one that was added.
        corrected: the person's shape; None for one that was deleted.
        iou: 0..1 of both; 0 where there is one alone.
    """

    sample: Sample
    change: Change
    proposed: DamageShape | None
    corrected: DamageShape | None
    iou: float = 0.0

    @property
    def right(self) -> bool:
        """Whether the proposal found a damage: its type stands, and most of its place."""
        return self.change in {Change.KEPT, Change.RESHAPED} and self.iou >= RIGHT_IOU

    def as_json(self) -> dict[str, Any]:
        """The correction as JSON values."""
        box = (self.corrected or self.proposed or _nothing()).box
        return {
            "photo": self.sample.name,
            "change": self.change.value,
            "proposed": None if self.proposed is None else type_name(self.proposed.type),
            "corrected": None if self.corrected is None else type_name(self.corrected.type),
            "iou": round(self.iou, 4),
            "score": None if self.proposed is None else _score(self.proposed),
            "box": [round(edge, 1) for edge in box.xyxy],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeCorrections:
    """What became of the shapes of one type.

    Attributes:
        name: of the type; of all types together "all".
        kept, reshaped, deleted: proposals of the type.
        retyped: proposals of the type that people gave another one.
        retyped_to: proposals of another type that people gave this one.
        added: shapes that nothing proposed.
        right: proposals that found a damage (`Correction.right`).
        median_iou: 0..1 over kept and reshaped proposals; None without any.
    """

    name: str
    kept: int = 0
    reshaped: int = 0
    retyped: int = 0
    deleted: int = 0
    added: int = 0
    retyped_to: int = 0
    right: int = 0
    median_iou: float | None = None

    @property
    def proposed(self) -> int:
        """Shapes that the model proposed with this type."""
        return self.kept + self.reshaped + self.retyped + self.deleted

    @property
    def corrected(self) -> int:
        """Shapes of this type that people left."""
        return self.kept + self.reshaped + self.retyped_to + self.added

    @property
    def precision(self) -> float | None:
        """Share of the proposals that were right; None without any."""
        return self.right / self.proposed if self.proposed else None

    @property
    def recall(self) -> float | None:
        """Share of the corrected shapes that were proposed right; None without any."""
        return self.right / self.corrected if self.corrected else None

    def as_json(self) -> dict[str, Any]:
        """The counts as JSON values."""
        return {
            "type": self.name,
            "proposed": self.proposed,
            "corrected": self.corrected,
            **{name: getattr(self, name) for name in ("kept", "reshaped", "retyped", "deleted", "added", "retyped_to")},
            "right": self.right,
            "precision": _rounded(self.precision),
            "recall": _rounded(self.recall),
            "median_iou": _rounded(self.median_iou),
        }


def compare_photo(proposed: Sample, corrected: Sample) -> list[Correction]:
    """What people changed on one photo.

    Crowds are passed over, and proposals of a type that the corrected photo does not annotate: nobody judged them.

    Args:
        proposed: the photo with the proposals.
        corrected: the same photo, of the same size, with what people made of them.
    """
    before = [shape for shape in proposed.shapes if not shape.crowd]
    after = [shape for shape in corrected.shapes if not shape.crowd]
    iou = shape_iou(before, after, proposed)
    pairs = _pairs(before, after, iou)
    found = [
        Correction(
            sample=corrected,
            change=_change(before[i], after[j], iou[i, j]),
            proposed=before[i],
            corrected=after[j],
            iou=float(iou[i, j]),
        )
        for i, j in sorted(pairs.items())
    ]
    found += [
        Correction(sample=corrected, change=Change.DELETED, proposed=shape, corrected=None)
        for i, shape in enumerate(before)
        if i not in pairs and (shape.type is None or shape.type in corrected.annotated)
    ]
    found += [
        Correction(sample=corrected, change=Change.ADDED, proposed=None, corrected=shape)
        for j, shape in enumerate(after)
        if j not in pairs.values()
    ]
    return found


def shape_iou(first: Sequence[DamageShape], second: Sequence[DamageShape], photo: Sample) -> NDArray[np.float64]:
    """IoU (N, M) float64 of two lists of shapes of one photo."""
    boxes = [np.array([shape.box.xyxy for shape in shapes]).reshape(-1, 4) for shapes in (first, second)]
    iou = box_iou(*boxes)
    drawn = [[i for i, shape in enumerate(shapes) if shape.has_mask] for shapes in (first, second)]
    masks = [
        [mask for i in places if (mask := shapes[i].mask(photo.size)) is not None]
        for shapes, places in zip((first, second), drawn, strict=True)
    ]
    iou[np.ix_(*drawn)] = mask_iou(*masks)
    return iou


def _pairs(before: Sequence[DamageShape], after: Sequence[DamageShape], iou: NDArray[np.float64]) -> dict[int, int]:
    """Index of each proposed shape that has a corrected one -> index of that."""
    same = np.array([[one.type == other.type for other in after] for one in before], dtype=np.bool_)
    same = same.reshape(len(before), len(after))
    pairs: dict[int, int] = {}
    for allowed, least in ((same, SAME_PLACE_IOU), (~same, OTHER_TYPE_IOU)):
        close = [(float(iou[i, j]), int(i), int(j)) for i, j in np.argwhere(allowed & (iou >= least))]
        for _, i, j in sorted(close, key=lambda triple: (-triple[0], triple[1], triple[2])):
            if i not in pairs and j not in pairs.values():
                pairs[i] = j
    return pairs


def _change(before: DamageShape, after: DamageShape, iou: float) -> Change:
    if before.type != after.type:
        return Change.RETYPED
    return Change.KEPT if iou >= KEPT_IOU else Change.RESHAPED


def corrections_by_type(corrections: Sequence[Correction]) -> tuple[TypeCorrections, ...]:
    """What became of each type's shapes, in the order of the taxonomy, and last of all types together."""
    kinds: list[Kind | None] = [*KINDS, None]
    rows = [_row(type_name(kind), _of_type(corrections, kind), kind) for kind in kinds]
    return (*(row for row in rows if row.proposed or row.corrected), _total(corrections))


def _of_type(corrections: Iterable[Correction], kind: Kind | None) -> list[Correction]:
    return [one for one in corrections if any(s is not None and s.type == kind for s in (one.proposed, one.corrected))]


def _row(name: str, own: Sequence[Correction], kind: Kind | None) -> TypeCorrections:
    away = [one for one in own if one.change is Change.RETYPED and one.proposed and one.proposed.type == kind]
    counts = Counter(one.change for one in own)
    return TypeCorrections(
        name=name,
        kept=counts[Change.KEPT],
        reshaped=counts[Change.RESHAPED],
        deleted=counts[Change.DELETED],
        added=counts[Change.ADDED],
        retyped=len(away),
        retyped_to=counts[Change.RETYPED] - len(away),
        right=sum(one.right for one in own),
        median_iou=_median(own),
    )


def _total(corrections: Sequence[Correction]) -> TypeCorrections:
    counts = Counter(one.change for one in corrections)
    return TypeCorrections(
        name="all",
        kept=counts[Change.KEPT],
        reshaped=counts[Change.RESHAPED],
        deleted=counts[Change.DELETED],
        added=counts[Change.ADDED],
        retyped=counts[Change.RETYPED],
        retyped_to=counts[Change.RETYPED],
        right=sum(one.right for one in corrections),
        median_iou=_median(corrections),
    )


def _median(corrections: Iterable[Correction]) -> float | None:
    values = [one.iou for one in corrections if one.change in {Change.KEPT, Change.RESHAPED}]
    return float(np.median(values)) if values else None


def type_name(kind: Kind | None) -> str:
    """The type's name, or that of a damage whose type is not stated."""
    return UNSPECIFIED if kind is None else kind.value


def _score(shape: DamageShape) -> float | None:
    try:
        return float(shape.attributes.get("score", ""))
    except ValueError:
        return None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _nothing() -> DamageShape:
    message = "a correction has a proposed or a corrected shape"
    raise ValueError(message)
