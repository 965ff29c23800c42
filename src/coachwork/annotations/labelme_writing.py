"""Samples as Labelme files."""

import base64
import json
from typing import Any

from coachwork.annotations.attributes import attributes_of
from coachwork.annotations.export import Export
from coachwork.annotations.labelme_shapes import CROWD_FLAG
from coachwork.annotations.png_masks import png_of_mask
from coachwork.datasets.sample import DamageShape, Sample
from coachwork.geometry.mask import Mask

VERSION = "5.5.0"
"""Labelme's version whose form this is."""


def write_labelme(export: Export) -> None:
    """Writes a JSON file beside each photo, in a folder for each split.

    Parts of one damage share a group; a turned box is X-AnyLabeling's `rotation`; severity and attributes go into
    `attributes`, which Labelme keeps; the photo's tags are its flags. An unlabelled photo gets no file.
    """
    for split, samples in export.by_split.items():
        for sample in samples:
            photo = export.place_photo(sample, f"{split}/{export.name(sample)}")
            if not sample.is_unlabelled:
                text = json.dumps(_document(export, sample, photo.name), ensure_ascii=False, indent=2)
                photo.with_suffix(".json").write_text(text, encoding="utf-8")


def _document(export: Export, sample: Sample, name: str) -> dict[str, Any]:
    return {
        "version": VERSION,
        "flags": dict.fromkeys(sample.tags, True),
        "shapes": [
            entry
            for index, shape in enumerate(sample.shapes, start=1)
            for entry in _entries(shape, export.label(shape), index)
        ],
        "imagePath": name,
        "imageData": None,
        "imageHeight": sample.size.height,
        "imageWidth": sample.size.width,
    }


def _entries(shape: DamageShape, label: str, number: int) -> list[dict[str, Any]]:
    drawn: list[dict[str, Any]]
    if shape.rle is not None:
        drawn = [_mask(shape.rle)]
    elif shape.polygons:
        drawn = [{"shape_type": "polygon", "points": polygon.tolist()} for polygon in shape.polygons]
    elif shape.rotated is not None:
        drawn = [{"shape_type": "rotation", "points": shape.rotated.corners.tolist()}]
    else:
        x_min, y_min, x_max, y_max = shape.box.xyxy
        drawn = [{"shape_type": "rectangle", "points": [[x_min, y_min], [x_max, y_max]]}]
    facts = {
        "label": label,
        "group_id": number if len(drawn) > 1 else None,
        "description": shape.attributes.get("description", ""),
        "flags": {CROWD_FLAG: True} if shape.crowd else {},
        "attributes": {
            name: text
            for name, text in attributes_of(shape.attributes, shape.severity).items()
            if name != "description"
        },
    }
    return [facts | {"mask": None} | entry for entry in drawn]


def _mask(mask: Mask) -> dict[str, Any]:
    """A mask's picture, and its corners, the last pixel included."""
    height, width = mask.crop.shape
    return {
        "shape_type": "mask",
        "points": [[mask.x, mask.y], [mask.x + width - 1, mask.y + height - 1]],
        "mask": base64.b64encode(png_of_mask(mask.crop)).decode("ascii"),
    }
