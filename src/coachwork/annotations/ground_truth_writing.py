"""Samples as augmented manifests of SageMaker Ground Truth."""

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from PIL import Image

from coachwork.annotations.attributes import attributes_of
from coachwork.annotations.coverage import covered
from coachwork.annotations.export import Export
from coachwork.datasets.sample import DamageShape, Sample

BUCKET = "s3://BUCKET"
"""Stands where the bucket and prefix belong to which the folder is copied."""
CROWD = "crowd"
"""Fact of a box that Coachwork writes beside its confidence: a region of many."""
BACKGROUND_COLOUR = 0xFFFFFF

Labels = Callable[[Export, Sample, str], dict[str, Any]]
"""The labels of one sample with their metadata, as a manifest's line has them."""


def write_boxes(export: Export) -> None:
    """Writes one manifest of boxes for each split (`train.manifest` and so on), the photos in a folder beside it.

    Addresses start with `s3://BUCKET`: SageMaker reads photos from S3 alone, and the bucket is not known here.
    Severity and attributes stand beside a box's confidence.
    """
    _write(export, _boxes)


def write_segmentation(export: Export) -> None:
    """Writes one manifest of semantic segmentation for each split, with a PNG for each photo that anybody looked at.

    Damages of one type that touch become one; smaller damages lie over larger ones.
    """
    _write(export, _segmentation)


def _write(export: Export, labels: Labels) -> None:
    for split, samples in export.by_split.items():
        with (export.folder / f"{split}.manifest").open("w", encoding="utf-8") as file:
            for sample in samples:
                place = f"{split}/{export.name(sample)}"
                export.place_photo(sample, place)
                line: dict[str, Any] = {"source-ref": f"{BUCKET}/{place}"}
                if not sample.is_unlabelled:
                    line |= labels(export, sample, split)
                file.write(json.dumps(line | _tags(sample)) + "\n")


def _metadata(task: str) -> dict[str, Any]:
    now = datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
    return {
        "type": f"groundtruth/{task}",
        "human-annotated": "yes",
        "creation-date": now,
        "job-name": "labeling-job/coachwork",
    }


def _tags(sample: Sample) -> dict[str, Any]:
    if not sample.tags:
        return {}
    classes = {"class-map": {str(index): tag for index, tag in enumerate(sample.tags)}}
    return {
        "tags": list(range(len(sample.tags))),
        "tags-metadata": classes | _metadata("image-classification-multilabel"),
    }


def _boxes(export: Export, sample: Sample, _: str) -> dict[str, Any]:
    ids = {label: index for index, label in enumerate(export.labels)}
    used = sorted({export.label(shape) for shape in sample.shapes}, key=ids.__getitem__)
    annotations = [{"class_id": ids[export.label(shape)]} | _edges(shape) for shape in sample.shapes]
    facts = {
        "objects": [_said(shape) for shape in sample.shapes],
        "class-map": {str(ids[label]): label for label in used},
    }
    return {
        "damage": {
            "image_size": [{"width": sample.size.width, "height": sample.size.height, "depth": 3}],
            "annotations": annotations,
        },
        "damage-metadata": facts | _metadata("object-detection"),
    }


def _edges(shape: DamageShape) -> dict[str, float]:
    box = shape.box
    edges = {"left": box.x_min, "top": box.y_min, "width": box.width, "height": box.height}
    return {name: int(edge) if float(edge).is_integer() else edge for name, edge in edges.items()}


def _said(shape: DamageShape) -> dict[str, Any]:
    said: dict[str, Any] = attributes_of(shape.attributes, shape.severity)
    with suppress(KeyError, ValueError):  # there is none, or some other format's word for it
        said["confidence"] = float(said["confidence"])
    return said | ({CROWD: True} if shape.crowd else {})


def _segmentation(export: Export, sample: Sample, split: str) -> dict[str, Any]:
    ids = {label: index for index, label in enumerate(export.labels, start=1)}
    height, width = sample.size.height, sample.size.width
    painted = np.zeros((height, width), dtype=np.uint16)
    masks = [(covered(shape, sample.size), ids[export.label(shape)]) for shape in sample.shapes]
    for mask, number in sorted(masks, key=lambda one: -one[0].area):
        crop_height, crop_width = mask.crop.shape
        painted[mask.y : mask.y + crop_height, mask.x : mask.x + crop_width][mask.crop] = number
    colours = np.array([BACKGROUND_COLOUR, *(_colour(number) for number in ids.values())], dtype=np.uint32)
    packed = colours[painted]
    pixels = np.stack([packed >> shift & 255 for shift in (16, 8, 0)], axis=-1).astype(np.uint8)
    place = PurePosixPath(f"{split}-masks", f"{PurePosixPath(export.name(sample)).stem}.png")
    (export.folder / place).parent.mkdir(exist_ok=True)
    Image.fromarray(pixels).save(export.folder / place)
    present = {0: "BACKGROUND"} | {number: label for label, number in ids.items() if (painted == number).any()}
    classes = {
        str(number): {"class-name": label, "hex-color": f"#{int(colours[number]):06x}"}
        for number, label in present.items()
    }
    return {
        "damage-ref": f"{BUCKET}/{place}",
        "damage-ref-metadata": {"internal-color-map": classes} | _metadata("semantic-segmentation"),
    }


def _colour(number: int) -> int:
    """A colour of its own for each class, far from its neighbours': the number's bits, dealt to the channels."""
    red = green = blue = 0
    for bit in range(8):
        red |= (number >> (3 * bit) & 1) << (7 - bit)
        green |= (number >> (3 * bit + 1) & 1) << (7 - bit)
        blue |= (number >> (3 * bit + 2) & 1) << (7 - bit)
    return red << 16 | green << 8 | blue
