"""Variations of a training photo: where the camera stood, how the light was, what the phone did to the picture.

Geometry moves outlines as points and draws them afterwards, so that thin scratches survive; that, and the speed of one
warp per photo, is why it is not left to a library that resamples masks.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from coachwork.geometry.size import Size
from coachwork.training.plan import AugmentationPlan

Pixels = NDArray[np.uint8]
Matrix = NDArray[np.float64]
"""(2, 3) affine map of x, y in pixels."""

_GREY = (114, 114, 114)
_CLEAN_TRIES = 60
_CLEAN_ZOOM = (1.6, 3.0)
"""A clean view shows a third to two thirds of the photo, from the size at which it fits."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outline:
    """One annotated damage on its way into a batch.

    Attributes:
        label: index of its type.
        parts: outlines (M, 2) float64 in pixels; for a shape known as a box only, the box's corners.
        has_mask: whether the outlines are the shape, not its box.
    """

    label: int
    parts: tuple[NDArray[np.float64], ...]
    has_mask: bool


def view_matrix(
    photo: Size, target: Size, outlines: Sequence[Outline], plan: AugmentationPlan, rng: Generator
) -> Matrix:
    """Draws a camera view: flip, zoom, stretch, turn and shift, as a map from photo to target pixels.

    Half of the zoomed-in views look at a damage, so that close-ups are not mostly of bare paint; by `plan.clean` a view
    is drawn that shows none, where the photo has room for one.
    """
    fit = min(target.height / photo.height, target.width / photo.width)
    if outlines and rng.random() < plan.clean:
        for _ in range(_CLEAN_TRIES):
            matrix = _view(photo, target, [], fit * rng.uniform(*_CLEAN_ZOOM), plan, rng)
            if not any(_touches(outline, matrix, target) for outline in outlines):
                return matrix
    zoom = fit * np.exp(rng.uniform(np.log(plan.scale[0]), np.log(plan.scale[1])))
    return _view(photo, target, outlines, zoom, plan, rng)


def _touches(outline: Outline, matrix: Matrix, target: Size) -> bool:
    """Whether any of an outline's box lies in the view."""
    moved = np.concatenate(outline.parts) @ matrix[:, :2].T + matrix[:, 2]
    return bool((moved.max(axis=0) > 0).all() and (moved.min(axis=0) < (target.width, target.height)).all())


def _view(  # noqa: PLR0917 - the order is that of `view_matrix`
    photo: Size, target: Size, outlines: Sequence[Outline], zoom: float, plan: AugmentationPlan, rng: Generator
) -> Matrix:
    """A view of a given zoom (target pixels per photo pixel)."""
    fit = min(target.height / photo.height, target.width / photo.width)
    stretch = np.exp(rng.uniform(-plan.stretch, plan.stretch) / 2)
    angle = np.deg2rad(rng.uniform(-plan.rotation, plan.rotation))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    mirror = -1.0 if rng.random() < plan.flip else 1.0
    linear = turn @ np.diag([zoom * stretch * mirror, zoom / stretch])
    middle = np.array([photo.width, photo.height]) / 2
    slack = np.abs(np.array([photo.width, photo.height]) * zoom - np.array([target.width, target.height])) / 2
    if outlines and rng.random() < 0.5 and zoom > fit:
        points = np.concatenate(outlines[int(rng.integers(len(outlines)))].parts)
        wanted = (points.min(axis=0) + points.max(axis=0)) / 2 - middle
        shift = np.clip(-(linear @ wanted) + rng.uniform(-0.25, 0.25, 2) * target.longest, -slack, slack)
    else:
        shift = rng.uniform(-slack, slack)
    offset = np.array([target.width, target.height]) / 2 + shift - linear @ middle
    return np.column_stack((linear, offset))


def move_photo(pixels: Pixels, matrix: Matrix, target: Size) -> Pixels:
    """Resamples a photo (h, w, 3) under a view; pixel centres lie at half integers."""
    centred = matrix.copy()
    centred[:, 2] += matrix[:, :2] @ np.array([0.5, 0.5]) - 0.5
    zoom = np.sqrt(abs(np.linalg.det(matrix[:, :2])))
    if zoom < 0.6:  # warpAffine does not average: shrink first
        factor = max(zoom * 1.2, 1 / max(pixels.shape[:2]))
        small = np.asarray(cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        back = np.diag([pixels.shape[1] / small.shape[1], pixels.shape[0] / small.shape[0]])
        return move_photo(small, np.column_stack((matrix[:, :2] @ back, matrix[:, 2])), target)
    size = (target.width, target.height)
    moved = cv2.warpAffine(pixels, centred, size, flags=cv2.INTER_LINEAR, borderValue=_GREY)
    return np.asarray(moved, dtype=np.uint8)


def move_outlines(outlines: Sequence[Outline], matrix: Matrix, target: Size) -> list[Outline]:
    """Moves outlines under a view, clips them to the target and drops those of which under a quarter is left."""
    kept = []
    limits = np.array([target.width, target.height], dtype=np.float64)
    for outline in outlines:
        moved = [part @ matrix[:, :2].T + matrix[:, 2] for part in outline.parts]
        whole = np.concatenate(moved)
        clipped = [np.clip(part, 0, limits) for part in moved]
        inside = np.concatenate(clipped)
        before, after = (np.prod(np.ptp(points, axis=0) + 1e-3) for points in (whole, inside))
        if after / before >= 0.25 and np.ptp(inside, axis=0).min() >= 2:
            kept.append(Outline(label=outline.label, parts=tuple(clipped), has_mask=outline.has_mask))
    return kept


def vary_light(pixels: Pixels, strength: float, rng: Generator) -> Pixels:
    """Exposure, contrast, gamma, white balance and saturation; one photo in six as dark as a garage at night."""
    if strength <= 0:
        return pixels
    levels = np.arange(256, dtype=np.float64) / 255
    levels = levels ** np.exp(rng.normal(0, 0.2 * strength))
    stops = rng.uniform(-2.2, -0.7) if rng.random() < 0.16 * strength else rng.normal(0, 0.3 * strength)
    contrast = np.exp(rng.normal(0, 0.15 * strength))
    levels = ((levels - 0.5) * contrast + 0.5) * 2.0**stops
    gains = np.exp(rng.normal(0, 0.06 * strength, 3))
    table = np.clip(levels[:, None] * gains * 255, 0, 255).astype(np.uint8)
    varied = cv2.LUT(pixels, np.ascontiguousarray(table[None].transpose(1, 0, 2)).reshape(1, 256, 3))
    saturation = np.exp(rng.normal(0, 0.25 * strength))
    grey = cv2.cvtColor(cv2.cvtColor(varied, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    return np.asarray(cv2.addWeighted(varied, saturation, grey, 1 - saturation, 0), dtype=np.uint8)


def blur(pixels: Pixels, rng: Generator) -> Pixels:
    """Defocus (Gaussian) or a shaken hand (a line of 3 to 13 pixels in any direction)."""
    if rng.random() < 0.5:
        return np.asarray(cv2.GaussianBlur(pixels, (0, 0), rng.uniform(0.5, 2.2)), dtype=np.uint8)
    length = int(rng.integers(3, 14)) | 1
    angle = rng.uniform(0, np.pi)
    reach = np.array([np.cos(angle), np.sin(angle)]) * (length // 2)
    line = np.zeros((length, length), dtype=np.float32)
    middle = length // 2
    start, end = (tuple(int(v) for v in np.round(middle + sign * reach)) for sign in (-1, 1))
    cv2.line(line, start, end, 1.0)
    return np.asarray(cv2.filter2D(pixels, -1, line / line.sum()), dtype=np.uint8)


def noise(pixels: Pixels, rng: Generator) -> Pixels:
    """Sensor noise of 2 to 14 grey levels."""
    grain = rng.standard_normal(pixels.shape, dtype=np.float32) * rng.uniform(2, 14)
    return np.clip(pixels + grain, 0, 255).astype(np.uint8)


def recompress(pixels: Pixels, rng: Generator) -> Pixels:
    """JPEG at quality 30 to 90."""
    quality = int(rng.integers(30, 91))
    done, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), dtype=np.uint8) if done else pixels


def vary_picture(pixels: Pixels, plan: AugmentationPlan, rng: Generator) -> Pixels:
    """Light, blur, noise and compression, in the order in which a phone adds them."""
    pixels = vary_light(pixels, plan.light, rng)
    steps: tuple[tuple[float, Callable[[Pixels, Generator], Pixels]], ...] = (
        (plan.blur, blur),
        (plan.noise, noise),
        (plan.jpeg, recompress),
    )
    for probability, step in steps:
        if rng.random() < probability:
            pixels = step(pixels, rng)
    return pixels
