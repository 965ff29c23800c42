"""Samples made for tests of what is found out about a dataset."""

import hashlib

import numpy as np
from numpy.typing import NDArray

from coachwork.datasets.sample import DamageShape, Sample, Split
from coachwork.geometry.box import Box
from coachwork.geometry.polygon import as_polygon, polygons_box
from coachwork.geometry.size import Size
from coachwork.taxonomy import DamageType

FRAME = Size(height=300, width=400)
ALL_TYPES = frozenset(DamageType)


def box_shape(*xyxy: float, kind: DamageType | None = DamageType.DENT, crowd: bool = False) -> DamageShape:
    """A shape of which only the box is known."""
    x_min, y_min, x_max, y_max = xyxy
    return DamageShape(type=kind, box=Box(x_min=x_min, y_min=y_min, x_max=x_max, y_max=y_max), crowd=crowd)


def outline_shape(*points: float, kind: DamageType | None = DamageType.DENT) -> DamageShape:
    """A shape with one outline: x, y, x, y ..."""
    polygon = as_polygon(points)
    return DamageShape(type=kind, box=polygons_box([polygon]), polygons=(polygon,))


def sample(
    *shapes: DamageShape,
    name: str = "a.jpg",
    source: str = "set",
    split: Split = Split.TRAIN,
    annotated: frozenset[DamageType] = ALL_TYPES,
    size: Size = FRAME,
    cluster: str = "",
) -> Sample:
    """A photo with these shapes; its digest is that of its name."""
    digest = hashlib.sha256(name.encode()).hexdigest()
    return Sample(
        photo=f"photos/{digest[:2]}/{digest}.jpg",
        sha256=digest,
        size=size,
        source=source,
        name=name,
        split=split,
        cluster=cluster or digest[:16],
        annotated=annotated,
        shapes=shapes,
    )


def picture(seed: int, *, height: int = 300, width: int = 400) -> NDArray[np.uint8]:
    """Pixels (height, width, 3) uint8 RGB; different seeds look different."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (6, 8, 3), dtype=np.uint8)
    blocks = coarse.repeat(height // 6, axis=0).repeat(width // 8, axis=1)
    return np.asarray(blocks, dtype=np.uint8)
