"""Looks at the photos of a claim: what they are known again by, and what their files tell."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from coachwork.claims.camera_signals import SentPhoto
from coachwork.claims.copy_signals import KeptPhoto
from coachwork.photos.exif import camera_notes
from coachwork.photos.orientation import upright
from coachwork.photos.point_codes import point_codes
from coachwork.photos.problems import PhotoError, shown_name
from coachwork.photos.reading import Photo, read_photo
from coachwork.photos.sniffing import PhotoFormat

_MIN_SIDE = 640
_COMPARED = 24
_BAR = 24


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LookedAt:
    """One photo of a claim.

    Attributes:
        kept: what it is known again by.
        sent: what its file tells.
        photo: its pixels, perhaps reduced.
    """

    kept: KeptPhoto
    sent: SentPhoto
    photo: Photo


def look_at(path: Path, *, claim: str) -> LookedAt:
    """Looks at a photo.

    Raises:
        PhotoError: it cannot be read.
    """
    photo = read_photo(path, min_side=_MIN_SIDE)
    with path.open("rb") as file:
        notes = camera_notes(file.read())
    name = shown_name(str(path))
    return LookedAt(
        kept=KeptPhoto(
            claim=claim,
            name=name,
            file=str(path.absolute()),
            sha256=photo.sha256,
            codes=point_codes(photo.pixels),
        ),
        sent=SentPhoto(
            name=name,
            notes=notes,
            is_png=photo.format is PhotoFormat.PNG,
            thumbnail_likeness=thumbnail_likeness(notes.thumbnail, photo),
        ),
        photo=photo,
    )


def thumbnail_likeness(thumbnail: bytes, photo: Photo) -> float | None:
    """Correlation of a camera's small picture with the photo, -1..1; None where there is none that can be read.

    Cameras fill small pictures of another shape up with black bars, and some turn them with the photo and some do not:
    the best of these readings counts.
    """
    if not thumbnail:
        return None
    try:
        small = read_photo(thumbnail).pixels
    except PhotoError:
        return None
    large = _grey(photo.pixels)
    found = [_correlation(_grey(one), large) for one in (small, _without_bars(small))]
    if photo.orientation != 1:
        turned = upright(small, photo.orientation)
        found += [_correlation(_grey(one), large) for one in (turned, _without_bars(turned))]
    return max(found)


def _grey(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    grey = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(grey, (_COMPARED, _COMPARED), interpolation=cv2.INTER_AREA), dtype=np.float64)


def _without_bars(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Pixels (h, w, 3) without rows and columns at the edges that are black but for what compression leaves there."""
    light = pixels.max(axis=2)
    rows, columns = np.flatnonzero(light.mean(axis=1) > _BAR), np.flatnonzero(light.mean(axis=0) > _BAR)
    if not len(rows) or not len(columns):
        return pixels
    return pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _correlation(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    spread = float(first.std() * second.std())
    return float(((first - first.mean()) * (second - second.mean())).mean() / spread) if spread > 1e-6 else 1.0
