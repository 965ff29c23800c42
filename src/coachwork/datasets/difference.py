"""What changed between two versions: photos, splits, and shapes by type."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from coachwork.datasets.sample import DamageShape, Sample, Split
from coachwork.datasets.sample_lines import sample_to_line
from coachwork.datasets.version import Version
from coachwork.geometry.box import box_iou
from coachwork.taxonomy import KINDS, UNSPECIFIED

SAME_SHAPE_IOU = 0.5
"""Overlap of boxes from which two shapes that differ count as one shape that was changed."""


@dataclass(slots=True, kw_only=True)
class TypeChanges:
    """Shapes of one type that are new, gone, or drawn or described otherwise than before."""

    added: int = 0
    removed: int = 0
    changed: int = 0

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Difference:
    """What leads from one version to another. Photos are told by their bytes, not by their names.

    Attributes:
        added: samples of photos that only the later version holds.
        removed: samples of photos that only the earlier one holds.
        moved: (earlier, later) samples of photos whose split is another.
        edited: (earlier, later) samples of which something else is said: shapes, annotated types, tags, source or name.
        shapes: type -> changes over all photos, added and removed ones too; a shape of another type counts as changed
            under the type that it has now.
        retyped: (type before, type after) -> shapes that stayed where they are.
    """

    added: tuple[Sample, ...]
    removed: tuple[Sample, ...]
    moved: tuple[tuple[Sample, Sample], ...]
    edited: tuple[tuple[Sample, Sample], ...]
    shapes: dict[str, TypeChanges]
    retyped: dict[tuple[str, str], int]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.moved or self.edited)

    def as_json(self) -> dict[str, Any]:
        """The difference as JSON values; photos by digest and name."""
        return {
            "added": [_named(sample) for sample in self.added],
            "removed": [_named(sample) for sample in self.removed],
            "moved": [_named(new) | {"from": old.split.value, "to": new.split.value} for old, new in self.moved],
            "edited": [_named(new) for _, new in self.edited],
            "shapes": {
                kind: {"added": one.added, "removed": one.removed, "changed": one.changed}
                for kind, one in self.shapes.items()
            },
            "retyped": [{"from": old, "to": new, "shapes": count} for (old, new), count in self.retyped.items()],
        }


def difference(earlier: Version, later: Version) -> Difference:
    """What leads from one version to another."""
    before = {sample.sha256: sample for sample in earlier.samples}
    after = {sample.sha256: sample for sample in later.samples}
    added = tuple(sample for sha256, sample in after.items() if sha256 not in before)
    removed = tuple(sample for sha256, sample in before.items() if sha256 not in after)
    common = [(sample, after[sha256]) for sha256, sample in before.items() if sha256 in after]
    edited = tuple(pair for pair in common if _said(pair[0]) != _said(pair[1]))
    tally = _Tally()
    tally.count((), [shape for sample in added for shape in sample.shapes])
    tally.count([shape for sample in removed for shape in sample.shapes], ())
    for old, new in edited:
        tally.count(*_differing(old, new))
    return Difference(
        added=added,
        removed=removed,
        moved=tuple(pair for pair in common if pair[0].split is not pair[1].split),
        edited=edited,
        shapes={kind: changes for kind, changes in tally.shapes.items() if changes},
        retyped=dict(sorted(tally.retyped.items())),
    )


class _Tally:
    """Counts changes of shapes, photo by photo."""

    def __init__(self) -> None:
        self.shapes = {kind: TypeChanges() for kind in (*(one.value for one in KINDS), UNSPECIFIED)}
        self.retyped: Counter[tuple[str, str]] = Counter()

    def count(self, old: Sequence[DamageShape], new: Sequence[DamageShape]) -> None:
        """Counts shapes of one photo that differ: as changed where two overlap enough, nearest first."""
        edges = [np.array([shape.box.xyxy for shape in side], dtype=np.float64).reshape(-1, 4) for side in (old, new)]
        overlaps = box_iou(*edges)
        near = np.argwhere(overlaps >= SAME_SHAPE_IOU).tolist()
        gone, came = set(range(len(old))), set(range(len(new)))
        for i, j in sorted(near, key=lambda pair: -overlaps[pair[0], pair[1]]):
            if i in gone and j in came:
                gone.remove(i)
                came.remove(j)
                was, now = _kind(old[i]), _kind(new[j])
                self.shapes[now].changed += 1
                if was != now:
                    self.retyped[was, now] += 1
        for i in gone:
            self.shapes[_kind(old[i])].removed += 1
        for j in came:
            self.shapes[_kind(new[j])].added += 1


def _differing(old: Sample, new: Sample) -> tuple[list[DamageShape], list[DamageShape]]:
    """The shapes of each side that the other side does not have exactly so; of equal shapes each counts."""
    before, after = ([_shape_line(sample, shape) for shape in sample.shapes] for sample in (old, new))
    only_before, only_after = Counter(before) - Counter(after), Counter(after) - Counter(before)
    return _picked(old, before, only_before), _picked(new, after, only_after)


def _picked(sample: Sample, lines: Sequence[str], wanted: Counter[str]) -> list[DamageShape]:
    picked = []
    for shape, line in zip(sample.shapes, lines, strict=True):
        if wanted[line]:
            wanted[line] -= 1
            picked.append(shape)
    return picked


def _shape_line(sample: Sample, shape: DamageShape) -> str:
    """All that is said of a shape, as text that is equal for equal shapes."""
    plain = Sample(
        photo="", sha256="", size=sample.size, source="", name="", split=Split.TRAIN, cluster="", annotated=frozenset()
    )
    return sample_to_line(replace(plain, shapes=(shape,)))


def _said(sample: Sample) -> str:
    """All that is said of a photo itself: not its split and cluster, which depend on the other photos."""
    return sample_to_line(replace(sample, split=Split.TRAIN, cluster=""))


def _kind(shape: DamageShape) -> str:
    return UNSPECIFIED if shape.type is None else shape.type.value


def _named(sample: Sample) -> dict[str, str]:
    return {"sha256": sample.sha256, "name": sample.name, "source": sample.source}
