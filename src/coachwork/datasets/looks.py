"""How the photos of a dataset look: their quality, and the fingerprint of each as it is and in a mirror."""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from coachwork.datasets.sample import Sample
from coachwork.datasets.statistics import quantiles
from coachwork.photos.fingerprint import fingerprint
from coachwork.photos.quality import MEASURED_SIDE_PX, Quality, measure_quality
from coachwork.photos.reading import PhotoError, read_photo

THUMBNAIL_SIDE_PX = 32
"""Enough to tell whether two photos with like fingerprints show the same."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PhotoLook:
    """How one photo looks.

    Attributes:
        quality: None where the photo cannot be read.
        fault: why it cannot be read; empty where it can.
        fingerprint: 64-bit perceptual hash; None where the photo cannot be read.
        mirrored: the same of the photo turned left to right.
        thumbnail: (32, 32) uint8 grey, stretched to a square; empty (0, 0) where the photo cannot be read.
    """

    quality: Quality | None
    fault: str
    fingerprint: int | None
    mirrored: int | None
    thumbnail: NDArray[np.uint8]


def look_at_photo(path: Path, *, name: str = "") -> PhotoLook:
    """Reads a photo, reduced, and measures it; a photo that cannot be read is told, not raised.

    Args:
        path: of the photo.
        name: for the message.
    """
    try:
        photo = read_photo(path, name=name, min_side=MEASURED_SIDE_PX)
    except PhotoError as error:
        empty = np.zeros((0, 0), dtype=np.uint8)
        return PhotoLook(quality=None, fault=str(error), fingerprint=None, mirrored=None, thumbnail=empty)
    return PhotoLook(
        quality=measure_quality(photo.pixels, photo.size),
        fault="",
        fingerprint=fingerprint(photo.pixels),
        mirrored=fingerprint(np.ascontiguousarray(photo.pixels[:, ::-1])),
        thumbnail=_thumbnail(photo.pixels),
    )


def look_at_photos(
    samples: Sequence[Sample], folder: Path, *, seen: Callable[[], None] | None = None, threads: int | None = None
) -> tuple[PhotoLook, ...]:
    """How each sample's photo looks, in the order of the samples.

    Args:
        samples: of one dataset.
        folder: of the dataset.
        seen: called for each photo that is done.
        threads: photos read at once; by default one for each processor.
    """
    workers = threads or os.cpu_count() or 1
    looks = []
    with ThreadPoolExecutor(max_workers=workers) as pool:
        for look in pool.map(lambda sample: look_at_photo(folder / sample.photo, name=sample.name), samples):
            looks.append(look)
            if seen is not None:
                seen()
    return tuple(looks)


def quality_figures(looks: Sequence[PhotoLook]) -> dict[str, Any]:
    """Quantiles of each measure, and how many photos would have to be taken again for which reason, as JSON values."""
    measured = [look.quality for look in looks if look.quality is not None]
    measures = ("brightness", "contrast", "sharpness", "glare", "short_side_px")
    reasons = Counter(reason.split(":")[0] for quality in measured for reason in quality.reasons)
    return {
        "unreadable": len(looks) - len(measured),
        "usable": sum(quality.usable for quality in measured),
        "reasons": {_without_figures(reason): count for reason, count in reasons.most_common()},
        **{name: quantiles(np.array([getattr(one, name) for one in measured], dtype=np.float64)) for name in measures},
    }


def alike(first: PhotoLook, second: PhotoLook, *, mirrored: bool = False) -> float:
    """Correlation -1..1 of two photos' thumbnails, the second turned left to right where `mirrored`; 0 without one."""
    if not first.thumbnail.size or not second.thumbnail.size:
        return 0.0
    other = second.thumbnail[:, ::-1] if mirrored else second.thumbnail
    one, two = (part.astype(np.float64).reshape(-1) - part.mean() for part in (first.thumbnail, other))
    scale = float(np.sqrt((one @ one) * (two @ two)))
    return float(one @ two) / scale if scale else 0.0


def worst_photos(looks: Sequence[PhotoLook]) -> Iterator[int]:
    """Places of the photos that are not usable, the darkest first, then the flattest, the most glaring, the blurred."""
    bad = [(look.quality, place) for place, look in enumerate(looks) if look.quality and not look.quality.usable]
    for quality, place in sorted(bad, key=lambda pair: (pair[0].reasons, pair[0].sharpness, pair[1])):
        if quality.reasons:
            yield place


def _without_figures(reason: str) -> str:
    return reason.split(" (", maxsplit=1)[0].removesuffix(".")


def _thumbnail(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    side = (THUMBNAIL_SIDE_PX, THUMBNAIL_SIDE_PX)
    return np.asarray(cv2.resize(grey, side, interpolation=cv2.INTER_AREA), dtype=np.uint8)
