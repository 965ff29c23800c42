"""Straightened plates to learn reading from: drawn ones, and real ones whose text is known."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from coachwork.inference.plate_reader import CHARACTERS, straightened
from scripts.plates.labels import Quad, read_labels
from scripts.plates.rendering import draw_line

Pixels = NDArray[np.uint8]
_HEIGHTS = (9.0, 60.0)
"""Pixels that a plate is high on its photo."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReadPlate:
    """A real plate.

    Attributes:
        pixels: (h, w, 3) uint8 RGB, the plate with what is around it.
        corners: (4, 2) in these pixels.
        text: what it says.
    """

    pixels: Pixels
    corners: Quad
    text: str


def real_plates(sets: Path, labels: Path, texts: Path) -> list[ReadPlate]:
    """The plates of labelled photos whose text a file tells, one JSON object a line: photo, plate (its place), text."""
    quads = {one.photo: one.plates for one in read_labels(labels)}
    found = []
    for told in map(json.loads, texts.read_text(encoding="utf-8").splitlines()):
        if told["text"]:
            corners = quads[told["photo"]][told["plate"]]
            file = np.frombuffer((sets / told["photo"]).read_bytes(), dtype=np.uint8)
            photo = np.asarray(cv2.imdecode(file, cv2.IMREAD_COLOR_RGB), dtype=np.uint8)
            found.append(_cut_out(photo, corners, told["text"]))
    return found


class Lines:
    """An endless source of batches."""

    def __init__(self, real: Sequence[ReadPlate], *, share: float, seed: int) -> None:
        """Takes real plates, and how many of a batch are to be real."""
        self._rng = np.random.default_rng(seed)
        self._real, self._share = list(real), share if real else 0.0

    def batch(self, count: int) -> tuple[Tensor, Tensor, Tensor]:
        """Lines (B, 32, 160) uint8, the places of all their characters one after another, and how many each has."""
        lines, texts = zip(*(self._one() for _ in range(count)), strict=True)
        places = [CHARACTERS.index(letter) + 1 for text in texts for letter in text]
        lengths = torch.tensor([len(text) for text in texts])
        return torch.from_numpy(np.stack(lines)), torch.tensor(places), lengths

    def _one(self) -> tuple[Pixels, str]:
        rng = self._rng
        if rng.random() < self._share:
            plate = self._real[int(rng.integers(len(self._real)))]
            pixels, corners, text = plate.pixels, plate.corners, plate.text
            shrunk = float(np.exp(rng.uniform(np.log(0.45), 0)))
            height = float(np.linalg.norm(corners[3] - corners[0]))
            if height * shrunk > _HEIGHTS[0]:
                pixels = np.asarray(cv2.resize(pixels, None, fx=shrunk, fy=shrunk, interpolation=cv2.INTER_AREA))
                corners = corners * shrunk
        else:
            drawn, text = draw_line(rng)
            pixels, corners = _photographed(drawn, rng)
        height = float(np.linalg.norm(corners[3] - corners[0]))
        return straightened(_worn(pixels, height, rng), _loosely(corners, rng)), text


def _cut_out(photo: Pixels, corners: Quad, text: str) -> ReadPlate:
    room = 0.35 * float(np.ptp(corners[:, 0]))
    low = np.clip((corners.min(axis=0) - room).astype(int), 0, None)
    high = (corners.max(axis=0) + room).astype(int)
    part = photo[low[1] : high[1], low[0] : high[0]]
    return ReadPlate(pixels=np.ascontiguousarray(part), corners=corners - low, text=text)


def _photographed(drawn: Pixels, rng: np.random.Generator) -> tuple[Pixels, Quad]:
    """A drawn plate as a photo shows it, with some room around it, and its corners there."""
    height = float(np.exp(rng.uniform(*np.log(_HEIGHTS))))
    shape = drawn.shape[1] / drawn.shape[0] * rng.uniform(0.45, 1.15)
    wide = max(height * shape, 2.0 * height)
    flat = np.array([[0, 0], [wide, 0], [wide, height], [0, height]])
    slant, lean = rng.normal(0, 0.18), rng.normal(0, 0.12)
    corners = flat @ np.array([[1, slant], [lean, 1]]) + rng.normal(0, 0.05, (4, 2)) * height
    room = 0.5 * height
    corners = corners - corners.min(axis=0) + room
    size = tuple(int(value) for value in np.ceil(corners.max(axis=0) + room))
    source = np.array([[0, 0], [drawn.shape[1], 0], [drawn.shape[1], drawn.shape[0]], [0, drawn.shape[0]]])
    fine = min(1.0, 2.0 * height / drawn.shape[0])
    small = cv2.resize(drawn, None, fx=fine, fy=fine, interpolation=cv2.INTER_AREA)
    turn = cv2.getPerspectiveTransform((source * fine).astype(np.float32), corners.astype(np.float32))
    colour = tuple(int(value) for value in rng.integers(0, 230, 3))
    seen = cv2.warpPerspective(small, turn, size, borderMode=cv2.BORDER_CONSTANT, borderValue=colour)
    return np.asarray(seen, dtype=np.uint8), corners


def _worn(pixels: Pixels, height: float, rng: np.random.Generator) -> Pixels:
    """The picture in another light, perhaps blurred, shaken, noisy, partly in shade, compressed.

    The plate on it is so many pixels high.
    """
    values: Any = pixels.astype(np.float32)
    if rng.random() < 0.35:
        values = cv2.GaussianBlur(values, (0, 0), rng.uniform(0.2, 0.25 + 0.05 * height))
    if rng.random() < 0.15 and height > 15:
        length = int(rng.integers(2, 3 + int(height) // 10))
        kernel = np.full((1, length), 1 / length, dtype=np.float32)
        values = cv2.filter2D(values, -1, kernel if rng.random() < 0.7 else kernel.T)
    if rng.random() < 0.3:
        slope = np.linspace(rng.uniform(0.3, 1.2), rng.uniform(0.3, 1.2), pixels.shape[1], dtype=np.float32)
        values = values * slope[None, :, None]
    if rng.random() < 0.2:  # the edge of a shadow
        place = int(rng.integers(1, pixels.shape[0]))
        values[:place] *= rng.uniform(0.3, 0.8)
    values = values * rng.uniform(0.3, 1.1) + rng.uniform(-10, 40) + rng.normal(0, rng.uniform(0, 7), values.shape)
    worn: Pixels = np.clip(values, 0, 255).astype(np.uint8)
    if rng.random() < 0.5:
        _, coded = cv2.imencode(".jpg", worn, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 90))])
        worn = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), dtype=np.uint8)
    return worn


def _loosely(corners: Quad, rng: np.random.Generator) -> Quad:
    """Corners as a finder gives them: often around more than the plate, and not quite where it is."""
    across, down = corners[1] - corners[0], corners[3] - corners[0]
    spread = max(0.02 * float(np.linalg.norm(across)), 0.09 * float(np.linalg.norm(down)))
    moved = corners + rng.normal(0, 1, (4, 2)) * spread * rng.uniform(0.2, 1)
    centre = moved.mean(axis=0)
    around = float(rng.uniform(-0.03, 0.3)) * np.linalg.norm(down)
    outward = np.sign((moved - centre) @ np.linalg.pinv(np.stack([across, down])))
    unit = np.stack([across / np.linalg.norm(across), down / np.linalg.norm(down)])
    return np.asarray(moved + outward @ unit * around * rng.uniform(0.6, 1.4, 2)[0])
