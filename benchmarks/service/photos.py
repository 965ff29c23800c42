"""Small real photos without end: cuts of the samples that ship, each other bytes, the same for the same seed."""

import io
import random
import threading
from importlib import resources

from PIL import Image


class SmallPhotos:
    """Gives one photo after another, to several threads."""

    def __init__(self, seed: int, *, width: int = 320, height: int = 240) -> None:
        """Reads the samples."""
        self._chance, self._lock, self._size = random.Random(seed), threading.Lock(), (width, height)
        folder = resources.files("coachwork") / "samples"
        names = sorted(one.name for one in folder.iterdir() if one.name.endswith(".jpg"))
        self._samples = [Image.open(io.BytesIO((folder / name).read_bytes())).convert("RGB") for name in names]

    def next(self) -> bytes:
        """A JPEG of some 10 to 20 kB."""
        with self._lock:
            sample = self._chance.choice(self._samples)
            share, quality = self._chance.uniform(0.55, 1.0), self._chance.randint(70, 90)
            x, y = (self._chance.random() for _ in range(2))
        width, height = (round(side * share) for side in sample.size)
        left, top = round((sample.width - width) * x), round((sample.height - height) * y)
        cut = sample.crop((left, top, left + width, top + height)).resize(self._size, Image.Resampling.BILINEAR)
        held = io.BytesIO()
        cut.save(held, "JPEG", quality=quality)
        return held.getvalue()
