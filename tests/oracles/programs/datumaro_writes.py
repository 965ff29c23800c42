"""Lets datumaro export shapes that it is told:  datumaro_writes.py FORMAT SHAPES.json FOLDER

Runs in an environment of its own, see `scripts/oracles`.
"""

import json
import sys
from pathlib import Path
from typing import Any

import datumaro
import numpy as np
from datumaro.components.annotation import AnnotationType, Bbox, LabelCategories, Mask, Polygon, RotatedBbox
from datumaro.components.media import Image


def annotations_of(shape: dict[str, Any], label: int, number: int, *, boxed: bool) -> list[Any]:
    """A shape in datumaro's terms; with `boxed` masks have their box in one group with them, as VOC's objects do."""
    facts = {"label": label, "id": number, "group": number}
    if "bits" in shape:
        height, width = shape["shape"]
        bits = np.unpackbits(np.frombuffer(bytes.fromhex(shape["bits"]), dtype=np.uint8), count=height * width)
        mask = [Mask(bits.reshape(height, width), **facts)]
        plain = {key: value for key, value in shape.items() if key != "bits"}
        return mask + (annotations_of(plain, label, number, boxed=False) if boxed else [])
    if "parts" in shape:
        return [Polygon([number for point in part for number in point], **facts) for part in shape["parts"]]
    if "corners" in shape:
        return [RotatedBbox.from_rectangle([tuple(corner) for corner in shape["corners"]], **facts)]
    x_min, y_min, x_max, y_max = shape["box"]
    return [Bbox(x_min, y_min, x_max - x_min, y_max - y_min, **facts)]


def main(name: str, shapes: str, folder: str) -> None:
    photos = json.loads(Path(shapes).read_text(encoding="utf-8"))
    labels = sorted({shape["label"] for photo in photos for shape in photo["shapes"]})
    items = [
        datumaro.DatasetItem(
            id=Path(photo["path"]).stem,
            subset=photo["split"],
            media=Image.from_file(path=photo["path"]),
            annotations=[
                one
                for number, shape in enumerate(photo["shapes"], start=first)
                for one in annotations_of(shape, labels.index(shape["label"]), number, boxed=name == "voc")
            ],
        )
        for first, photo in zip(range(1, 1000 * len(photos), 1000), photos, strict=True)
    ]
    categories = {AnnotationType.label: LabelCategories.from_iterable(labels)}
    dataset = datumaro.Dataset.from_iterable(items, categories=categories)
    dataset.export(folder, name, save_media=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
