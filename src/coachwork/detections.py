"""The one type for every model's output on one photo."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coachwork.geometry.mask import Mask
from coachwork.geometry.overlap import mask_iou
from coachwork.geometry.size import Size
from coachwork.taxonomy import Kind


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Detections:
    """What a model found, best first, in pixels of the upright photo.

    Attributes:
        boxes: (N, 4) float32 xyxy.
        labels: (N,) int64, indices into `types`.
        scores: (N,) float32 in 0..1, not increasing.
        masks: one `Mask` per row with `size` as its frame, or None where the model has no masks.
        size: the photo's size.
        types: the damage types this model can see, in the order of its outputs.
        photo_score: 0..1, the model's own score that the photo shows any damage; None where it gives none.
    """

    boxes: NDArray[np.float32]
    labels: NDArray[np.int64]
    scores: NDArray[np.float32]
    masks: tuple[Mask, ...] | None
    size: Size
    types: tuple[Kind, ...]
    photo_score: float | None = None

    def __post_init__(self) -> None:
        count = len(self.scores)
        shapes = (self.boxes.shape, self.labels.shape, self.scores.shape)
        if shapes != ((count, 4), (count,), (count,)):
            message = f"boxes, labels and scores must be (N, 4), (N,), (N,), got {shapes}"
            raise ValueError(message)
        if count and not (self.labels.min() >= 0 and self.labels.max() < len(self.types)):
            message = f"labels must index {len(self.types)} types, got {self.labels.min()}..{self.labels.max()}"
            raise ValueError(message)
        if self.masks is not None and (len(self.masks) != count or any(mask.frame != self.size for mask in self.masks)):
            message = f"need {count} masks with frame {self.size}"
            raise ValueError(message)
        if np.any(np.diff(self.scores) > 0):
            message = "detections are kept best first"
            raise ValueError(message)

    def __len__(self) -> int:
        """Number of detections."""
        return len(self.scores)

    def above(self, thresholds: NDArray[np.floating] | float) -> "Detections":
        """Those that reach the threshold: one number for all, or (C,) one per type."""
        wanted = np.broadcast_to(np.asarray(thresholds, dtype=np.float64), (len(self.types),))
        return self.chosen(np.flatnonzero(self.scores >= wanted[self.labels]))

    def apart(self) -> "Detections":
        """Each damage once: those that `is_apart` names."""
        return self.chosen(np.flatnonzero(self.is_apart()))

    def is_apart(self, limit: float = 0.5) -> NDArray[np.bool_]:
        """Which detections (N,) share no more than `limit` (IoU) of their mask with a better one of their type.

        Boxes of different sizes around one place often hold one and the same mask: one damage, found twice. For a
        ranking they are two guesses at its size; to people it is to be told once.
        """
        masks = self.masks
        if masks is None:
            return np.ones(len(self), dtype=np.bool_)
        keep = np.zeros(len(self), dtype=np.bool_)
        for row, mask in enumerate(masks):
            rivals = [masks[better] for better in np.flatnonzero(keep & (self.labels == self.labels[row]))]
            keep[row] = mask_iou([mask], rivals).max(initial=0.0) <= limit
        return keep

    def chosen(self, rows: NDArray[np.int64]) -> "Detections":
        """Those in the rows (n,), which rise."""
        return Detections(
            boxes=self.boxes[rows],
            labels=self.labels[rows],
            scores=self.scores[rows],
            masks=None if self.masks is None else tuple(self.masks[row] for row in rows),
            size=self.size,
            types=self.types,
            photo_score=self.photo_score,
        )
