"""Damaged and damage-free crops of the same photos.

Whole-car views of undamaged cars differ from claim photos in everything, distance, light, background, so telling the
two apart is too easy a test. Here a photo gives two crops of one size: one with a damage in it, and one that keeps well
away from every marked shape, taken where it is nearest to a damage, so that it shows car rather than street.
"""

import dataclasses
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coachwork.datasets.sample import DamageShape, Sample
from coachwork.geometry.box import Box, box_intersections
from coachwork.geometry.size import Size
from coachwork.photos.reading import Photo

_SIDES = (0.35, 0.60)  # a crop's sides, as a share of the photo's
_MARGIN = 0.03  # a damage-free crop stays this share of the photo's longer side away from every shape
_TRIES = 400
_NEAREST = 0.1  # the damage-free crop is drawn from this share of the possible places, the nearest to a damage


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CropPair:
    """Two crops of one photo, of one size, as photos of their own."""

    damaged: Photo
    undamaged: Photo


@dataclass(frozen=True, slots=True, kw_only=True)
class CropPlace:
    """Where the two crops of a photo lie, whole pixels of the upright photo."""

    damaged: Box
    undamaged: Box


def crop_places(sample: Sample, *, seed: int = 0) -> CropPlace | None:
    """Finds places for a pair of crops.

    The draw hangs on the photo's digest and the seed alone.

    Returns:
        Two boxes of one size, or None where the photo has no damage, or no room without one.
    """
    if not sample.damages:
        return None
    rng = np.random.default_rng([seed, int(sample.sha256[:12] or "0", 16)])
    frame = sample.size
    marked = np.array([shape.box.xyxy for shape in sample.damages], dtype=np.float64)
    margin = _MARGIN * frame.longest
    forbidden = marked + np.array([-margin, -margin, margin, margin])
    shapes = [shape for shape in sample.damages if not shape.crowd] or list(sample.damages)
    for _ in range(8):
        share = rng.uniform(*_SIDES)
        size = Size(height=max(1, round(share * frame.height)), width=max(1, round(share * frame.width)))
        free = _free_places(frame, size, forbidden, marked, rng)
        if free is not None:
            around = _around(shapes[rng.integers(len(shapes))], frame, size, rng)
            return CropPlace(damaged=around, undamaged=free)
    return None


def crop_pair(sample: Sample, photo: Photo, *, seed: int = 0) -> CropPair | None:
    """Cuts a pair of crops out of a photo; None where there is no place for them."""
    places = crop_places(sample, seed=seed)
    if places is None:
        return None
    return CropPair(damaged=cut(photo, places.damaged), undamaged=cut(photo, places.undamaged))


def cut(photo: Photo, box: Box) -> Photo:
    """A part of a photo as a photo of its own.

    Args:
        photo: its pixels may be reduced.
        box: whole pixels of the upright photo at full size.
    """
    across, down = photo.pixels.shape[1] / photo.size.width, photo.pixels.shape[0] / photo.size.height
    rows = slice(round(box.y_min * down), max(round(box.y_max * down), round(box.y_min * down) + 1))
    columns = slice(round(box.x_min * across), max(round(box.x_max * across), round(box.x_min * across) + 1))
    pixels = np.ascontiguousarray(photo.pixels[rows, columns])
    name = f"{photo.name}#{box.x_min:.0f},{box.y_min:.0f},{box.width:.0f},{box.height:.0f}"
    return dataclasses.replace(
        photo,
        name=name,
        sha256=hashlib.sha256(f"{photo.sha256} {name}".encode()).hexdigest(),
        size=Size(height=round(box.height), width=round(box.width)),
        pixels=pixels,
    )


def _free_places(
    frame: Size, size: Size, forbidden: NDArray[np.float64], marked: NDArray[np.float64], rng: np.random.Generator
) -> Box | None:
    """A place that touches nothing forbidden, one of the nearest to a mark."""
    x = rng.integers(0, frame.width - size.width + 1, _TRIES)
    y = rng.integers(0, frame.height - size.height + 1, _TRIES)
    places = np.column_stack([x, y, x + size.width, y + size.height]).astype(np.float64)
    places = places[~(box_intersections(places, forbidden) > 0).any(axis=1)]
    if not len(places):
        return None
    gaps = np.maximum(places[:, None, :2] - marked[None, :, 2:], marked[None, :, :2] - places[:, None, 2:])
    distance = np.hypot(*np.moveaxis(np.clip(gaps, 0, None), 2, 0)).min(axis=1)
    nearest = np.argsort(distance, kind="stable")[: max(1, round(_NEAREST * len(places)))]
    return _box(places[nearest[rng.integers(len(nearest))]])


def _around(shape: DamageShape, frame: Size, size: Size, rng: np.random.Generator) -> Box:
    """A place that holds as much of the shape as a crop of this size can, somewhere in it."""
    x = _start(shape.box.x_min, shape.box.x_max, size.width, frame.width, rng)
    y = _start(shape.box.y_min, shape.box.y_max, size.height, frame.height, rng)
    return Box(x_min=x, y_min=y, x_max=x + size.width, y_max=y + size.height)


def _start(low: float, high: float, side: int, frame: int, rng: np.random.Generator) -> int:
    first, last = sorted((high - side, low))  # a crop that starts between holds all of the shape, or only shape
    start = round(rng.uniform(first, last))
    return int(min(max(start, 0), frame - side))


def _box(xyxy: Sequence[float] | NDArray[np.float64]) -> Box:
    x_min, y_min, x_max, y_max = (float(edge) for edge in xyxy)
    return Box(x_min=x_min, y_min=y_min, x_max=x_max, y_max=y_max)
