"""Tells what datumaro reads in a folder:  datumaro_reads.py FORMAT FOLDER TOLD.json

Runs in an environment of its own, see `scripts/oracles`.
"""

import json
import sys
from pathlib import Path
from typing import Any

import datumaro
import numpy as np
from datumaro.components.annotation import AnnotationType, Bbox, Mask, Polygon, RotatedBbox


def told(annotation: Any, labels: Any) -> list[dict[str, Any]]:
    if not isinstance(annotation, RotatedBbox | Bbox | Polygon | Mask):
        return []
    shape: dict[str, Any] = {"label": labels[annotation.label].name, "group": annotation.group}
    if isinstance(annotation, RotatedBbox):
        shape["corners"] = np.reshape(annotation.as_polygon(), (-1, 2)).tolist()
    elif isinstance(annotation, Bbox):
        x, y, width, height = annotation.get_bbox()
        shape["box"] = [x, y, x + width, y + height]
    elif isinstance(annotation, Polygon):
        shape["points"] = np.reshape(annotation.points, (-1, 2)).tolist()
    else:
        pixels = np.asarray(annotation.image, dtype=bool)
        shape |= {"shape": pixels.shape, "bits": np.packbits(pixels).tobytes().hex()}
    return [shape]


def main(name: str, folder: str, to: str) -> None:
    dataset = datumaro.Dataset.import_from(folder, name)
    labels = dataset.categories()[AnnotationType.label]
    photos = [
        {
            "photo": Path(item.id).name,
            "split": item.subset,
            "size": item.media.size,
            "shapes": [shape for annotation in item.annotations for shape in told(annotation, labels)],
        }
        for item in dataset
    ]
    Path(to).write_text(json.dumps({"version": datumaro.__version__, "photos": photos}), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
