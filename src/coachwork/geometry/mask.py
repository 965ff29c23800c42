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
        if self.frame != other.frame:
            return False
        mine, theirs = self._tight(), other._tight()
        return (mine.x, mine.y) == (theirs.x, theirs.y) and bool(np.array_equal(mine.crop, theirs.crop))

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

    def _tight(self) -> "Mask":
        """The same mask with the smallest crop."""
        if not self.crop.size:
            return Mask(crop=np.zeros((0, 0), dtype=np.bool_), x=0, y=0, frame=self.frame)
        part = Mask.from_full(self.crop)
        empty = not part.crop.size
        return Mask(
            crop=part.crop, x=0 if empty else part.x + self.x, y=0 if empty else part.y + self.y, frame=self.frame
        )

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
    """COCO's compressed run lengths: ``{"size": [h, w], "counts": str}``, column-major, first run counts zeros.

    The runs are counted in the crop and moved to its place, so that a small mask in a large photo costs little.
    """
    height, width = mask.frame.height, mask.frame.width
    counts = _run_lengths(mask)
    encoded = coco_mask.frPyObjects({"size": [height, width], "counts": counts}, height, width)
    return {"size": [height, width], "counts": encoded["counts"].decode("ascii")}


def mask_from_rle(rle: dict[str, object]) -> Mask:
    """Mask of a COCO run-length object, compressed (counts is a string) or not (counts is a list).

    Raises:
        ValueError: the counts do not fill the frame that `size` states, or are no run lengths at all.
    """
    frame = Size(*(int(side) for side in rle["size"]))  # type: ignore[attr-defined]
    counts = rle["counts"]
    if isinstance(counts, str):
        counts = counts.encode("ascii")
    if isinstance(counts, bytes):
        counts = decompressed_counts(counts)
    if not isinstance(counts, list):
        message = f"run lengths are a list or text, got {type(counts).__name__}"
        raise ValueError(message)  # noqa: TRY004 - a file's content is wrong, not a call
    if sum(counts) != frame.area or min(counts, default=0) < 0:
        message = f"run lengths add up to {sum(counts)}, the frame has {frame.area} pixels"
        raise ValueError(message)
    edges = np.cumsum(np.array(counts, dtype=np.int64))
    starts, ends = edges[0:-1:2], edges[1::2]
    starts, ends = starts[ends > starts], ends[ends > starts]
    if not len(starts):
        return Mask(crop=np.zeros((0, 0), dtype=np.bool_), x=0, y=0, frame=frame)
    left, right = int(starts[0]) // frame.height, (int(ends[-1]) - 1) // frame.height + 1
    steps = np.zeros((right - left) * frame.height + 1, dtype=np.int8)
    steps[starts - left * frame.height] += 1
    steps[ends - left * frame.height] -= 1
    columns = np.cumsum(steps[:-1], dtype=np.int8).astype(np.bool_).reshape(right - left, frame.height)
    part = Mask.from_full(columns.T)
    return Mask(crop=part.crop, x=part.x + left, y=part.y, frame=frame)


def _run_lengths(mask: Mask) -> list[int]:
    """Alternating lengths of the runs of zeros and ones down the frame's columns."""
    crop = mask.crop.T  # one row per column of the picture
    guarded = np.zeros((crop.shape[0], crop.shape[1] + 2), dtype=np.int8)
    guarded[:, 1:-1] = crop
    steps = np.diff(guarded, axis=1)
    column, row = np.nonzero(steps == 1)
    starts = (column + mask.x) * mask.frame.height + row + mask.y
    column, row = np.nonzero(steps == -1)
    ends = (column + mask.x) * mask.frame.height + row + mask.y
    joined = ends[:-1] == starts[1:]  # a run that reaches the lower edge goes on at the top of the next column
    starts = np.delete(starts, np.flatnonzero(joined) + 1)
    ends = np.delete(ends, np.flatnonzero(joined))
    edges = np.column_stack([starts, ends]).reshape(-1)
    counts = np.diff(edges, prepend=0, append=mask.frame.area)
    if len(counts) > 1 and counts[-1] == 0:
        counts = counts[:-1]
    return [int(count) for count in counts]


def decompressed_counts(text: bytes) -> list[int]:
    """Run lengths from COCO's text form: six bits a character, from the third run on as differences two runs apart.

    Source: ``rleFrString`` in the COCO API's maskApi.c.

    Raises:
        ValueError: a character or a number that the form does not know, or a number that breaks off.
    """
    counts: list[int] = []
    value = shift = 0
    for character in text:
        bits = character - 48
        if not 0 <= bits < 64 or shift > 35:
            message = f"compressed run lengths cannot hold {chr(character)!r} here"
            raise ValueError(message)
        value |= (bits & 31) << shift
        shift += 5
        if bits & 32:
            continue
        if bits & 16:
            value -= 1 << shift
        counts.append(value + (counts[-2] if len(counts) > 2 else 0))
        value = shift = 0
    if shift:
        message = "compressed run lengths end in the middle of a number"
        raise ValueError(message)
    return counts
