"""Photos with shapes that are known to the pixel, for other programs to read or to write."""

from pathlib import Path

import numpy as np

from coachwork.annotations.contract import Holding
from coachwork.annotations.export import export_of
from coachwork.annotations.formats import FORMATS
from coachwork.annotations.photo_lookup import open_photo
from coachwork.datasets.sample import DamageShape, Sample, Split
from coachwork.geometry.box import Box
from coachwork.geometry.mask import Mask
from coachwork.geometry.polygon import polygons_box
from coachwork.geometry.rotated_box import RotatedBox
from coachwork.taxonomy import DamageType
from tests.annotations.photo_files import write_photo

BOX = DamageShape(type=DamageType.DENT, box=Box(x_min=3.5, y_min=2.25, x_max=20.75, y_max=11))
_TRIANGLE = np.array([[4.5, 3], [33.25, 8.75], [12, 25.5]])
OUTLINE = DamageShape(type=DamageType.SCRATCH, box=polygons_box([_TRIANGLE]), polygons=(_TRIANGLE,))
_HALVES = (np.array([[2.0, 2], [9, 2], [9, 12], [2, 12]]), np.array([[20.0, 15], [30, 15], [25, 27]]))
PARTS = DamageShape(type=DamageType.RUST, box=polygons_box(_HALVES), polygons=_HALVES)
_TURNED = RotatedBox(x=20, y=14, width=18, height=7, angle=30)
TURNED = DamageShape(type=DamageType.BROKEN_GLASS, box=_TURNED.box, rotated=_TURNED)


def ring() -> Mask:
    """A frame of pixels around a hole, in a photo of 40 x 30."""
    full = np.zeros((30, 40), dtype=np.bool_)
    full[5:17, 8:31] = True
    full[8:12, 12:20] = False
    return Mask.from_full(full)


PIXELS = DamageShape(type=DamageType.DENT, box=ring().box, rle=ring())

FORMS = {
    "box": (Holding.BOXES, BOX),
    "outline": (Holding.OUTLINES, OUTLINE),
    "parts": (Holding.PARTS, PARTS),
    "turned": (Holding.ROTATED_BOXES, TURNED),
    "pixels": (Holding.PIXELS, PIXELS),
}


def known_samples(folder: Path, forms: tuple[str, ...]) -> list[Sample]:
    """A photo for each form, named for it, in the two splits by turns; and `empty`, which shows no damage.

    All are 40 x 30 pixels.
    """
    samples = []
    for number, form in enumerate([*forms, "empty"]):
        path = write_photo(folder / f"{form}.png", seed=number)
        samples.append(
            Sample(
                photo=path.name,
                sha256=open_photo(path).sha256,
                size=open_photo(path).size,
                source="known",
                name=path.name,
                split=Split.VAL if number % 2 else Split.TRAIN,
                cluster="",
                annotated=frozenset(DamageType),
                shapes=(FORMS[form][1],) if form in FORMS else (),
            )
        )
    return samples


def write_known(name: str, folder: Path, forms: tuple[str, ...]) -> Path:
    """Writes the known photos with shapes of some forms in a format, below `folder`."""
    write = FORMATS[name].write
    assert write is not None
    photos, out = folder / "photos", folder / name
    out.mkdir(parents=True)
    write(export_of(known_samples(photos, forms), out, lambda sample: photos / sample.photo))
    return out
