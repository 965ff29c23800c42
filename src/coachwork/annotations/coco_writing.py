"""Samples as COCO files."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from coachwork.annotations.attributes import attributes_of
from coachwork.annotations.export import Export
from coachwork.datasets.sample import DamageShape, Sample
from coachwork.geometry.mask import mask_to_rle


def write_coco(export: Export) -> None:
    """Writes one COCO file for each split (`train.coco.json` and so on), the photos in a folder beside it.

    All labels are listed as categories, with ids from 1. Outlines become polygons, run lengths a compressed object,
    boxes alone an empty segmentation; severity and attributes go into `attributes`.
    """
    for split, samples in export.by_split.items():
        for sample in samples:
            export.place_photo(sample, f"{split}/{export.name(sample)}")
        write_coco_file(export, samples, export.folder / f"{split}.coco.json")


def write_coco_file(export: Export, samples: Sequence[Sample], path: Path) -> None:
    """Writes some samples of an export as one COCO file; their photos are named, not placed."""
    ids = {name: index + 1 for index, name in enumerate(export.labels)}
    annotations = [
        {"id": 0, "image_id": index + 1, "category_id": ids[export.label(shape)]} | _shape(shape, sample)
        for index, sample in enumerate(samples)
        for shape in sample.shapes
    ]
    for index, annotation in enumerate(annotations):
        annotation["id"] = index + 1
    document = {
        "info": {"description": "written by Coachwork"},
        "categories": [{"id": number, "name": name} for name, number in ids.items()],
        "images": [
            {
                "id": index + 1,
                "file_name": export.name(sample),
                "width": sample.size.width,
                "height": sample.size.height,
            }
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
        "attributes": attributes_of(shape.attributes, shape.severity),
    }
