"""Tells what supervision reads:  supervision_reads.py FORMAT PHOTOS ANNOTATIONS DATA TOLD.json

FORMAT is coco, yolo, yolo_obb, voc or labelme. ANNOTATIONS is a folder, for COCO a file; DATA is YOLO's data.yaml.
Runs in an environment of its own, see `scripts/oracles`.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import supervision
from supervision import DetectionDataset
from supervision.config import ORIENTED_BOX_COORDINATES


def read(name: str, photos: str, annotations: str, data: str) -> Any:
    if name == "coco":
        return DetectionDataset.from_coco(photos, annotations, force_masks=True)
    if name.startswith("yolo"):
        return DetectionDataset.from_yolo(photos, annotations, data, is_obb=name == "yolo_obb")
    if name == "voc":
        return DetectionDataset.from_pascal_voc(photos, annotations)
    return DetectionDataset.from_labelme(photos, annotations)


def told(detections: Any, index: int, labels: list[str]) -> dict[str, Any]:
    box = [float(edge) for edge in detections.xyxy[index]]
    shape: dict[str, Any] = {"label": labels[int(detections.class_id[index])], "box": box}
    corners = detections.data.get(ORIENTED_BOX_COORDINATES)
    if corners is not None:
        shape["corners"] = np.asarray(corners[index], dtype=float).tolist()
    if detections.mask is not None:
        pixels = detections.mask[index].astype(bool)
        shape |= {"shape": pixels.shape, "bits": np.packbits(pixels).tobytes().hex()}
    return shape


def main(name: str, photos: str, annotations: str, data: str, to: str) -> None:
    dataset = read(name, photos, annotations, data)
    found = [
        {
            "photo": Path(path).stem,
            "size": image.shape[:2],
            "shapes": [told(detections, index, dataset.classes) for index in range(len(detections))],
        }
        for path, image, detections in dataset
    ]
    Path(to).write_text(json.dumps({"version": supervision.__version__, "photos": found}), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
