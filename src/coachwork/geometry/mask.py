"""The pixels that one thing covers in a picture, and their run-length form at file edges."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from coachwork.geometry.box import Box
from coachwork.geometry.size import Size


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mask:
    """A boolean crop, its place and the frame it lies in.

    Attributes:
        crop: (h, w) bool, rows downwards; may be (0, 0) for an empty mask.
        x: column of the crop's left edge in the frame, pixels.
        y: row of the crop's top edge in the frame, pixels.
        frame: size of the whole picture.
    """

    crop: NDArray[np.bool_]
    x: int
    y: int
    frame: Size

    def __post_init__(self) -> None:
        if self.crop.ndim != 2 or self.crop.dtype != np.bool_:
            message = f"a mask's crop is a (h, w) array of bool, got {self.crop.dtype} {self.crop.shape}"
            raise ValueError(message)
        height, width = self.crop.shape
        inside = (
            self.x >= 0 and self.y >= 0 and self.x + width <= self.frame.width and self.y + height <= self.frame.height
        )
        if not inside:
            message = f"a crop of {width}x{height} at ({self.x}, {self.y}) leaves the {self.frame}"
            raise ValueError(message)

    def __eq__(self, other: object) -> bool:
        """Equal when frame and covered pixels are equal, however they are cropped."""
        if not isinstance(other, Mask):
            return NotImplemented
        return self.frame == other.frame and bool(np.array_equal(self.full(), other.full()))

    def __hash__(self) -> int:
        """Hash that agrees with equality."""
        return hash((self.frame, self.area))

    @classmethod
    def from_full(cls, full: NDArray[np.bool_]) -> "Mask":
        """Crops a picture-sized mask (H, W) bool to what it covers."""
        frame = Size(height=full.shape[0], width=full.shape[1])
        rows, columns = np.flatnonzero(full.any(axis=1)), np.flatnonzero(full.any(axis=0))
        if rows.size == 0:
            return cls(crop=np.zeros((0, 0), dtype=np.bool_), x=0, y=0, frame=frame)
        y, x = int(rows[0]), int(columns[0])
        crop = np.ascontiguousarray(full[y : rows[-1] + 1, x : columns[-1] + 1], dtype=np.bool_)
        return cls(crop=crop, x=x, y=y, frame=frame)

    @property
    def area(self) -> int:
        """Covered pixels."""
        return int(np.count_nonzero(self.crop))

    @property
    def box(self) -> Box:
        """Tight box around the crop, pixels of the frame."""
        height, width = self.crop.shape
        return Box(x_min=self.x, y_min=self.y, x_max=self.x + width, y_max=self.y + height)

    def full(self) -> NDArray[np.bool_]:
        """The mask at the frame's size, (H, W) bool."""
        full = np.zeros((self.frame.height, self.frame.width), dtype=np.bool_)
        height, width = self.crop.shape
        full[self.y : self.y + height, self.x : self.x + width] = self.crop
        return full


def mask_to_rle(mask: Mask) -> dict[str, object]:
    """COCO's compressed run lengths: ``{"size": [h, w], "counts": str}``, column-major, first run counts zeros."""
    size = [mask.frame.height, mask.frame.width]
    encoded = coco_mask.frPyObjects({"size": size, "counts": _run_lengths(mask)}, *size)
    return {"size": size, "counts": encoded["counts"].decode("ascii")}


def _run_lengths(mask: Mask) -> list[int]:
    """Column-major run lengths of the whole frame, read from the crop alone, whatever the size of the photo."""
    columns = np.pad(mask.crop.T, ((0, 0), (1, 1))).astype(np.int8)
    change = np.diff(columns, axis=1)
    places = []
    for sign in (1, -1):
        column, row = np.nonzero(change == sign)
        places.append((column + mask.x) * mask.frame.height + row + mask.y)
    starts, ends = places
    # A run that reaches the bottom of the frame goes on at the top of the next column.
    broken = np.ones(len(starts), dtype=np.bool_)
    broken[1:] = starts[1:] != ends[:-1]
    starts, ends = starts[broken], ends[np.append(broken[1:], [True])[: len(ends)]]
    edges = np.concatenate([[0], np.stack([starts, ends], axis=1).reshape(-1), [mask.frame.area]])
    runs = [int(run) for run in np.diff(edges)]
    return runs if runs[-1] else runs[:-1]


def mask_from_rle(rle: dict[str, object]) -> Mask:
    """Mask of a COCO run-length object, compressed (counts is a string) or not (counts is a list).

    Raises:
        ValueError: the counts do not fill the frame that `size` states.
    """
    height, width = (int(side) for side in rle["size"])  # type: ignore[attr-defined]
    counts = rle["counts"]
    if isinstance(counts, list):
        if sum(counts) != height * width or min(counts, default=0) < 0:
            message = f"run lengths add up to {sum(counts)}, the frame has {height * width} pixels"
            raise ValueError(message)
        values = np.arange(len(counts)) % 2 == 1
        return Mask.from_full(np.repeat(values, counts).reshape(width, height).T)
    encoded = {"size": [height, width], "counts": counts.encode("ascii") if isinstance(counts, str) else counts}
    return Mask.from_full(coco_mask.decode(encoded).astype(np.bool_))
