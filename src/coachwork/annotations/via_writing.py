"""Samples as VIA 2 files."""

import json
from collections.abc import Iterator
from typing import Any

from coachwork.annotations.attributes import attributes_of
from coachwork.annotations.export import Export
from coachwork.annotations.outlines import mask_outlines
from coachwork.datasets.sample import DamageShape, Sample

LABEL_KEY, CROWD_KEY, GROUP_KEY = "type", "crowd", "group"
"""Region attributes that Coachwork writes; regions of one photo with the same group are parts of one damage."""


def write_via(export: Export) -> None:
    """Writes VIA 2 annotations (the object that VIA imports, regions as lists), one file and folder for each split.

    A damage of several parts becomes several regions of one group. VIA knows no run lengths: they become outlines,
    which loses holes and up to a pixel at the edge.
    """
    for split, samples in export.by_split.items():
        for sample in samples:
            export.place_photo(sample, f"{split}/{export.name(sample)}")
        document = {f"{export.name(sample)}-1": _entry(export, sample) for sample in samples}
        (export.folder / f"{split}.via.json").write_text(json.dumps(document), encoding="utf-8")


def _entry(export: Export, sample: Sample) -> dict[str, Any]:
    regions = [
        region
        for index, shape in enumerate(sample.shapes)
        for region in _regions(shape, export.label(shape), str(index + 1))
    ]
    return {"filename": export.name(sample), "size": -1, "regions": regions, "file_attributes": {}}


def _regions(shape: DamageShape, label: str, group: str) -> Iterator[dict[str, Any]]:
    attributes = attributes_of(shape.attributes, shape.severity) | {LABEL_KEY: label}
    if shape.crowd:
        attributes[CROWD_KEY] = "true"
    outlines = list(shape.polygons) if shape.rle is None else mask_outlines(shape.rle)
    if len(outlines) > 1:
        attributes[GROUP_KEY] = group
    drawn = [
        {"name": "polygon", "all_points_x": outline[:, 0].tolist(), "all_points_y": outline[:, 1].tolist()}
        for outline in outlines
    ] or [_rectangle(shape)]
    for drawing in drawn:
        yield {"shape_attributes": drawing, "region_attributes": attributes}


def _rectangle(shape: DamageShape) -> dict[str, Any]:
    box = shape.box
    return {"name": "rect", "x": box.x_min, "y": box.y_min, "width": box.width, "height": box.height}
