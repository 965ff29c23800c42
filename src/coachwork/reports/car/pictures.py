"""The pictures of the report: each photo with its damages, numbered as in the tables, and a crop of each damage.

They are all drawn from what `derived_pixels` gives, so that a face or a number plate that is hidden there is hidden in
every one of them. The photos themselves are only read.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coachwork.geometry.box import Box
from coachwork.geometry.mask import Mask, mask_from_rle
from coachwork.photos.privacy import PrivateRegion, hidden
from coachwork.photos.problems import PhotoError
from coachwork.photos.reading import Photo, read_photo
from coachwork.reports.car.damage_contents import ReportDamage
from coachwork.reports.overlay import DrawnShape, colour_of, draw_shapes
from coachwork.reports.pictures import crop_around, jpeg_of
from coachwork.taxonomy import DamageType

OVERLAY_PX = 1600
"""Longer side of the pictures in the folder."""

SHOWN_PX = 1000
"""Longer side of the same pictures in page and document, where they fill half a page."""

CROP_PX = 420
_COVERED = 0.25
_NUMBER_SCALE = 2.6
"""Of the numbers on the smaller pictures, so that they can be read at a third of a page's width."""

Finder = Callable[[Photo], Sequence[PrivateRegion]]
"""Finds what must be hidden on a photo."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoPictures:
    """The pictures of one photo, as JPEG files.

    Attributes:
        place: of the photo in the document, from 0.
        overlay: with its damages drawn.
        shown: smaller, with their numbers alone.
        crops: number of a damage -> its crop, of those whose surest view is on this photo.
        private: how many regions are hidden; None where none was looked for.
        covered: numbers of damages of which these hide a good part.
    """

    place: int
    overlay: bytes
    shown: bytes
    crops: Mapping[int, bytes] = field(default_factory=dict)
    private: int | None = None
    covered: tuple[int, ...] = ()


def derived_pixels(photo: Photo, finder: Finder | None) -> tuple[NDArray[np.uint8], Sequence[PrivateRegion] | None]:
    """The pixels that every picture of a photo is made from, and the regions that are hidden in them.

    The regions are None where nothing was sought.

    Args:
        photo: full size or reduced.
        finder: None where nothing is to be hidden.
    """
    if finder is None:
        return photo.pixels, None
    regions = finder(photo)
    return (hidden(photo.pixels, regions, size=photo.size) if regions else photo.pixels), regions


def photo_pictures(
    document: Mapping[str, Any],
    damages: Sequence[ReportDamage],
    where: Callable[[Mapping[str, Any]], Path | None],
    *,
    finder: Finder | None = None,
    missing: Callable[[int, str], None] = lambda _place, _why: None,
) -> Iterator[PhotoPictures]:
    """The pictures of every photo of a document, one photo in memory at a time.

    Args:
        document: by ``coachwork.inspection/1``.
        damages: of it, as the report tells them.
        where: the file of a photo, by its object ``photo``; None where it is not at hand.
        finder: of what must be hidden; None where nothing is.
        missing: told of each photo (its place) that has no pictures, and why.
    """
    for place, told in enumerate(document["photos"]):
        path = where(told["photo"])
        try:
            photo = None if path is None else read_photo(path, min_side=OVERLAY_PX)
        except PhotoError as problem:
            missing(place, str(problem))
            continue
        if photo is None:
            missing(place, "the photo is not at hand")
        elif photo.sha256 != told["photo"]["sha256"]:
            missing(place, "another photo lies there now: its digest is not that of the inspection")
        else:
            yield _pictures(place, photo, told, damages, finder)


def _pictures(
    place: int, photo: Photo, told: Mapping[str, Any], damages: Sequence[ReportDamage], finder: Finder | None
) -> PhotoPictures:
    pixels, regions = derived_pixels(photo, finder)
    views = [(damage, told["damages"][at]) for damage in damages for photo_at, at in damage.views if photo_at == place]
    shapes = [_shape(damage, view) for damage, view in views]
    numbered = [replace(shape, label=str(damage.number)) for shape, (damage, _) in zip(shapes, views, strict=True)]
    overlay = draw_shapes(pixels, shapes, size=photo.size, longest=OVERLAY_PX)
    crops = {
        damage.number: jpeg_of(crop_around(pixels, _box(told["damages"][at]), size=photo.size, longest=CROP_PX))
        for damage in damages
        for photo_at, at in damage.views[:1]
        if photo_at == place
    }
    shown = draw_shapes(pixels, numbered, size=photo.size, longest=SHOWN_PX, label_scale=_NUMBER_SCALE)
    return PhotoPictures(
        place=place,
        overlay=jpeg_of(overlay, quality=88),
        shown=jpeg_of(shown, quality=80),
        crops=crops,
        private=None if regions is None else len(regions),
        covered=tuple(
            damage.number for damage, view in views if any(_is_covered(_box(view), one) for one in regions or ())
        ),
    )


def _is_covered(box: Box, region: PrivateRegion) -> bool:
    """Whether a hidden region's box takes a good part of a damage's box."""
    (x_min, y_min), (x_max, y_max) = region.polygon.min(axis=0), region.polygon.max(axis=0)
    width = min(box.x_max, float(x_max)) - max(box.x_min, float(x_min))
    height = min(box.y_max, float(y_max)) - max(box.y_min, float(y_min))
    return max(width, 0.0) * max(height, 0.0) >= _COVERED * box.area > 0


def _shape(damage: ReportDamage, view: Mapping[str, Any]) -> DrawnShape:
    kind = DamageType(view["type"])
    return DrawnShape(box=_box(view), mask=_mask(view), label=f"{damage.number} {kind.words}", colour=colour_of(kind))


def _box(view: Mapping[str, Any]) -> Box:
    x_min, y_min, x_max, y_max = (float(one) for one in view["box"])
    return Box(x_min=x_min, y_min=y_min, x_max=x_max, y_max=y_max)


def _mask(view: Mapping[str, Any]) -> Mask | None:
    return None if view["mask"] is None else mask_from_rle(dict(view["mask"]))


def picture_name(number: int, name: str) -> str:
    """File name of a photo's picture in the folder ``photos``.

    >>> picture_name(3, "links vorn (2).HEIC")
    '03-links_vorn_2.jpg'
    """
    stem = re.sub(r"[^\w.-]+", "_", Path(name).stem).strip("._")[:60]
    return f"{number:02d}-{stem or 'photo'}.jpg"
