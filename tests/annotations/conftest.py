from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

MakePhoto = Callable[..., Path]


@pytest.fixture(scope="session")
def make_photo() -> MakePhoto:
    """Writes a small photo: `make_photo(path, seed=1, width=40, height=30, orientation=1)`; seeds look different."""

    def make(path: Path, *, seed: int = 1, width: int = 40, height: int = 30, orientation: int = 1) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        blobs = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
        picture = Image.fromarray(blobs).resize((width, height), Image.Resampling.BILINEAR)
        exif = Image.Exif()
        exif[0x0112] = orientation
        picture.save(path, exif=exif if orientation != 1 else b"")
        return path

    return make
