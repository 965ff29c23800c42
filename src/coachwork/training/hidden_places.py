"""Places made unrecognisable, as number plates, faces and logos are before photos are given away.

Photos of cars come with such places, and a model that never saw one takes it for damage: it is as unlike paint as a
hole.
"""

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from coachwork.training.augmentation import Outline, Pixels

_MOST = 3
_TRIES = 8
_SIDE = (0.04, 0.25)
"""The longer side of a place, as a share of the picture's."""

_ASPECT = (1.0, 5.0)
_UPRIGHT = 0.25


def hide_places(pixels: Pixels, outlines: Sequence[Outline], rng: Generator) -> Pixels:
    """Blurs, coarsens or fills one to three places, none of which touches a damage's box.

    Args:
        pixels: (H, W, 3) uint8 RGB.
        outlines: the damages in it, in its pixels.
        rng: of the draw.

    Returns:
        (H, W, 3) uint8, a copy.
    """
    hidden = pixels.copy()
    boxes = np.array([_box(outline) for outline in outlines]).reshape(-1, 4)
    for _ in range(int(rng.integers(1, _MOST + 1))):
        for _ in range(_TRIES):
            place = _place(pixels, rng)
            if not _touches(place, boxes):
                _hide(hidden, place, rng)
                break
    return hidden


def _box(outline: Outline) -> NDArray[np.float64]:
    points = np.concatenate(outline.parts)
    return np.concatenate((points.min(axis=0), points.max(axis=0)))


def _place(pixels: Pixels, rng: Generator) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of a place within the picture."""
    height, width = pixels.shape[:2]
    longer = max(height, width) * np.exp(rng.uniform(*np.log(_SIDE)))
    shorter = longer / np.exp(rng.uniform(*np.log(_ASPECT)))
    across, down = (shorter, longer) if rng.random() < _UPRIGHT else (longer, shorter)
    across, down = min(max(round(across), 3), width), min(max(round(down), 3), height)
    left, top = int(rng.integers(width - across + 1)), int(rng.integers(height - down + 1))
    return left, top, left + across, top + down


def _touches(place: tuple[int, int, int, int], boxes: NDArray[np.float64]) -> bool:
    left, top, right, bottom = place
    apart = (boxes[:, 0] >= right) | (boxes[:, 2] <= left) | (boxes[:, 1] >= bottom) | (boxes[:, 3] <= top)
    return not apart.all()


def _hide(pixels: Pixels, place: tuple[int, int, int, int], rng: Generator) -> None:
    """Changes the pixels of a place; its edge is sharp, or fades inwards."""
    left, top, right, bottom = place
    inside = pixels[top:bottom, left:right]
    ways: tuple[Callable[[Pixels, Generator], NDArray[np.float32]], ...] = (_blurred, _coarse, _filled)
    covered = ways[int(rng.integers(len(ways)))](inside, rng)
    weight = np.ones((*inside.shape[:2], 1), dtype=np.float32)
    if rng.random() < 0.5:
        weight = _fading(weight.shape[0], weight.shape[1], rng.uniform(0.05, 0.3))
    pixels[top:bottom, left:right] = np.clip(weight * covered + (1 - weight) * inside, 0, 255).astype(np.uint8)


def _blurred(inside: Pixels, rng: Generator) -> NDArray[np.float32]:
    spread = max(min(inside.shape[:2]) * rng.uniform(0.15, 0.6), 1.0)
    return np.asarray(cv2.GaussianBlur(inside, (0, 0), spread, borderType=cv2.BORDER_REPLICATE), dtype=np.float32)


def _coarse(inside: Pixels, rng: Generator) -> NDArray[np.float32]:
    """Large squares, up to eight of them along the shorter side."""
    height, width = inside.shape[:2]
    step = max(min(height, width) / rng.uniform(2, 8), 2.0)
    few = (max(round(width / step), 1), max(round(height / step), 1))
    small = cv2.resize(inside, few, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST), dtype=np.float32)


def _filled(inside: Pixels, rng: Generator) -> NDArray[np.float32]:
    """One colour: the place's own mean, a grey, or any."""
    colour = (inside.mean(axis=(0, 1)), np.repeat(rng.uniform(0, 255), 3), rng.uniform(0, 255, 3))[int(rng.integers(3))]
    return np.broadcast_to(colour.astype(np.float32), inside.shape)


def _fading(height: int, width: int, share: float) -> NDArray[np.float32]:
    """(height, width, 1) weights, 1 in the middle, falling to 0 at the edge over a share of the shorter side."""
    over = max(share * min(height, width), 1.0)
    down, across = (np.minimum(np.arange(side) + 0.5, side - np.arange(side) - 0.5) for side in (height, width))
    weights = np.clip(np.minimum(down[:, None], across[None]) / over, 0, 1)
    return np.asarray(weights[..., None], dtype=np.float32)
