"""Photos as they would have come out in poor light."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_GAMMA = 2.2
_READ_NOISE = 2.5
_SHOT_NOISE = 0.35
_QUALITY = 88


def darkened(pixels: NDArray[np.uint8], stops: float, *, seed: int) -> NDArray[np.uint8]:
    """A photo in less light: exposure falls in linear light, and what noise a small sensor has shows.

    Args:
        pixels: (h, w, 3) uint8 RGB, gamma-encoded.
        stops: by how much the light falls, each stop half of it; 0 leaves it as it is.
        seed: of the noise.
    """
    if stops <= 0:
        return pixels
    linear = (pixels.astype(np.float32) / 255) ** _GAMMA * 2.0**-stops
    encoded = 255 * linear ** (1 / _GAMMA)
    rng = np.random.default_rng(seed)
    spread = _READ_NOISE + _SHOT_NOISE * np.sqrt(encoded)
    noisy = encoded + rng.standard_normal(pixels.shape, dtype=np.float32) * spread
    return np.asarray(np.clip(np.rint(noisy), 0, 255), dtype=np.uint8)


def as_jpeg(pixels: NDArray[np.uint8]) -> bytes:
    """The bytes of a JPEG of (h, w, 3) uint8 RGB pixels."""
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "JPEG", quality=_QUALITY)
    return data.getvalue()
