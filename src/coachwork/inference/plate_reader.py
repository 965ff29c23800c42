"""Reads number plates with a small network that says of every place along a plate which character stands there."""

import json
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
from coachwork.inference.plate_card import checked_model

CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""What a plate is read as; spaces, dots and hyphens are left out."""
READ_AT = Size(height=32, width=160)
SCHEMA = "coachwork.plate-reader/1"
_TWO_LINES = 2.4
"""Plates less long than so many times their height may hold two lines."""
_OVERLAP = 0.04
"""By how much of the height two lines are cut into each other."""
_LEAST_HEIGHT_PX = 9.0
"""Lower plates cannot be read by anyone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateText:
    """What was read.

    Attributes:
        text: characters of `CHARACTERS`.
        sureness: of the least sure character, 0..1.
    """

    text: str
    sureness: float


class PlateReader:
    """The network, loaded at the first plate."""

    def __init__(self, folder: Path | None = None, *, threads: int = 1) -> None:
        """Prepares a reader.

        Args:
            folder: of the model's bundle; by default the one that ships.
            threads: for one run.

        Raises:
            BundleError: the bundle is broken or missing.
        """
        self.folder = shipped_reader_folder() if folder is None else folder
        self._model = checked_model(self.folder, SCHEMA)
        self._threads = threads

    def read(self, pixels: NDArray[np.uint8], corners: Polygon) -> PlateText | None:
        """The text of a plate; None where it is too small, or nothing is made out.

        Args:
            pixels: (h, w, 3) uint8 RGB.
            corners: (4, 2) of the plate in these pixels, clockwise from the upper left of what is read.

        Raises:
            BundleError: the model cannot be run.
        """
        wide, high = _sides(corners)
        if high < _LEAST_HEIGHT_PX:
            return None
        readings = [self._line(straightened(pixels, corners))]
        if wide < _TWO_LINES * high:
            halves = [self._line(straightened(pixels, half)) for half in _halves(corners)]
            if all(halves):
                text = "".join(one.text for one in halves if one)
                readings.append(PlateText(text=text, sureness=min(one.sureness for one in halves if one)))
        found = [one for one in readings if one is not None]
        return max(found, key=lambda one: one.sureness) if found else None

    def _line(self, line: NDArray[np.uint8]) -> PlateText | None:
        try:
            chances = self._engine.run(line[None])["characters"][0]
        except Exception as failed:  # runtimes raise classes of their own that share no public root
            raise BundleError(folder=self.folder, why=f"its model does not run ({failed})") from failed
        return read_out(np.asarray(chances, dtype=np.float64))

    @cached_property
    def _engine(self) -> OnnxRuntimeEngine:
        return OnnxRuntimeEngine(self._model, threads=self._threads)


def shipped_reader_folder() -> Path:
    """Where the model lies that ships in the package."""
    return Path(__file__).resolve().parent.parent / "bundles" / "plate-reader"


def reader_metrics(folder: Path | None = None) -> dict[str, object]:
    """What was measured of a bundle, as its card says."""
    card = (shipped_reader_folder() if folder is None else folder) / "card.json"
    return dict(json.loads(card.read_text(encoding="utf-8"))["metrics"])


def straightened(pixels: NDArray[np.uint8], corners: Polygon) -> NDArray[np.uint8]:
    """A plate as seen from straight ahead, (32, 160) uint8 grey, stretched to full contrast.

    Args:
        pixels: (h, w, 3) uint8 RGB.
        corners: (4, 2), clockwise from the upper left.
    """
    low = np.floor(corners.min(axis=0)).astype(int) - 2
    high = np.ceil(corners.max(axis=0)).astype(int) + 3
    low = np.clip(low, 0, [pixels.shape[1] - 1, pixels.shape[0] - 1])
    high = np.clip(high, low + 1, [pixels.shape[1], pixels.shape[0]])
    part = np.ascontiguousarray(pixels[low[1] : high[1], low[0] : high[0]])
    grey = cv2.cvtColor(part, cv2.COLOR_RGB2GRAY)
    inside = (corners - low).astype(np.float32)
    fine = max(1.0, _sides(corners)[1] / READ_AT.height)  # large plates are first made smaller than they are
    if fine > 1.5:
        grey = cv2.resize(grey, None, fx=1 / fine, fy=1 / fine, interpolation=cv2.INTER_AREA)
        inside = (inside / fine).astype(np.float32)
    wide, high_px = READ_AT.width, READ_AT.height
    target = np.array([[0, 0], [wide, 0], [wide, high_px], [0, high_px]], dtype=np.float32)
    turn = cv2.getPerspectiveTransform(inside, target)
    flat = cv2.warpPerspective(grey, turn, (wide, high_px), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    dark, light = np.percentile(flat, [2, 98])
    spread = max(float(light - dark), 8.0)
    return np.asarray(np.clip((flat - dark) * (255.0 / spread), 0, 255), dtype=np.uint8)


def read_out(chances: NDArray[np.float64]) -> PlateText | None:
    """The text that chances of characters along a line spell, by the best path; None where there is none.

    Args:
        chances: (T, 1 + 36), each row sums to 1; the first column is "no character here".
    """
    best = chances.argmax(axis=1)
    text, sureness, last = "", 1.0, 0
    peak = 0.0
    for place, row in zip(best, chances, strict=True):
        if place != last:
            sureness = min(sureness, peak) if last else sureness
            peak = 0.0
            text += CHARACTERS[place - 1] if place else ""
        peak = max(peak, float(row[place]))
        last = int(place)
    sureness = min(sureness, peak) if last else sureness
    return PlateText(text=text, sureness=sureness) if text else None


def _sides(corners: Polygon) -> tuple[float, float]:
    """Width and height of four corners, pixels, the longer one of each pair."""
    across = max(np.linalg.norm(corners[1] - corners[0]), np.linalg.norm(corners[2] - corners[3]))
    down = max(np.linalg.norm(corners[3] - corners[0]), np.linalg.norm(corners[2] - corners[1]))
    return float(across), float(down)


def _halves(corners: Polygon) -> tuple[Polygon, Polygon]:
    upper_left, upper_right, lower_right, lower_left = corners

    def at(share: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return upper_left + share * (lower_left - upper_left), upper_right + share * (lower_right - upper_right)

    over, under = at(0.5 + _OVERLAP), at(0.5 - _OVERLAP)
    return np.stack([upper_left, upper_right, over[1], over[0]]), np.stack(
        [under[0], under[1], lower_right, lower_left]
    )
