"""Samples as YOLO datasets."""

from collections.abc import Callable

import cv2
import numpy as np
import yaml

from coachwork.annotations.export import Export
from coachwork.annotations.outlines import bridged, mask_outlines
from coachwork.datasets.sample import DamageShape, Sample, Split
from coachwork.geometry.box import Box
from coachwork.geometry.polygon import Polygon
from coachwork.geometry.rotated_box import RotatedBox

Numbers = Callable[[DamageShape], Polygon]
DARKNET_SPLITS = {Split.VAL: "valid"}
"""Darknet's words where they are others."""


def write_yolo(export: Export) -> None:
    """Writes `data.yaml`, `images/` and `labels/`: boxes, or outlines where any shape has one.

    Programs that read the format take a dataset either for one of boxes or for one of outlines, so boxes become
    rectangles beside outlines. A damage of several parts is one outline with bridges of no width; pixels become
    outlines, without holes. An unlabelled photo gets no label file.
    """
    outlined = any(shape.has_mask for sample in export.samples for shape in sample.shapes)
    _write(export, _outline if outlined else _centre_and_sides, task="segment" if outlined else "detect")


def write_yolo_obb(export: Export) -> None:
    """Writes `data.yaml`, `images/` and `labels/` with the corners of turned boxes.

    Outlines and pixels become the smallest turned box around them.
    """
    _write(export, _turned_corners, task="obb")


def write_darknet(export: Export) -> None:
    """Writes `obj.data`, `obj.names`, a list of photos for each split, and label files beside the photos: boxes alone.

    Paths start with `data/`, as CVAT writes and reads them. An unlabelled photo gets no label file.
    """
    classes = {name: index for index, name in enumerate(export.labels)}
    lists = []
    for split, samples in export.by_split.items():
        name = DARKNET_SPLITS.get(split, split.value)
        folder = f"obj_{name}_data"
        for sample in samples:
            photo = export.place_photo(sample, f"{folder}/{export.name(sample)}")
            if not sample.is_unlabelled:
                rows = [_row(classes[export.label(shape)], _centre_and_sides(shape), sample) for shape in sample.shapes]
                photo.with_suffix(".txt").write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
        listed = "".join(f"data/{folder}/{export.name(sample)}\n" for sample in samples)
        (export.folder / f"{name}.txt").write_text(listed, encoding="utf-8")
        lists.append(f"{name} = data/{name}.txt\n")
    names = "".join(f"{' '.join(name.split())}\n" for name in classes)
    (export.folder / "obj.names").write_text(names, encoding="utf-8")
    document = [f"classes = {len(classes)}\n", *lists, "names = data/obj.names\n", "backup = backup/\n"]
    (export.folder / "obj.data").write_text("".join(document), encoding="utf-8")


def _write(export: Export, numbers: Numbers, *, task: str) -> None:
    classes = {name: index for index, name in enumerate(export.labels)}
    for split, samples in export.by_split.items():
        labels = export.folder / "labels" / split
        labels.mkdir(parents=True)
        for sample in samples:
            photo = export.place_photo(sample, f"images/{split}/{export.name(sample)}")
            if sample.is_unlabelled:
                continue
            rows = [_row(classes[export.label(shape)], numbers(shape), sample) for shape in sample.shapes]
            (labels / f"{photo.stem}.txt").write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    document = {"path": ".", "task": task}
    document |= {split.value: f"images/{split}" for split in export.by_split}
    document |= {"names": {index: name for name, index in classes.items()}}  # type: ignore[dict-item]
    text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
    (export.folder / "data.yaml").write_text(text, encoding="utf-8")


def _row(number: int, points: Polygon, sample: Sample) -> str:
    fractions = (points / (sample.size.width, sample.size.height)).reshape(-1)
    return " ".join([str(number), *(f"{fraction:.9f}".rstrip("0").rstrip(".") for fraction in fractions)])


def _centre_and_sides(shape: DamageShape) -> Polygon:
    box = shape.box
    return np.array([[(box.x_min + box.x_max) / 2, (box.y_min + box.y_max) / 2], [box.width, box.height]])


def _outline(shape: DamageShape) -> Polygon:
    parts = shape.polygons if shape.rle is None else mask_outlines(shape.rle)
    return bridged(list(parts)) if parts else _corners(shape.box)


def _corners(box: Box) -> Polygon:
    return np.array([[box.x_min, box.y_min], [box.x_max, box.y_min], [box.x_max, box.y_max], [box.x_min, box.y_max]])


def _turned_corners(shape: DamageShape) -> Polygon:
    if shape.rotated is not None:
        return shape.rotated.corners
    parts = shape.polygons if shape.rle is None else mask_outlines(shape.rle)
    if not parts:
        return _corners(shape.box)
    (x, y), (width, height), angle = cv2.minAreaRect(np.concatenate(list(parts)).astype(np.float32))
    return RotatedBox(x=float(x), y=float(y), width=float(width), height=float(height), angle=float(angle)).corners
