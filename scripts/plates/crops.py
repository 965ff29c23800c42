"""Crops of labelled photos to learn from, some with a drawn plate put onto them."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from scripts.plates.labels import LabelledPhoto, Quad
from scripts.plates.net import STRIDE
from scripts.plates.rendering import paste_plate

SIDE = 256
_SEEN_AT = 512
"""Longer side at which the network will see photos."""
_AT_A_PLATE, _WITH_A_DRAWN_ONE = 0.6, 0.35

Pixels = NDArray[np.uint8]


class Crops:
    """An endless source of batches."""

    def __init__(self, photos: Sequence[LabelledPhoto], folder: Path, *, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._photos = list(photos)
        self._files = [np.frombuffer((folder / one.photo).read_bytes(), dtype=np.uint8) for one in photos]
        weights = np.array([3.0 if one.plates else 1.0 for one in photos])
        self._chances = weights / weights.sum()

    def batch(self, count: int) -> tuple[Tensor, Tensor, Tensor]:
        """Photos (B, 256, 256, 3) uint8, shares of plate (B, 64, 64) float32 and weights of the same shape."""
        crops = [self._one() for _ in range(count)]
        images, shares, weights = (np.stack(part) for part in zip(*crops, strict=True))
        return torch.from_numpy(images), torch.from_numpy(shares), torch.from_numpy(weights)

    def _one(self) -> tuple[Pixels, NDArray[np.float32], NDArray[np.float32]]:
        rng, place = self._rng, int(self._rng.choice(len(self._photos), p=self._chances))
        labelled = self._photos[place]
        photo = np.asarray(cv2.imdecode(self._files[place], cv2.IMREAD_COLOR_RGB), dtype=np.uint8)
        turn = self._view(photo.shape[1], photo.shape[0], labelled)
        crop = np.asarray(
            cv2.warpAffine(
                photo, turn, (SIDE, SIDE), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_CONSTANT, borderValue=(114,) * 3
            ),
            dtype=np.uint8,
        )
        plates, unclear = (
            [quad @ turn[:, :2].T + turn[:, 2] for quad in quads] for quads in (labelled.plates, labelled.unclear)
        )
        if rng.random() < _WITH_A_DRAWN_ONE:
            crop, drawn = paste_plate(crop, rng)
            plates.append(drawn)
        share = _share(plates)
        weight = np.where((_share(unclear) > 0.05) & (share < 0.05), 0.0, 1.0).astype(np.float32)
        return _another_light(crop, rng), share, weight

    def _view(self, width: int, height: int, labelled: LabelledPhoto) -> NDArray[np.float64]:
        """(2, 3) from the photo to the crop: scaled, perhaps mirrored, slightly turned, often about a plate."""
        rng = self._rng
        scale = _SEEN_AT / max(width, height) * float(np.exp(rng.uniform(np.log(0.65), np.log(1.6))))
        if labelled.plates and rng.random() < _AT_A_PLATE:
            centre = labelled.plates[int(rng.integers(len(labelled.plates)))].mean(axis=0)
            centre = centre + rng.uniform(-0.4, 0.4, 2) * SIDE / scale
        else:
            centre = rng.uniform(0, 1, 2) * [width, height]
        half = np.minimum(SIDE / scale, [width, height]) / 2.2  # little of what is seen lies outside the photo
        centre = np.clip(centre, half, np.array([width, height]) - half)
        angle, mirror = rng.normal(0, 0.1), -1 if rng.random() < 0.5 else 1
        stretch = float(np.exp(rng.normal(0, 0.12)))
        linear = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        linear = np.diag([mirror * stretch, 1 / stretch]) @ linear
        return np.concatenate([linear, (np.full(2, SIDE / 2) - linear @ centre)[:, None]], axis=1)


def _share(quads: Sequence[Quad]) -> NDArray[np.float32]:
    """How much of each place of the output is covered, (64, 64)."""
    cover = np.zeros((SIDE, SIDE), dtype=np.float32)
    for quad in quads:
        cv2.fillPoly(cover, [np.round((quad - 0.5) * 16).astype(np.int32)], 1.0, shift=4)
    cells = cover.reshape(SIDE // STRIDE, STRIDE, SIDE // STRIDE, STRIDE)
    return np.asarray(cells.mean(axis=(1, 3)), dtype=np.float32)


def _another_light(crop: Pixels, rng: np.random.Generator) -> Pixels:
    values = crop.astype(np.float32) / 255
    values = values ** float(np.exp(rng.normal(0, 0.25))) * rng.uniform(0.75, 1.2) * rng.normal(1, 0.05, 3)
    if rng.random() < 0.25:
        values = np.asarray(cv2.GaussianBlur(values, (0, 0), rng.uniform(0.4, 1.4)))
    return np.clip(values * 255 + rng.normal(0, 2, values.shape), 0, 255).astype(np.uint8)
