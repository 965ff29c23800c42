"""Rendered photos as JPEG files, and as samples of a dataset."""

import hashlib
from pathlib import Path

from PIL import Image

from coachwork.datasets.sample import Sample, Split
from coachwork.rendering.renderer import RenderedPhoto
from coachwork.taxonomy import DamageType

_ORIENTATION_TAG = 0x0112
_STORED = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
"""EXIF orientation (TIFF 6.0, tag 274) -> how an upright picture is turned before it is stored under that value."""


def write_photo(rendered: RenderedPhoto, path: Path, *, quality: int, orientation: int = 1) -> None:
    """Writes a photo as JPEG, its pixels turned and tagged as a phone held the other way would do.

    Raises:
        ValueError: the orientation is none of 1, 3, 6, 8.
    """
    picture = Image.fromarray(rendered.pixels)
    exif = Image.Exif()
    exif[_ORIENTATION_TAG] = orientation
    if orientation != 1:
        if orientation not in _STORED:
            message = f"a photo is stored with orientation 1, 3, 6 or 8, not {orientation}"
            raise ValueError(message)
        picture = picture.transpose(_STORED[orientation])
    picture.save(path, format="JPEG", quality=quality, optimize=True, exif=exif)


def as_sample(rendered: RenderedPhoto, path: Path) -> Sample:
    """The written photo with its exact truth; every damage type is known in it, present or not."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Sample(
        photo=path.name,
        sha256=digest,
        size=rendered.size,
        source="coachwork",
        name=path.name,
        split=Split.TEST,
        cluster=digest,
        annotated=frozenset(DamageType),
        shapes=rendered.shapes,
    )
