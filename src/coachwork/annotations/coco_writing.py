"""Samples as a COCO file."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from coachwork.annotations.sample_names import names_differ
from coachwork.datasets.sample import DamageShape, Sample
from coachwork.geometry.mask import mask_to_rle
from coachwork.taxonomy import UNSPECIFIED, DamageType


def write_coco(samples: Sequence[Sample], path: Path) -> None:
    """Writes samples as one COCO file with Coachwork's own names as categories (ids from 1, all types listed).

    Outlines become polygons, run lengths a compressed object, boxes alone an empty segmentation; the severity goes into
    `attributes`. A sample's photo is named as it was at its source.

    Raises:
        ValueError: two samples have the same name.
    """
    names_differ(samples)
    names = [*(kind.value for kind in DamageType), UNSPECIFIED]
    ids = {name: index + 1 for index, name in enumerate(names)}
    annotations = [
        {"id": 0, "image_id": index + 1, "category_id": ids[shape.type or UNSPECIFIED]} | _shape(shape, sample)
        for index, sample in enumerate(samples)
        for shape in sample.shapes
    ]
    for index, annotation in enumerate(annotations):
        annotation["id"] = index + 1
    document = {
        "info": {"description": "written by Coachwork"},
        "categories": [{"id": number, "name": name} for name, number in ids.items()],
        "images": [
            {"id": index + 1, "file_name": sample.name, "width": sample.size.width, "height": sample.size.height}
            for index, sample in enumerate(samples)
        ],
        "annotations": annotations,
    }
    path.write_text(json.dumps(document), encoding="utf-8")


def _shape(shape: DamageShape, sample: Sample) -> dict[str, Any]:
    mask = shape.mask(sample.size)
    segmentation: object = [polygon.reshape(-1).tolist() for polygon in shape.polygons]
    if shape.rle is not None:
        segmentation = mask_to_rle(shape.rle)
    return {
        "bbox": [shape.box.x_min, shape.box.y_min, shape.box.width, shape.box.height],
        "area": shape.box.area if mask is None else mask.area,
        "segmentation": segmentation,
        "iscrowd": int(shape.crowd),
        "attributes": {} if shape.severity is None else {"severity": shape.severity.value},
    }
