"""What a photo looks like without any model: where its edges run and how it is coloured, as one vector."""

import cv2
import numpy as np
from numpy.typing import NDArray

DESCRIPTOR_NAME = "edges and colours, as the model has no embedding"
"""What photos are said to be compared by where no model says what they look like."""

_SIDE, _CELL, _BINS = 64, 16, 9
_TILES = 3
_GREY_LAB = np.tile(np.array([50, 0, 0], dtype=np.float32), _TILES * _TILES)


def descriptor(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Directions of edges in a 4 x 4 grid and mean colours (CIELAB) in a 3 x 3 grid: (171,) float32 of length 1.

    Both halves weigh the same. Photos of like cars from like places have a large dot product; damages hardly count, so
    that it tells scenes apart and nothing finer.

    Args:
        pixels: (h, w, 3) uint8 RGB upright, at any resolution.

    Source: the cells of Dalal and Triggs, "Histograms of oriented gradients for human detection", 2005 (nine unsigned
    directions, weighted by the square root of their strength), without their overlapping blocks.
    """
    small = cv2.resize(pixels, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    edges = _edges(np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), dtype=np.float32))
    tiles = cv2.resize(small, (_TILES, _TILES), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    colours = cv2.cvtColor(tiles, cv2.COLOR_RGB2LAB).reshape(-1) - _GREY_LAB
    return _unit(np.concatenate([_unit(edges), _unit(colours)]))


def _edges(grey: NDArray[np.float32]) -> NDArray[np.float32]:
    """(144,) strength of the gradients in each cell and direction, a direction and its opposite being the same."""
    x, y = (np.asarray(cv2.Sobel(grey, cv2.CV_32F, *order, ksize=1)) for order in ((1, 0), (0, 1)))
    direction = np.minimum((np.arctan2(y, x) % np.pi) / np.pi * _BINS, _BINS - 1).astype(np.int64)
    cell = np.arange(_SIDE) // _CELL
    place = (cell[:, None] * (_SIDE // _CELL) + cell[None, :]) * _BINS + direction
    strength = np.sqrt(np.hypot(x, y))
    length = (_SIDE // _CELL) ** 2 * _BINS
    return np.bincount(place.reshape(-1), weights=strength.reshape(-1), minlength=length).astype(np.float32)


def _unit(vector: NDArray[np.floating]) -> NDArray[np.float32]:
    """The vector at length 1; one of length 0 as it is."""
    length = float(np.linalg.norm(vector))
    return np.asarray(vector / length if length > 1e-9 else vector, dtype=np.float32)
