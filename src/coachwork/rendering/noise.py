"""Seeded noise that repeats without a seam, and lookups of pictures at real-valued places."""

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]
"""(H, W) or (H, W, C) float32."""

SIDE = 512


def lookup(picture: Field, column: Field, row: Field, *, border: int = cv2.BORDER_REPLICATE) -> Field:
    """Bilinear values of `picture` (h, w[, C]) at columns and rows (H, W) in pixels, centres at whole numbers."""
    found = cv2.remap(
        picture,
        np.ascontiguousarray(column, dtype=np.float32),
        np.ascontiguousarray(row, dtype=np.float32),
        cv2.INTER_LINEAR,
        borderMode=border,
    )
    return np.asarray(found, dtype=np.float32)


def smoothstep(low: float, high: float, value: Field) -> Field:
    """Hermite step, 0 below `low`, 1 above `high` (falling where `low` > `high`)."""
    share = np.clip((value - np.float32(low)) / np.float32(high - low), 0, 1)
    return np.asarray(share * share * (3 - 2 * share), dtype=np.float32)


def mix(first: Field, second: Field, share: Field) -> Field:
    """`first` where `share` is 0, `second` where it is 1; a share of (H, W) spreads over channels."""
    if first.ndim == 3 and share.ndim == 2:
        share = share[..., None]
    return np.asarray(first + (second - first) * share, dtype=np.float32)


def tile(seed: int, *, octaves: int = 6, coarsest: int = 4) -> Field:
    """Fractal noise (SIDE, SIDE), mean 0, deviation 1, that repeats in both directions.

    The coarsest octave has `coarsest` (a power of two) cells across, each further one twice as many, half as strong.
    """
    generator = np.random.default_rng(seed)
    total = np.zeros((SIDE, SIDE), dtype=np.float32)
    for octave in range(octaves):
        cells = coarsest << octave
        if cells > SIDE:
            break
        grid = np.pad(generator.standard_normal((cells, cells), dtype=np.float32), 2, mode="wrap")
        step = SIDE // cells
        grown = cv2.resize(grid, None, fx=step, fy=step, interpolation=cv2.INTER_CUBIC)
        total += np.asarray(grown, dtype=np.float32)[2 * step : -2 * step, 2 * step : -2 * step] * np.float32(
            0.5**octave
        )
    return np.asarray((total - total.mean()) / total.std(), dtype=np.float32)


def noise_at(noise: Field, x: Field, y: Field, *, period: float) -> Field:
    """Noise values (H, W) at world places x and y (H, W) in metres; the tile spans `period` metres."""
    scale = np.float32(SIDE / period)
    return lookup(noise, _wrapped(x * scale), _wrapped(y * scale), border=cv2.BORDER_WRAP)


def _wrapped(place: Field) -> Field:
    """Remainder (H, W) of a division by SIDE, faster than `np.mod`."""
    return np.asarray(place - np.float32(SIDE) * np.floor(place * np.float32(1 / SIDE)), dtype=np.float32)
