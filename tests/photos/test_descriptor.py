"""What a photo looks like without a model."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from coachwork.photos.descriptor import descriptor


def blobs(seed: int, *, height: int = 90, width: int = 120) -> NDArray[np.uint8]:
    small = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.uint8)


def test_it_has_length_1_even_for_a_photo_of_one_colour() -> None:
    for pixels in (blobs(1), np.zeros((5, 7, 3), dtype=np.uint8), np.full((64, 64, 3), 255, dtype=np.uint8)):
        found = descriptor(pixels)
        assert found.shape == (171,)
        assert found.dtype == np.float32
        assert np.linalg.norm(found) == pytest.approx(1, abs=1e-5)


def test_a_smaller_copy_is_nearer_than_another_photo() -> None:
    whole, half, other = descriptor(blobs(1)), descriptor(blobs(1, height=45, width=60)), descriptor(blobs(2))
    assert whole @ half > 0.97
    assert whole @ half > whole @ other + 0.2
