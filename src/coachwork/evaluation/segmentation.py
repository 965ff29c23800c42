"""How well the damaged pixels are covered, type by type and whatever the type.

At the operating point the masks of a type's detections are laid together and compared with the truth's. A type is
judged in photos that annotate it and give all its shapes with pixels; pixels of crowds and of damages of unstated type
are left out on both sides. "Any damage" takes the annotated types of each photo together; where a photo holds damages
of unstated type they are truth, and every detection counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coachwork.evaluation.bootstrap import Weights, ratio
from coachwork.evaluation.matching import DEFAULT_THRESHOLD
from coachwork.evaluation.pairs import Pair
from coachwork.geometry.mask import Mask
from coachwork.geometry.size import Size
from coachwork.taxonomy import Kind


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PixelCounts:
    """Pixels of P photos, for K types and for any damage (last), at the operating point.

    Attributes:
        types: the K types.
        shared, found, truth: (P, K + 1) int64 pixels in both, in the detections, in the truth; 0 where not judged.
    """

    types: tuple[Kind, ...]
    shared: NDArray[np.int64]
    found: NDArray[np.int64]
    truth: NDArray[np.int64]

    def pooled(self, weights: Weights) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """IoU and Dice (B, K + 1) of all photos' pixels together; NaN where nothing is there and nothing was found."""
        shared, found, truth = (weights @ part for part in (self.shared, self.found, self.truth))
        return ratio(shared, found + truth - shared), ratio(2 * shared, found + truth)

    def per_damaged_photo(self, weights: Weights) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean IoU and Dice (B, K + 1) over the photos that hold the type; NaN where none does."""
        damaged = self.truth > 0
        photos = weights @ damaged
        iou = np.nan_to_num(ratio(self.shared, self.found + self.truth - self.shared)) * damaged
        dice = np.nan_to_num(ratio(2 * self.shared, self.found + self.truth)) * damaged
        return ratio(weights @ iou, photos), ratio(weights @ dice, photos)


def pixel_counts(pairs: Sequence[Pair], types: Sequence[Kind], thresholds: Mapping[Kind, float]) -> PixelCounts | None:
    """Counts pixels at the thresholds; None where the model has no masks."""
    if any(pair.detections.masks is None for pair in pairs):
        return None
    counts = np.zeros((3, len(pairs), len(types) + 1), dtype=np.int64)
    for p, pair in enumerate(pairs):
        chosen = _chosen(pair, thresholds)
        for k, kind in enumerate(types):
            if pair.judges_masks(kind):
                counts[:, p, k] = _compare(pair, chosen.get(kind, []), pair.shapes_of(kind), pair.ignored_for(kind))
        counts[:, p, -1] = _any_damage(pair, chosen)
    return PixelCounts(types=tuple(types), shared=counts[0], found=counts[1], truth=counts[2])


def _chosen(pair: Pair, thresholds: Mapping[Kind, float]) -> dict[Kind, list[Mask]]:
    """Masks of the detections that reach their type's threshold."""
    masks = pair.detections.masks or ()
    chosen: dict[Kind, list[Mask]] = {}
    for label, score, mask in zip(pair.detections.labels, pair.detections.scores, masks, strict=True):
        kind = pair.detections.types[label]
        if score >= thresholds.get(kind, DEFAULT_THRESHOLD):
            chosen.setdefault(kind, []).append(mask)
    return chosen


def _any_damage(pair: Pair, chosen: Mapping[Kind, Sequence[Mask]]) -> tuple[int, int, int]:
    shapes = pair.sample.shapes
    unstated = any(shape.type is None and not shape.crowd for shape in shapes)
    wanted = [
        i
        for i, shape in enumerate(shapes)
        if not shape.crowd and (shape.type is None or shape.type in pair.sample.annotated)
    ]
    if not (pair.sample.annotated or unstated) or any(pair.masks[i] is None for i in wanted):
        return 0, 0, 0
    ignored = [i for i in range(len(shapes)) if i not in wanted]
    found = [mask for kind, masks in chosen.items() if unstated or pair.judges(kind) for mask in masks]
    return _compare(pair, found, wanted, ignored)


def _compare(pair: Pair, found: Sequence[Mask], wanted: Sequence[int], ignored: Sequence[int]) -> tuple[int, int, int]:
    """Pixels shared, found and true, without the ignored regions."""
    if not found and not wanted:
        return 0, 0, 0
    frame = pair.sample.size
    over = _laid_together(found, frame)
    truth = _laid_together([mask for i in wanted if (mask := pair.masks[i]) is not None], frame)
    for i in ignored:
        region, box = pair.masks[i], pair.sample.shapes[i].box.clipped(frame)
        rows = slice(int(box.y_min), int(np.ceil(box.y_max)))
        columns = slice(int(box.x_min), int(np.ceil(box.x_max)))
        keep = ~region.full()[rows, columns] if region is not None else np.False_
        over[rows, columns] &= keep
        truth[rows, columns] &= keep
    return int(np.count_nonzero(over & truth)), int(np.count_nonzero(over)), int(np.count_nonzero(truth))


def _laid_together(masks: Sequence[Mask], frame: Size) -> NDArray[np.bool_]:
    picture = np.zeros((frame.height, frame.width), dtype=np.bool_)
    for mask in masks:
        height, width = mask.crop.shape
        picture[mask.y : mask.y + height, mask.x : mask.x + width] |= mask.crop
    return picture
