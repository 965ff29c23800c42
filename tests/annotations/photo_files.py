"""Small photos for annotation files to refer to."""

from pathlib import Path

import numpy as np
from PIL import Image


def write_photo(path: Path, *, seed: int = 1, width: int = 40, height: int = 30, orientation: int = 1) -> Path:
    """A small photo; different seeds look different, the same seed gives the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    blobs = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    picture = Image.fromarray(blobs).resize((width, height), Image.Resampling.BILINEAR)
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture.save(path, exif=exif if orientation != 1 else b"")
    return path
