"""From a model's raw outputs to detections in pixels of the photo.

Five kinds of outputs are known, named by `DecodingRule.kind`:

`boxes_semantic`
    `boxes` (A, 4) float32 xyxy in letterboxed pixels, `scores` (A, C) float32 in 0..1, `masks` (C, h, w) float32 in
    0..1, one map of pixel probability per type. Boxes are thinned per type (greedy non-maximum suppression); an
    instance's mask is the largest region of its type's map above `mask_threshold` inside its box, with holes filled.
    Where the map stays below the threshold in the whole box, the mask is what exceeds half of the highest probability
    in the box, so that every instance covers something.
`boxes_maps`
    The same, but `masks` (A, h, w) holds one map per box instead of one per type.
`semantic`
    `masks` alone. Connected regions (8-neighbourhood) above `mask_threshold` become instances; the score is the mean
    probability of the region, the box is tight. Of a type that a photo has once at most (`single_types`), all regions
    together are one instance.
`boxes_masks`
    `boxes` (N, 4), `labels` (N,) int64 from 0, `scores` (N,), `masks` (N, 1, m, m) in 0..1, each stretched over its
    box. A label of -1 is background, and left out.
`boxes_windows`
    The same, but each mask is stretched over a window around its box: `windows` (N, 4) xyxy. Boxes are thinned as those
    of `boxes_semantic`, or only made less sure where a better one lies over them (`soft_nms`).

With any of them, an optional output `photo_score` (1,) float32 in 0..1 says whether the photo shows any damage, and
`embedding` (E,) float32 says what the photo looks like.

A leading batch axis of length one is accepted everywhere. Coordinates are continuous (no +1): cell (i, j) of a map
with a stride of s letterboxed pixels covers [s j, s (j + 1)) x [s i, s (i + 1)), and the value of a map holds at the
centre of its cell.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from coachwork.detections import Detections
from coachwork.geometry.box import box_iou
from coachwork.geometry.mask import Mask
from coachwork.inference.mask_maps import Placement, Window, certainty_in_box, mask_in_box, mask_of_region
from coachwork.photos.letterbox import Letterbox
from coachwork.taxonomy import Kind

Outputs = Mapping[str, NDArray[np.generic]]
"""Name of an output -> its array."""

_SMALLEST_SCORE = float(np.finfo(np.float32).tiny)
"""A score of exactly 0 is never a detection, whatever `min_score` says."""

_NOTHING = -1
"""Label of background: OpenVINO fills a list of no boxes with one such row."""

_SMALLEST_SIDE = 1e-3
"""Boxes thinner than this, in pixels of the photo, hold nothing and are dropped."""


class DecodingKind(StrEnum):
    """What a model puts out."""

    BOXES_SEMANTIC = "boxes_semantic"
    BOXES_MAPS = "boxes_maps"
    SEMANTIC = "semantic"
    BOXES_MASKS = "boxes_masks"
    BOXES_WINDOWS = "boxes_windows"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodingRule:
    """How the outputs of one model become detections.

    Attributes:
        kind: which outputs there are.
        nms_iou: a box goes where a better one of its type shares more than this IoU.
        soft_nms: such a box stays, and its score is multiplied by 1 - IoU (`boxes_windows` alone).
        max_detections: at most this many detections a photo, the best ones.
        max_candidates: at most this many boxes enter the suppression, the best ones.
        mask_threshold: probability above which a pixel belongs to a mask.
        mask_rescoring: exponent e of score * q**e, where q is the mean probability of the mask's cells; 0 leaves the
            score.
        min_region_cells: regions of fewer cells of the map are dropped (`semantic` alone).
        single_types: types that a photo has once at most, such as the bonnet: what of it is seen in several regions is
            one instance (`semantic` alone).
    """

    kind: DecodingKind
    nms_iou: float = 0.6
    soft_nms: bool = False
    max_detections: int = 100
    max_candidates: int = 1000
    mask_threshold: float = 0.5
    mask_rescoring: float = 0.0
    min_region_cells: int = 4
    single_types: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not (0 <= self.nms_iou <= 1 and 0 < self.mask_threshold < 1 and self.mask_rescoring >= 0):
            message = (
                "a decoding rule needs nms_iou in 0..1, mask_threshold between 0 and 1, mask_rescoring >= 0, "
                f"got {self.nms_iou}, {self.mask_threshold}, {self.mask_rescoring}"
            )
            raise ValueError(message)
        if min(self.max_detections, self.max_candidates, self.min_region_cells) < 1:
            message = "a decoding rule needs max_detections, max_candidates and min_region_cells of at least 1"
            raise ValueError(message)


def decode(
    outputs: Outputs,
    *,
    rule: DecodingRule,
    letterbox: Letterbox,
    types: Sequence[Kind],
    min_score: float | NDArray[np.floating],
    with_masks: bool = True,
) -> Detections:
    """Turns the outputs of one photo into detections in pixels of the upright photo, best first.

    Args:
        outputs: name -> array, as the module's docstring states for the rule's kind.
        rule: how to read them.
        letterbox: how the photo was put into the model's input.
        types: (C,) what the model's channels mean.
        min_score: detections below it are left out; one number, or (C,) one per type.
        with_masks: False leaves the masks undrawn (None), which is all a ranking needs; everything else is the same.

    Raises:
        ValueError: an output is missing or its shape contradicts the rule or the types.
    """
    decoders = {
        DecodingKind.BOXES_SEMANTIC: _decode_boxes_on_maps,
        DecodingKind.BOXES_MAPS: _decode_boxes_on_maps,
        DecodingKind.BOXES_MASKS: _decode_boxes_masks,
        DecodingKind.BOXES_WINDOWS: _decode_boxes_masks,
    }
    least = np.broadcast_to(np.asarray(min_score, dtype=np.float32), (len(types),))
    least_seen = np.maximum(least, _SMALLEST_SCORE)
    if rule.kind is DecodingKind.SEMANTIC:
        single = np.array([kind in rule.single_types for kind in types])
        found = _decode_semantic(outputs, rule, letterbox, least_seen, single)
    else:
        found = decoders[rule.kind](outputs, rule, letterbox, least_seen)
    order = np.argsort(-found.scores, kind="stable")
    order = order[found.scores[order] >= least[found.labels[order]]][: rule.max_detections]
    return Detections(
        boxes=found.boxes[order],
        labels=found.labels[order],
        scores=np.minimum(found.scores[order], np.float32(1)),
        masks=tuple(found.draw(int(index)) for index in order) if with_masks else None,
        size=letterbox.photo,
        types=tuple(types),
        photo_score=float(_output(outputs, "photo_score", (1,))[0]) if "photo_score" in outputs else None,
    )


def suppress_per_type(
    boxes: NDArray[np.floating], scores: NDArray[np.floating], labels: NDArray[np.integer], *, iou: float, limit: int
) -> NDArray[np.int64]:
    """Greedy non-maximum suppression within each type.

    Args:
        boxes: (N, 4) xyxy in any one frame.
        scores: (N,) higher is better; equal scores keep their order.
        labels: (N,) type of each box; boxes of different types never suppress each other.
        iou: a box is dropped when it shares more than this with a better, kept one.
        limit: stop after so many kept boxes.

    Returns:
        (K,) indices of the kept boxes, best first.
    """
    order = np.argsort(-scores, kind="stable")
    corners = np.asarray(boxes, dtype=np.float64)[order]
    if len(corners):
        # Types lie side by side in one far wider plane, so that one pass serves all of them.
        spread = float(corners.max() - corners.min()) + 1.0
        corners = corners + (labels[order].astype(np.float64) * spread)[:, None]
    kept: list[int] = []
    while len(order) and len(kept) < limit:
        kept.append(int(order[0]))
        free = box_iou(corners[:1], corners[1:])[0] <= iou
        order, corners = order[1:][free], corners[1:][free]
    return np.array(kept, dtype=np.int64)


def soften_per_type(
    boxes: NDArray[np.floating], scores: NDArray[np.floating], labels: NDArray[np.integer], *, iou: float
) -> NDArray[np.float32]:
    """Linear Soft-NMS (Bodla et al., ICCV 2017): what lies over a better box of its type is less sure, and stays.

    Args:
        boxes: (N, 4) xyxy in any one frame.
        scores: (N,) higher is better; equal scores keep their order.
        labels: (N,) type of each box; boxes of different types leave each other alone.
        iou: a box that shares more than this with a better one has its score multiplied by 1 - IoU; for each such box,
            the best one first, by the scores that are left.

    Returns:
        (N,) scores that are left, in the order of the boxes.
    """
    left = np.array(scores, dtype=np.float32)
    shared = np.where(labels[:, None] == labels[None, :], box_iou(boxes, boxes), 0)
    kept = np.where(shared > iou, 1 - shared, 1).astype(np.float32)
    waiting = np.ones(len(left), dtype=np.bool_)
    for _ in range(len(left)):
        best = int(np.argmax(np.where(waiting, left, -np.inf)))
        waiting[best] = False
        left[waiting] *= kept[best, waiting]
    return left


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """Instances before ranking: boxes (N, 4) in photo pixels, labels (N,), scores (N,), and what draws one's mask."""

    boxes: NDArray[np.float32]
    labels: NDArray[np.int64]
    scores: NDArray[np.float32]
    draw: Callable[[int], Mask]


def _decode_boxes_on_maps(
    outputs: Outputs, rule: DecodingRule, letterbox: Letterbox, least: NDArray[np.float32]
) -> _Found:
    anchors = _output(outputs, "boxes", (None, 4))
    all_scores = _output(outputs, "scores", (len(anchors), len(least)))
    per_type = rule.kind is DecodingKind.BOXES_SEMANTIC
    maps = _output(outputs, "masks", (len(least) if per_type else len(anchors), None, None))
    rows, labels = np.nonzero(all_scores >= least)
    scores = all_scores[rows, labels]
    if len(scores) > rule.max_candidates:
        best = np.sort(np.argsort(-scores, kind="stable")[: rule.max_candidates])
        rows, labels, scores = rows[best], labels[best], scores[best]
    boxes, whole = _boxes_in_photo(anchors[rows], letterbox)
    rows, labels, scores = rows[whole], labels[whole], scores[whole]
    kept = suppress_per_type(boxes, scores, labels, iou=rule.nms_iou, limit=rule.max_detections)
    boxes, labels, scores = boxes[kept], labels[kept].astype(np.int64), scores[kept]
    own_map = labels if per_type else rows[kept]
    placement = Placement.of_letterboxed_map(letterbox, maps.shape[1:])
    if rule.mask_rescoring:
        pairs = zip(boxes, own_map, strict=True)
        scores = _rescored(
            scores, rule, [certainty_in_box(maps[index], box, placement, rule.mask_threshold) for box, index in pairs]
        )

    def draw(row: int) -> Mask:
        return mask_in_box(maps[own_map[row]], boxes[row], placement, rule.mask_threshold)

    return _Found(boxes=boxes, labels=labels, scores=scores, draw=draw)


def _decode_semantic(
    outputs: Outputs, rule: DecodingRule, letterbox: Letterbox, least: NDArray[np.float32], single: NDArray[np.bool_]
) -> _Found:
    maps = _output(outputs, "masks", (len(least), None, None))
    placement = Placement.of_letterboxed_map(letterbox, maps.shape[1:])
    instances = [
        (mask, label, score)
        for label, probability in enumerate(maps)
        for mask, score in _regions(probability, rule, placement, float(least[label]), joined=bool(single[label]))
    ]
    return _Found(
        boxes=np.array([mask.box.xyxy for mask, _, _ in instances], dtype=np.float32).reshape(-1, 4),
        labels=np.array([label for _, label, _ in instances], dtype=np.int64),
        scores=np.array([score for _, _, score in instances], dtype=np.float32),
        draw=lambda row: instances[row][0],
    )


def _regions(
    probability: NDArray[np.float32], rule: DecodingRule, placement: Placement, min_score: float, *, joined: bool
) -> Iterator[tuple[Mask, float]]:
    """Connected regions of one map (h, w), or all of them as one: mask in the photo, mean probability."""
    above = (probability > rule.mask_threshold).astype(np.uint8)
    count, regions, statistics, _ = cv2.connectedComponentsWithStats(above, connectivity=8)
    sums = np.bincount(regions.reshape(-1), weights=probability.reshape(-1), minlength=count)
    large = [r for r in range(1, count) if statistics[r, cv2.CC_STAT_AREA] >= rule.min_region_cells]
    height, width = probability.shape
    for group in [large] if joined and large else [[region] for region in large]:
        rows = statistics[group]
        score = float(sums[group].sum() / rows[:, cv2.CC_STAT_AREA].sum())
        if score < min_score:
            continue
        first, last = rows[:, :2].min(axis=0), (rows[:, :2] + rows[:, 2:4]).max(axis=0)  # left, top; right, bottom
        whole = Window(int(first[0]), int(first[1]), int(last[0]), int(last[1]))
        # Two cells around serve the interpolation; what other regions have in there must not leak into this one.
        around = whole.widened(2).clipped(height, width)
        owner = around.of(regions)
        alone = np.where(np.isin(owner, [0, *group]), around.of(probability), 0).astype(np.float32)
        inside = Window(
            whole.left - around.left, whole.top - around.top, whole.right - around.left, whole.bottom - around.top
        )
        mask = mask_of_region(alone, inside, placement.moved(around), rule.mask_threshold)
        if mask is not None:
            yield mask, score


def _decode_boxes_masks(
    outputs: Outputs, rule: DecodingRule, letterbox: Letterbox, least: NDArray[np.float32]
) -> _Found:
    boxes = _output(outputs, "boxes", (None, 4))
    labels = _output(outputs, "labels", (len(boxes),)).astype(np.int64)
    scores = _output(outputs, "scores", (len(boxes),))
    maps = _output(outputs, "masks", (len(boxes), 1, None, None))
    in_windows = rule.kind is DecodingKind.BOXES_WINDOWS
    frames = _output(outputs, "windows", (len(boxes), 4)) if in_windows else boxes
    if labels.size and not (labels.min() >= _NOTHING and labels.max() < len(least)):
        message = f"the model's labels must lie in 0..{len(least) - 1}, got {labels.min()}..{labels.max()}"
        raise ValueError(message)
    best = np.argsort(-scores, kind="stable")
    best = best[(scores[best] >= least[labels[best]]) & (labels[best] != _NOTHING)]
    best = best[_boxes_in_photo(frames[best], letterbox)[1]]
    clipped, whole = _boxes_in_photo(boxes[best], letterbox)
    best = best[whole]
    if in_windows and rule.soft_nms:
        scores = scores.copy()
        scores[best] = soften_per_type(clipped, scores[best], labels[best], iou=rule.nms_iou)
        order = np.argsort(-scores[best], kind="stable")
        best, clipped = best[order], clipped[order]
    elif in_windows:
        kept = suppress_per_type(clipped, scores[best], labels[best], iou=rule.nms_iou, limit=rule.max_detections)
        best, clipped = best[kept], clipped[kept]
    best, clipped = best[: rule.max_detections], clipped[: rule.max_detections]
    inside = _boxes_in_photo(frames[best], letterbox)[0]
    # A map is stretched over its frame as the model put it out, also where that reaches past the photo's edge.
    placements = [
        Placement.of_stretched_map(frame, maps.shape[2:], letterbox.photo)
        for frame in letterbox.boxes_to_photo(frames[best])
    ]
    scores = scores[best]
    if rule.mask_rescoring:
        certainties = [
            certainty_in_box(maps[index, 0], inside[row], placements[row], rule.mask_threshold)
            for row, index in enumerate(best)
        ]
        scores = _rescored(scores, rule, certainties)

    def draw(row: int) -> Mask:
        return mask_in_box(maps[best[row], 0], inside[row], placements[row], rule.mask_threshold)

    return _Found(boxes=clipped, labels=labels[best], scores=scores, draw=draw)


def _rescored(scores: NDArray[np.float32], rule: DecodingRule, certainties: Sequence[float]) -> NDArray[np.float32]:
    return scores * np.array(certainties, dtype=np.float32) ** np.float32(rule.mask_rescoring)


def _output(outputs: Outputs, name: str, shape: tuple[int | None, ...]) -> NDArray[np.float32]:
    """One output without its batch axis, checked: None in `shape` stands for any length."""
    if name not in outputs:
        message = f"the model has no output {name!r}; it has {', '.join(sorted(outputs))}"
        raise ValueError(message)
    array = np.asarray(outputs[name])
    if array.ndim == len(shape) + 1 and array.shape[0] == 1:
        array = array[0]
    if array.ndim != len(shape) or any(w is not None and w != g for w, g in zip(shape, array.shape, strict=True)):
        wanted = ", ".join("any" if side is None else str(side) for side in shape)
        message = f"the model's output {name!r} must have the shape ({wanted}), got {array.shape}"
        raise ValueError(message)
    return array.astype(np.float32, copy=False)


def _boxes_in_photo(
    boxes_model: NDArray[np.float32], letterbox: Letterbox
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Boxes (K, 4) in photo pixels, clipped to it, and which (N,) of the given ones have anything left."""
    photo = letterbox.photo
    finite: NDArray[np.bool_] = np.asarray(np.isfinite(boxes_model).all(axis=1))
    boxes = np.asarray(letterbox.boxes_to_photo(np.where(finite[:, None], boxes_model, 0)), dtype=np.float32)
    limits = np.array([photo.width, photo.height, photo.width, photo.height], dtype=np.float32)
    boxes = np.clip(boxes.reshape(-1, 4), 0, limits)
    sides = boxes[:, 2:] - boxes[:, :2]
    whole = np.asarray(finite & (sides.min(axis=1, initial=np.inf) > _SMALLEST_SIDE))
    return boxes[whole], whole
