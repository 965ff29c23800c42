"""Lets supervision export shapes that it is told:  supervision_writes.py FORMAT SHAPES.json FOLDER

FORMAT is coco, yolo, yolo_obb, voc or labelme. Runs in an environment of its own, see `scripts/oracles`.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from supervision import DetectionDataset, Detections
from supervision.config import ORIENTED_BOX_COORDINATES


def mask_of(shape: dict[str, Any]) -> Any:
    height, width = shape["shape"]
    bits = np.unpackbits(np.frombuffer(bytes.fromhex(shape["bits"]), dtype=np.uint8), count=height * width)
    return bits.reshape(height, width).astype(bool)


def detections_of(shapes: list[dict[str, Any]], labels: list[str]) -> Any:
    if not shapes:
        return Detections.empty()
    return Detections(
        xyxy=np.array([shape["box"] for shape in shapes], dtype=np.float32),
        class_id=np.array([labels.index(shape["label"]) for shape in shapes]),
        mask=np.array([mask_of(shape) for shape in shapes]) if all("bits" in shape for shape in shapes) else None,
        data={ORIENTED_BOX_COORDINATES: np.array([shape["corners"] for shape in shapes], dtype=np.float32)}
        if all("corners" in shape for shape in shapes)
        else {},
    )


def main(name: str, shapes: str, folder: str) -> None:
    photos = json.loads(Path(shapes).read_text(encoding="utf-8"))
    labels = sorted({shape["label"] for photo in photos for shape in photo["shapes"]})
    dataset = DetectionDataset(
        classes=labels,
        images=[photo["path"] for photo in photos],
        annotations={photo["path"]: detections_of(photo["shapes"], labels) for photo in photos},
    )
    images = f"{folder}/images"
    if name == "coco":
        dataset.as_coco(images, f"{folder}/annotations.json")
    elif name.startswith("yolo"):
        dataset.as_yolo(images, f"{folder}/labels", f"{folder}/data.yaml", is_obb=name == "yolo_obb")
    elif name == "voc":
        dataset.as_pascal_voc(images, f"{folder}/annotations")
    else:
        dataset.as_labelme(images, f"{folder}/annotations")


if __name__ == "__main__":
    main(*sys.argv[1:])
