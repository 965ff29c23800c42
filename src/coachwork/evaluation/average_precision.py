"""Average precision and recall of boxes and of masks, by pycocotools.

What counts where:

- A type is judged only in photos that annotate it (`Sample.annotated`). Elsewhere its detections could be right, so
  detections and shapes of the type are both left out, also where a few shapes of it happen to be marked.
- Masks of a type are judged only in photos where every shape of the type has pixels; boxes need the boxes alone.
- Crowds, and damages of unstated type, are COCO crowds: detections inside are neither right nor wrong.
- Areas are square pixels of the photo: of the truth's pixels where they are known, else of its box, as COCO does.
"""

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from coachwork.datasets.sample import DamageShape
from coachwork.evaluation.bootstrap import Weights, mean_where_measured
from coachwork.evaluation.pairs import Pair
from coachwork.geometry.box import Box
from coachwork.geometry.mask import Mask, mask_to_rle
from coachwork.geometry.size import Size
from coachwork.taxonomy import Kind

SIZES: dict[str, tuple[float, float]] = {
    "all": (0, 1e10),
    "coco small": (0, 32**2),
    "coco medium": (32**2, 96**2),
    "coco large": (96**2, 1e10),
    "cardd small": (0, 128**2),
    "cardd medium": (128**2, 256**2),
    "cardd large": (256**2, 1e10),
}
"""Area ranges in square pixels: COCO's own, and those of CarDD (Wang et al., IEEE T-ITS 2023)."""

MOST_DETECTIONS = 100
"""Detections per photo and type that count, as in COCO."""


class Extent(StrEnum):
    """What of a damage is compared."""

    BOX = "box"
    MASK = "mask"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PrecisionCurves:
    """What pycocotools found, on T = 10 IoU thresholds .50 to .95, R = 101 recalls, K types and A = 7 sizes.

    Attributes:
        extent: boxes or masks.
        types: the K types, in order.
        precision: (T, R, K, A) float64, NaN for a type without truth of that size.
        recall: (T, K, A) float64, NaN likewise.
        truths: (K,) int64, shapes that had to be found, of any size.
        photos: (K,) int64, photos in which the type was judged.
        runs: pycocotools' own matches, from which resamples are made.
    """

    extent: Extent
    types: tuple[Kind, ...]
    precision: NDArray[np.float64]
    recall: NDArray[np.float64]
    truths: NDArray[np.int64]
    photos: NDArray[np.int64]
    runs: COCOeval

    def average_precision(self, *, size: str = "all", iou: float | None = None) -> NDArray[np.float64]:
        """AP (K,) over all IoU thresholds, or at one of them; NaN where a type has no truth."""
        area = list(SIZES).index(size)
        chosen = slice(None) if iou is None else _threshold(iou)
        per_type = np.ascontiguousarray(np.moveaxis(self.precision[chosen, :, :, area], 2, 0))
        return np.asarray(per_type.reshape(len(self.types), -1).mean(axis=1))

    def average_recall(self, *, size: str = "all") -> NDArray[np.float64]:
        """AR (K,) at 100 detections over all IoU thresholds; NaN where a type has no truth."""
        return np.asarray(self.recall[:, :, list(SIZES).index(size)].mean(axis=0))

    def truths_of_size(self, size: str) -> int:
        """Shapes of a size that had to be found, of all types."""
        photos = len(self.runs.params.imgIds)
        areas = len(SIZES)
        return sum(
            int(np.count_nonzero(run["gtIgnore"] == 0))
            for place, run in enumerate(self.runs.evalImgs)
            if run is not None and place // photos % areas == list(SIZES).index(size)
        )

    def mean(self, per_type: NDArray[np.float64], chosen: Sequence[Kind] | None = None) -> float:
        """Plain mean of per-type figures (K,) over the chosen types with truth, NaN where there is none."""
        rows = [k for k, kind in enumerate(self.types) if chosen is None or kind in chosen]
        return float(mean_where_measured(per_type[rows])) if rows else float("nan")


def precision_curves(
    pairs: Sequence[Pair], types: Sequence[Kind], extent: Extent = Extent.BOX
) -> PrecisionCurves | None:
    """Runs pycocotools over the pairs.

    Returns:
        The curves, or None for masks where the model has none.
    """
    if extent is Extent.MASK and any(pair.detections.masks is None for pair in pairs):
        return None
    truth, found, judged = _coco_objects(pairs, types, extent)
    with contextlib.redirect_stdout(io.StringIO()):
        runs = COCOeval(_indexed(truth), _indexed(found), "bbox" if extent is Extent.BOX else "segm")
        runs.params.areaRng = [list(limits) for limits in SIZES.values()]
        runs.params.areaRngLbl = list(SIZES)
        runs.params.maxDets = [MOST_DETECTIONS]
        runs.evaluate()
        runs.accumulate()
    precision, recall = runs.eval["precision"][..., 0], runs.eval["recall"][..., 0]
    wanted = [a["category_id"] for a in truth["annotations"] if not a["iscrowd"]]
    return PrecisionCurves(
        extent=extent,
        types=tuple(types),
        precision=np.where(precision < 0, np.nan, precision),
        recall=np.where(recall < 0, np.nan, recall),
        truths=np.bincount(wanted, minlength=len(types) + 1)[1:],
        photos=judged.sum(axis=0),
        runs=runs,
    )


def resampled_precision(
    curves: PrecisionCurves, weights: Weights, *, size: str = "all"
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """AP and AP50 on resamples of the photos, without matching anything anew.

    Matches within a photo do not hang on other photos, so only the accumulation is done again, each photo counted as
    often as it was drawn. Drawn once each, the photos give pycocotools' own figures to the last bit.

    Args:
        curves: of `precision_curves`.
        weights: (B, P), photos in the order in which they were given.
        size: one of `SIZES`.

    Returns:
        AP (B, K) and AP50 (B, K); NaN where a type has no truth in a resample.
    """
    area = list(SIZES).index(size)
    shape = (len(weights), len(curves.types))
    mean, at_half = np.full(shape, np.nan), np.full(shape, np.nan)
    for k in range(len(curves.types)):
        precision = _resampled_type(curves.runs, k, area, weights)  # (B, T, R)
        if precision is not None:
            mean[:, k] = precision.reshape(len(weights), -1).mean(axis=1)
            at_half[:, k] = precision[:, 0].mean(axis=1)
    return mean, at_half


def _resampled_type(runs: COCOeval, k: int, area: int, weights: Weights) -> NDArray[np.float64] | None:
    photos, areas = len(runs.params.imgIds), len(runs.params.areaRng)
    start = (k * areas + area) * photos
    parts = [(i, run) for i, run in enumerate(runs.evalImgs[start : start + photos]) if run is not None]
    if not parts:
        return None
    wanted = np.array([np.count_nonzero(run["gtIgnore"] == 0) for _, run in parts])
    total = weights[:, [i for i, _ in parts]] @ wanted  # (B,) shapes to be found
    scores = np.concatenate([run["dtScores"] for _, run in parts])
    order = np.argsort(-scores, kind="mergesort")  # as pycocotools sorts
    owner = np.repeat([i for i, _ in parts], [len(run["dtScores"]) for _, run in parts])[order].astype(np.int64)
    matched = np.concatenate([run["dtMatches"] for _, run in parts], axis=1)[:, order] > 0
    ignored = np.concatenate([run["dtIgnore"] for _, run in parts], axis=1)[:, order]
    hits = [np.flatnonzero(row) for row in matched & ~ignored]
    precision = np.full((len(weights), len(matched), len(runs.params.recThrs)), np.nan)
    for b in np.flatnonzero(total):
        counts = weights[b][owner]
        every = np.cumsum(counts)
        for t, places in enumerate(hits):
            judged = np.cumsum(np.where(ignored[t], 0, counts)) if ignored[t].any() else every
            right = np.cumsum(counts[places]).astype(np.float64)
            precision[b, t] = _interpolated(right, judged[places] - right, int(total[b]), runs.params.recThrs)
    return precision


def _interpolated(
    right: NDArray[np.float64], wrong: NDArray[np.float64], total: int, recalls: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Precision (R,) at the given recalls, as `COCOeval.accumulate` reads it off.

    Only the places of true positives can carry the curve: false ones lower the precision at an unchanged recall.

    Args:
        right: (H,) true positives down to and with each one, best score first.
        wrong: (H,) false positives down to each true one.
        total: shapes that had to be found.
        recalls: (R,) rising.
    """
    curve = right / (wrong + right + np.spacing(1))
    envelope = np.append(np.maximum.accumulate(curve[::-1])[::-1], 0.0)
    return np.asarray(envelope[np.searchsorted(right / total, recalls, side="left")])


def _threshold(iou: float) -> slice:
    index = round((iou - 0.5) / 0.05)
    return slice(index, index + 1)


def _indexed(content: dict[str, Any]) -> COCO:
    coco = COCO()
    coco.dataset = content
    coco.createIndex()
    return coco


def _coco_objects(
    pairs: Sequence[Pair], types: Sequence[Kind], extent: Extent
) -> tuple[dict[str, Any], dict[str, Any], NDArray[np.bool_]]:
    """Truth and detections as COCO objects (ids from 1), and which photo (P, K) judges which type."""
    judged = np.zeros((len(pairs), len(types)), dtype=np.bool_)
    truths: list[dict[str, Any]] = []
    found: list[dict[str, Any]] = []
    for p, pair in enumerate(pairs):
        rle = _detected_rle(pair) if extent is Extent.MASK else {}
        for k, kind in enumerate(types):
            judged[p, k] = pair.judges(kind) if extent is Extent.BOX else pair.judges_masks(kind)
            if not judged[p, k]:
                continue
            ids = {"image_id": p + 1, "category_id": k + 1}
            ignored = pair.ignored_for(kind)
            truths += [ids | _truth(pair, i, extent, crowd=i in ignored) for i in pair.shapes_of(kind) + ignored]
            found += [ids | _detection(pair, int(row), rle) for row in pair.rows_of(kind)]
    numbered = [[row | {"id": n} for n, row in enumerate(rows, start=1)] for rows in (truths, found)]
    frames = [
        {"id": p, "height": pair.sample.size.height, "width": pair.sample.size.width} for p, pair in enumerate(pairs, 1)
    ]
    names = [{"id": k, "name": kind.value} for k, kind in enumerate(types, 1)]
    whole = [{"images": frames, "categories": names, "annotations": rows} for rows in numbered]
    return whole[0], whole[1], judged


def _truth(pair: Pair, index: int, extent: Extent, *, crowd: bool) -> dict[str, Any]:
    shape, mask = pair.sample.shapes[index], pair.masks[index]
    row: dict[str, Any] = {"bbox": _xywh(shape.box), "iscrowd": int(crowd)}
    row["area"] = shape.box.area if mask is None else mask.area
    if extent is Extent.MASK:
        row["segmentation"] = mask_to_rle(mask if mask is not None else _filled(shape, pair.sample.size))
    return row


def _detection(pair: Pair, row: int, rle: dict[int, tuple[dict[str, object], int]]) -> dict[str, Any]:
    x_min, y_min, x_max, y_max = pair.detections.boxes[row].astype(float).tolist()
    box = {
        "bbox": [x_min, y_min, x_max - x_min, y_max - y_min],
        "score": float(pair.detections.scores[row]),
        "iscrowd": 0,
        "area": (x_max - x_min) * (y_max - y_min),
    }
    return box | ({"segmentation": rle[row][0], "area": rle[row][1]} if row in rle else {})


def _detected_rle(pair: Pair) -> dict[int, tuple[dict[str, object], int]]:
    return {row: (mask_to_rle(mask), mask.area) for row, mask in enumerate(pair.detections.masks or ())}


def _xywh(box: Box) -> list[float]:
    return [box.x_min, box.y_min, box.width, box.height]


def _filled(shape: DamageShape, frame: Size) -> Mask:
    """The shape's box as pixels, for regions that are only to be ignored."""
    box = shape.box.clipped(frame)
    x, y = int(np.floor(box.x_min)), int(np.floor(box.y_min))
    crop = np.ones((int(np.ceil(box.y_max)) - y, int(np.ceil(box.x_max)) - x), dtype=np.bool_)
    return Mask(crop=crop, x=x, y=y, frame=frame)
