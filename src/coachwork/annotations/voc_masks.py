"""The segmentation of a Pascal VOC photo: a picture in which each pixel is the number of its object."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coachwork.annotations.png_masks import VOID, read_png, voc_indices
from coachwork.annotations.problems import AnnotationError, ProblemCode, ProblemLog
from coachwork.geometry.box import Box, box_iou
from coachwork.geometry.mask import Mask
from coachwork.geometry.size import Size

FOLDER = "SegmentationObject"
MOST_BYTES = 64 * 1024 * 1024
LEAST_IOU = 0.5
"""Box of a number's pixels against an object's box: below this they are not the same thing."""

Indices = NDArray[np.uint8]


class VocMasks:
    """Pixels of the objects of one photo; of none where there is no segmentation.

    Attributes:
        place: where the picture lies, for problems.
    """

    def __init__(self, indices: Indices | None, place: str, log: ProblemLog) -> None:
        self.place = place
        self._log = log
        self._indices = indices
        self._boxes: dict[int, Box] = {}
        if indices is not None:
            numbers = np.flatnonzero(np.bincount(indices.reshape(-1), minlength=256))
            found = [int(number) for number in numbers if number not in {0, VOID}]
            self._boxes = {number: Mask.from_full(indices == number).box for number in found}
        self._assigned: dict[int, int] = {}

    @property
    def unclaimed(self) -> int:
        """Numbers whose pixels are those of no object."""
        return len(self._boxes) - len(self._assigned)

    def assign(self, boxes: Sequence[Box | None]) -> None:
        """Finds each object's number: its place in the file, from 1, as VOC has it, or else what its box fits best.

        Args:
            boxes: of the objects in the file's order; None for one without.
        """
        free = dict(self._boxes)
        for index, box in enumerate(boxes):
            if index + 1 in free and (box is None or _fit(box, free[index + 1]) >= LEAST_IOU):
                self._assigned[index] = index + 1
                del free[index + 1]
        for index, box in enumerate(boxes):
            if index in self._assigned or box is None or not free:
                continue
            best = max(free, key=lambda number: _fit(box, free[number]))
            if _fit(box, free[best]) >= LEAST_IOU:
                self._assigned[index] = best
                del free[best]
            elif index + 1 in free:
                what = f"the pixels of object {index + 1} do not fit its box"
                self._log.add(ProblemCode.BOX_MISMATCH, self.place, what, done="its box is used")
                del free[index + 1]
                del self._boxes[index + 1]

    def of(self, index: int) -> NDArray[np.bool_] | None:
        """Pixels (H, W) bool of the object at that place in the file, from 0; None where the picture has none."""
        if self._indices is None or index not in self._assigned:
            return None
        return np.asarray(self._indices == self._assigned[index])


def read_voc_masks(path: Path, root: Path, size: Size, log: ProblemLog) -> VocMasks:
    """The segmentation that belongs to an annotation file; what is wrong with it is told, and boxes have to do.

    Args:
        path: the annotation file, in a folder beside `SegmentationObject`.
        root: the source's folder; nothing outside of it is opened.
        size: the stated size of the photo.
        log: where problems go.
    """
    folder = path.parent.parent
    picture = folder / FOLDER / f"{path.stem}.png"
    place = f"{FOLDER}/{path.stem}.png"
    if (folder != root and root not in folder.parents) or not picture.is_file():
        return VocMasks(None, place, log)
    try:
        if picture.stat().st_size > MOST_BYTES:
            raise log.fault(ProblemCode.PHOTO_UNREADABLE, place, "is too large for a mask", done="mask left out")
        pixels = read_png(picture.read_bytes(), size, log, place)
    except AnnotationError as error:
        log.take(error)
        return VocMasks(None, place, log)
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
        log.add(ProblemCode.PHOTO_UNREADABLE, place, what, done="mask left out")
        return VocMasks(None, place, log)
    return VocMasks(pixels if pixels.ndim == 2 else voc_indices(pixels), place, log)


def _fit(first: Box, second: Box) -> float:
    return float(box_iou(np.array([first.xyxy]), np.array([second.xyxy]))[0, 0])
