"""Datasets of painted photos on disk."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from coachwork.datasets.dataset import write_dataset
from coachwork.datasets.sample import DamageShape, Sample, Split
from coachwork.datasets.source import Source
from coachwork.datasets.version import photo_place
from coachwork.geometry.polygon import as_polygon, polygons_box
from coachwork.geometry.size import Size
from coachwork.taxonomy import DamageType

Painted = tuple[NDArray[np.uint8], tuple[DamageShape, ...]]
"""Pixels (H, W, 3) RGB, and the damages in them."""


def write_painted(folder: Path, photos: Sequence[Painted], *, learnt: int, weights_may_ship: bool = True) -> Path:
    """Writes photos as a dataset: the first `learnt` are train, the rest val."""
    folder.mkdir(parents=True, exist_ok=True)
    samples, paths = [], {}
    for number, (pixels, shapes) in enumerate(photos):
        path = folder / f"{number}.png"
        Image.fromarray(pixels).save(path, compress_level=1)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        paths[digest] = path
        samples.append(
            Sample(
                photo=photo_place(digest, ".png"),
                sha256=digest,
                size=Size(height=pixels.shape[0], width=pixels.shape[1]),
                source="made",
                name=path.name,
                split=Split.TRAIN if number < learnt else Split.VAL,
                cluster=digest,
                annotated=frozenset(DamageType),
                shapes=shapes,
            )
        )
    source = Source(name="made", licence="CC0", attribution="this test", weights_may_ship=weights_may_ship)
    write_dataset(folder / "dataset", sources=[source], samples=samples, photos=paths)
    return folder / "dataset"


def dented(number: int, size: Size, *, dent: bool = True) -> Painted:
    """A grey photo, by `number` always the same one, with a red dent or without."""
    rng = np.random.default_rng(number)
    pixels = rng.integers(90, 120, (size.height, size.width, 3), dtype=np.uint8)
    x, y = (int(v) for v in rng.integers(5, 50, 2))
    if not dent:
        return pixels, ()
    pixels[y : y + 36, x : x + 48] = (200, 30, 30)
    outline = as_polygon([x, y, x + 48, y, x + 48, y + 36, x, y + 36])
    return pixels, (DamageShape(type=DamageType.DENT, box=polygons_box([outline]), polygons=(outline,)),)
