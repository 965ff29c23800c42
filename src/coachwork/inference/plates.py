"""Finds number plates with a small network that says of every place how surely it belongs to one."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from coachwork.geometry.polygon import Polygon
from coachwork.geometry.size import Size
from coachwork.inference.bundle import BundleError
from coachwork.inference.engines import OnnxRuntimeEngine
from coachwork.inference.plate_card import PlateCard, load_plate_card
from coachwork.photos.letterbox import PADDING_GREY, Letterbox

_CLOSER_FROM = 1.75
"""Photos with so many times the model's input on their longer side are looked at a second time, in tiles."""
_CLOSER = 2
_LEAST_AREA_PX = 24.0
"""In pixels of the model's input; smaller spots are no plate that anyone could read."""
_MOST_LOOSE = 1.35
"""A four-cornered outline larger than its region by more than this is replaced by a turned rectangle."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FoundPlate:
    """One plate.

    Attributes:
        corners: (4, 2) in pixels of the searched picture, clockwise from the upper left.
        score: 0..1.
    """

    corners: Polygon
    score: float


class PlateFinder:
    """The network, loaded at the first picture."""

    def __init__(self, folder: Path | None = None, *, threads: int = 1) -> None:
        """Prepares a finder.

        Args:
            folder: of the model's bundle; by default the one that ships.
            threads: for one run.

        Raises:
            BundleError: the bundle is broken or missing.
        """
        self.card: PlateCard = load_plate_card(folder)
        self._threads = threads

    def find(self, pixels: NDArray[np.uint8]) -> list[FoundPlate]:
        """The plates of a picture, surest first.

        Args:
            pixels: (h, w, 3) uint8 RGB, of any size.

        Raises:
            BundleError: the model cannot be run.
        """
        sureness = self.sureness(pixels)
        scale = np.array(pixels.shape[1::-1]) / np.array(sureness.shape[::-1])
        plates = plates_of(sureness, threshold=self.card.threshold, outline=self.card.outline)
        return [FoundPlate(corners=plate.corners * scale, score=plate.score) for plate in plates]

    def sureness(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """How surely each place belongs to a plate, (h', w') 0..1, with the picture's shape in the model's resolution.

        Large pictures are looked at as a whole and in tiles of twice the resolution; the surer look counts.
        """
        longest, side = max(pixels.shape[:2]), self.card.input_size.longest
        whole = self._whole(pixels)
        if longest < _CLOSER_FROM * side:
            return whole
        size = (whole.shape[1] * _CLOSER, whole.shape[0] * _CLOSER)
        picture = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        merged = np.asarray(cv2.resize(whole, size, interpolation=cv2.INTER_LINEAR), dtype=np.float32)
        height, width = self.card.input_size.height, self.card.input_size.width
        for y in range(0, size[1], height):
            for x in range(0, size[0], width):
                tile = picture[y : y + height, x : x + width]
                there = merged[y : y + height, x : x + width]
                look = self._run(_padded(tile, self.card.input_size))[: tile.shape[0], : tile.shape[1]]
                np.maximum(there, look, out=there)
        return merged

    def _whole(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        photo = Size(height=pixels.shape[0], width=pixels.shape[1])
        letterbox = Letterbox(photo=photo, target=self.card.input_size)
        size, x, y = letterbox.content_size, letterbox.offset_x, letterbox.offset_y
        return self._run(letterbox.apply(pixels))[y : y + size.height, x : x + size.width]

    def _run(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        try:
            coarse = self._engine.run(np.ascontiguousarray(image[None]))["plates"][0]
        except Exception as failed:  # runtimes raise classes of their own that share no public root
            raise BundleError(folder=self.card.folder, why=f"its model does not run ({failed})") from failed
        size = self.card.input_size
        return np.asarray(
            cv2.resize(coarse.astype(np.float32), (size.width, size.height), interpolation=cv2.INTER_LINEAR),
            dtype=np.float32,
        )

    @cached_property
    def _engine(self) -> OnnxRuntimeEngine:
        return OnnxRuntimeEngine(self.card.model_path, threads=self._threads)


def plates_of(sureness: NDArray[np.float32], *, threshold: float, outline: float) -> list[FoundPlate]:
    """Connected regions as four-cornered outlines, surest first.

    Args:
        sureness: (h, w) 0..1.
        threshold: a region counts where its surest place reaches it.
        outline: a place belongs to a region from here on.
    """
    inside = (sureness >= outline).astype(np.uint8)
    contours, _ = cv2.findContours(inside, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    found = []
    for contour in contours:
        hull = np.asarray(cv2.convexHull(contour), dtype=np.int32)
        x, y, width, height = cv2.boundingRect(hull)
        there = sureness[y : y + height, x : x + width]
        score = float(there[inside[y : y + height, x : x + width] > 0].max())
        if score >= threshold and cv2.contourArea(hull) >= _LEAST_AREA_PX:
            found.append(FoundPlate(corners=_corners(hull), score=min(score, 1.0)))
    return sorted(found, key=lambda plate: -plate.score)


def _corners(hull: NDArray[np.int32]) -> Polygon:
    """(4, 2) corners around a hull of pixel places, clockwise from the upper left."""
    rectangle = cv2.boxPoints(cv2.minAreaRect(hull)).astype(np.float64)
    four = np.asarray(cv2.approxPolyN(hull, 4, ensure_convex=True), dtype=np.float64).reshape(-1, 2)
    area = max(cv2.contourArea(hull), 1.0)
    loose = len(four) != 4 or cv2.contourArea(four.astype(np.float32)) > _MOST_LOOSE * area
    return _ordered((rectangle if loose else four) + 0.5)


def _ordered(corners: Polygon) -> Polygon:
    """Clockwise as the picture shows it, from the corner nearest to the upper left on."""
    centre = corners.mean(axis=0)
    around = corners[np.argsort(np.arctan2(*(corners - centre).T[::-1]))]
    return np.roll(around, -int(np.argmin(around.sum(axis=1))), axis=0)


def _padded(tile: NDArray[np.uint8], size: Size) -> NDArray[np.uint8]:
    if tile.shape[:2] == (size.height, size.width):
        return tile
    padded = np.full((size.height, size.width, 3), PADDING_GREY, dtype=np.uint8)
    padded[: tile.shape[0], : tile.shape[1]] = tile
    return padded
