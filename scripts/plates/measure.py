"""Measures the finder of plates: `python -m scripts.plates.measure SETS LABELS [--bundle DIR] [--threshold T]...`.

A plate counts as hidden where at least 90 % of its area is covered by what `coachwork.photos.privacy.hidden` changes;
the share wrongly hidden is what is covered outside plates and unclear outlines, of all pixels of all photos.
"""

import argparse
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from coachwork.evaluation.bootstrap import wilson_interval
from coachwork.inference.plates import PlateFinder, plates_of
from coachwork.photos.privacy import hidden
from coachwork.photos.reading import read_photo
from scripts.plates.labels import LabelledPhoto, Quad, read_labels

_COVERED = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was measured at one threshold.

    Attributes:
        threshold, outline: of the finder.
        plates: labelled.
        found: of them, hidden.
        photos_with, photos_clear: photos on which all plates are hidden, of those with any.
        wrongly: share of all pixels that are hidden without need.
        photos_touched: photos without any plate on which something is hidden.
        photos_without: photos without any plate.
    """

    threshold: float
    outline: float
    plates: int
    found: int
    photos_with: int
    photos_clear: int
    wrongly: float
    photos_touched: int
    photos_without: int

    def words(self) -> str:
        """One line."""
        low, high = wilson_interval(self.found / self.plates, self.plates)
        share = f"{self.found / self.plates:.1%}, {low:.1%} to {high:.1%}"
        return (
            f"{self.threshold:.2f}/{self.outline:.2f}: {self.found} of {self.plates} plates hidden ({share}), "
            f"{self.photos_clear} of {self.photos_with} photos with plates wholly; {self.wrongly:.2%} of pixels hidden "
            f"without need, something on {self.photos_touched} of {self.photos_without} photos without plates"
        )


def main() -> None:
    """Parses the command line, measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", type=Path)
    parser.add_argument("labels", type=Path)
    parser.add_argument("--bundle", type=Path)
    parser.add_argument("--threshold", type=float, action="append")
    parser.add_argument("--outline", type=float, action="append")
    parser.add_argument("--misses", type=Path, help="write the missed plates into this JSON file")
    given = parser.parse_args()
    finder = PlateFinder(given.bundle, threads=1)
    looks = [_look(finder, given.sets, one) for one in read_labels(given.labels)]
    for threshold in given.threshold or [finder.card.threshold]:
        for outline in given.outline or [finder.card.outline]:
            figures, missed = _figures(looks, threshold, outline)
            print(figures.words(), flush=True)
            if given.misses:
                given.misses.write_text(json.dumps(missed), encoding="utf-8")


Look = tuple[LabelledPhoto, NDArray[np.float32], tuple[int, int]]
"""A photo's labels, how surely each place is a plate, and the photo's height and width."""


def _look(finder: PlateFinder, sets: Path, labelled: LabelledPhoto) -> Look:
    photo = read_photo(sets / labelled.photo)
    return labelled, finder.sureness(photo.pixels), (photo.size.height, photo.size.width)


def _figures(looks: list[Look], threshold: float, outline: float) -> tuple[Figures, list[dict[str, object]]]:
    found = plates = clear = touched = 0
    wrong, pixels, missed = 0.0, 0, []
    for labelled, sureness, (height, width) in looks:
        covered = _covered(sureness, (height, width), threshold, outline)
        shares = [float(covered[_filled([quad], height, width)].mean()) for quad in labelled.plates]
        missed += [
            {"photo": labelled.photo, "plate": quad.tolist(), "covered": share}
            for quad, share in zip(labelled.plates, shares, strict=True)
            if share < _COVERED
        ]
        hits = sum(share >= _COVERED for share in shares)
        plates, found = plates + len(shares), found + hits
        clear += bool(shares) and hits == len(shares)
        needed = _filled([*labelled.plates, *labelled.unclear], height, width)
        touched += not needed.any() and bool(covered.any())
        wrong, pixels = wrong + float((covered & ~needed).sum()), pixels + height * width
    empty = sum(not one.plates and not one.unclear for one, _, _ in looks)
    figures = Figures(
        threshold=threshold,
        outline=outline,
        plates=plates,
        found=found,
        photos_with=sum(bool(one.plates) for one, _, _ in looks),
        photos_clear=clear,
        wrongly=wrong / pixels,
        photos_touched=touched,
        photos_without=empty,
    )
    return figures, missed


def _covered(
    sureness: NDArray[np.float32], shape: tuple[int, int], threshold: float, outline: float
) -> NDArray[np.bool_]:
    """What is hidden of a chequered picture of the photo's size: where hiding changes it."""
    height, width = shape
    chequered = _chequered(height, width)
    scale = np.array([width, height]) / np.array(sureness.shape[::-1])
    regions = [plate.corners * scale for plate in plates_of(sureness, threshold=threshold, outline=outline)]
    changed: NDArray[np.bool_] = (hidden(chequered, regions) != chequered)[..., 0]
    return changed


@lru_cache(maxsize=4)
def _chequered(height: int, width: int) -> NDArray[np.uint8]:
    grey = (np.indices((height, width)).sum(axis=0) % 2 * 255).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def _filled(quads: list[Quad], height: int, width: int) -> NDArray[np.bool_]:
    cover = np.zeros((height, width), dtype=np.uint8)
    for quad in quads:
        cv2.fillPoly(cover, [np.round((quad - 0.5) * 16).astype(np.int32)], 1, shift=4)
    return cover > 0


if __name__ == "__main__":
    main()
