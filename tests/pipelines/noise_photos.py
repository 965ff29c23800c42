"""Photos of coarse noise."""

import cv2
import numpy as np


def jpeg(seed: int, *, side: int = 200) -> bytes:
    """A photo of coarse noise: every seed looks different."""
    coarse = np.random.default_rng(seed).integers(0, 256, (12, 12, 3), dtype=np.uint8)
    pixels = cv2.resize(coarse, (side, side * 3 // 4), interpolation=cv2.INTER_CUBIC)
    return bytes(cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes())
