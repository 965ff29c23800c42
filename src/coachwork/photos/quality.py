"""Tells whether a photo is good enough to judge a car by, and if not, what to do differently.

All values are measured on a copy whose longer side is 384 pixels, so that one photo gets about the same values at 12
megapixels and at 640 pixels. The thresholds come from ``benchmarks/quality.py``: on real photos of cars at most 2 % of
the originals are sent back, and the table there says which degradations are noticed how often.
"""

from dataclasses import dataclass, replace
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from coachwork.geometry.size import Size
from coachwork.reasons import said

MEASURED_SIDE_PX = 384
"""Longer side of the copy that is measured; smaller photos are measured as they are."""

MIN_SHORT_SIDE_PX = 160
"""Thumbnails of real damaged cars with 167 pixels still show dents; below that nothing was published."""
MIN_BRIGHTNESS = 0.37
"""96 % of photos darkened by three stops fall below it, 23 % at two stops, 1 % at one."""
MAX_GLARE = 0.18
"""99 % of photos exceed it with a lamp of 20 % of the shorter side as radius, 70 % over-exposed by two stops."""
MIN_CONTRAST = 0.10
"""All photos fall below it behind a lens fogged by 90 %; panels photographed from nearby reach 0.13."""
MIN_SHARPNESS = 0.43
"""99 % of photos fall below it with a blur of 0.4 % of the longer side (sigma), 72 % at 0.3 %, 83 % shaken by 3 %."""

_BURNT = 250
_BRIGHT_ALL_OVER = 0.85
_REBLUR = 9
_WEAKEST_EDGE = 20
_FEWEST_EDGE_PIXELS = 100
_SHARPEST_EDGES = 0.997

Pixel = TypeVar("Pixel", np.uint8, np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityLimits:
    """From where on a photo is sent back; see the constants above.

    Attributes:
        short_side_px: a photo's shorter side has at least so many pixels.
        brightness: at least, 0..1.
        glare: at most, 0..1.
        contrast: at least, 0..1.
        sharpness: at least, 0..1.
    """

    short_side_px: int = MIN_SHORT_SIDE_PX
    brightness: float = MIN_BRIGHTNESS
    glare: float = MAX_GLARE
    contrast: float = MIN_CONTRAST
    sharpness: float = MIN_SHARPNESS

    def with_brightness(self, least: float) -> "QualityLimits":
        """The same, but that photos must be at least so bright; never less strict than before."""
        return replace(self, brightness=max(self.brightness, least))


USUAL_LIMITS = QualityLimits()
"""What is asked of photos where nothing else is set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """How good a photo is.

    Attributes:
        brightness: 0..1, the level that the brightest tenth of the photo reaches.
        contrast: 0..1, from the level that 5 % of the photo stay below to the one that 5 % exceed.
        sharpness: 0..1, from the steepness of its sharpest edges and the amount of fine detail.
        glare: 0..1, the share of the photo's middle that is burnt out to white.
        short_side_px: of the photo at full resolution.
        usable: whether the photo can be assessed.
        reasons: why not, each a sentence that says what to do, the gravest first; empty for a usable photo.
    """

    brightness: float
    contrast: float
    sharpness: float
    glare: float
    short_side_px: int
    usable: bool
    reasons: tuple[str, ...]


def measure_quality(pixels: NDArray[np.uint8], size: Size, *, limits: QualityLimits = USUAL_LIMITS) -> Quality:
    """Measures a photo and judges it.

    Args:
        pixels: (h, w, 3) uint8 RGB upright, at full resolution or reduced.
        size: of the photo at full resolution.
        limits: by which it is judged.
    """
    small = _reduced(pixels)
    grey = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    shares = np.cumsum(cv2.calcHist([grey], [0], None, [256], [0, 256])) / grey.size
    low, median, high, highest = (int(np.searchsorted(shares, share)) / 255 for share in (0.05, 0.5, 0.9, 0.95))
    glare = _glare(small)
    sharpness = _sharpness(grey)
    short_side = min(size.height, size.width)
    reasons = _reasons(
        limits,
        brightness=high,
        median=median,
        contrast=highest - low,
        sharpness=sharpness,
        glare=glare,
        short_side=short_side,
    )
    return Quality(
        brightness=high,
        contrast=highest - low,
        sharpness=sharpness,
        glare=glare,
        short_side_px=short_side,
        usable=not reasons,
        reasons=reasons,
    )


def _reasons(
    limits: QualityLimits,
    *,
    brightness: float,
    median: float,
    contrast: float,
    sharpness: float,
    glare: float,
    short_side: int,
) -> tuple[str, ...]:
    found = []
    if short_side < limits.short_side_px:
        found.append(said("quality.small", side=short_side, least=limits.short_side_px))
    if brightness < limits.brightness:
        found.append(said("quality.dark"))
    elif glare > limits.glare and median > _BRIGHT_ALL_OVER:
        found.append(said("quality.bright"))
    elif glare > limits.glare:
        found.append(said("quality.glare"))
    elif contrast < limits.contrast:
        found.append(said("quality.contrast"))
    edges_show = brightness >= limits.brightness and contrast >= limits.contrast
    if edges_show and sharpness < limits.sharpness:
        found.append(said("quality.blurred"))
    return tuple(found)


def _reduced(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A copy with the longer side at 384 pixels; a smaller photo as it is."""
    height, width = pixels.shape[:2]
    scale = MEASURED_SIDE_PX / max(height, width)
    if scale >= 1:
        return pixels
    sides = max(round(width * scale), 1), max(round(height * scale), 1)
    return np.asarray(cv2.resize(pixels, sides, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _glare(small: NDArray[np.uint8]) -> float:
    """Share of burnt-out pixels in the middle 60 % of each side: a white sky or studio around the car harms nobody."""
    height, width = small.shape[:2]
    middle = small[height // 5 : height - height // 5, width // 5 : width - width // 5]
    burnt = cv2.inRange(middle, (_BURNT, _BURNT, _BURNT), (255, 255, 255))
    return cv2.countNonZero(burnt) / burnt.size


def _sharpness(grey: NDArray[np.uint8]) -> float:
    """How steep the sharpest edges are (two thirds) and how much fine detail there is (one third).

    The edges tell a smooth panel with one sharp gap from a blurred photo, the detail tells a shaken photo, which keeps
    sharp edges along its movement. Both are measured along x and along y, and the worse direction counts.
    """
    if min(grey.shape) < 2:
        return 0.0
    window = np.ones((7, 7), dtype=np.uint8)
    span = np.asarray(cv2.subtract(cv2.dilate(grey, window), cv2.erode(grey, window)), dtype=np.uint8)
    steepness = min(_steepness(grey, span, axis) for axis in (0, 1))
    detail = min(_detail(grey.astype(np.float32), axis) for axis in (0, 1))
    return (2 * steepness + detail) / 3


def _steepness(grey: NDArray[np.uint8], span: NDArray[np.uint8], axis: int) -> float:
    """Share of the difference within 7x7 pixels that lies between two neighbours, at the sharpest 0.3 % of edges."""
    edges = np.asarray(cv2.inRange(span[:, 1:] if axis else span[1:], _WEAKEST_EDGE, 255), dtype=np.uint8)
    count = cv2.countNonZero(edges)
    if count < _FEWEST_EDGE_PIXELS:
        return 0.0
    shares = cv2.divide(_differences(grey, axis), span[:, 1:] if axis else span[1:], scale=255)
    below = np.cumsum(cv2.calcHist([shares], [0], edges, [256], [0, 256])) / count
    return int(np.searchsorted(below, _SHARPEST_EDGES)) / 255


def _detail(picture: NDArray[np.float32], axis: int) -> float:
    """Share of the neighbour differences that a blur along the same direction takes away.

    Source: Crété, Dolmiere, Ladret, Nicolas, "The blur effect: perception and estimation with a new no-reference
    perceptual blur metric", 2007; 1 minus their value.
    """
    window = (_REBLUR, 1) if axis else (1, _REBLUR)
    sharp = _differences(picture, axis)
    soft = _differences(np.asarray(cv2.blur(picture, window), dtype=np.float32), axis)
    total = cv2.sumElems(sharp)[0]
    return float(np.maximum(sharp - soft, 0).sum()) / total if total else 0.0


def _differences(picture: NDArray[Pixel], axis: int) -> NDArray[Pixel]:
    """Absolute differences of neighbours along an axis, one fewer than there are pixels."""
    first, second = (picture[:, 1:], picture[:, :-1]) if axis else (picture[1:], picture[:-1])
    return np.asarray(cv2.absdiff(first, second), dtype=picture.dtype)
