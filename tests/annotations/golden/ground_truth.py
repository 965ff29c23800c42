"""Output manifests of Ground Truth's bounding-box jobs."""

import json
from pathlib import Path
from typing import Any

from tests.annotations.photo_files import write_photo

METADATA = {
    "type": "groundtruth/object-detection",
    "human-annotated": "yes",
    "creation-date": "2026-10-18T22:18:13.527256",
    "job-name": "labeling-job/find-damage",
}
VERIFIED = METADATA | {"type": "groundtruth/label-verification", "creation-date": "2026-11-20T22:18:13.527256"}


def boxes(*found: dict[str, Any], size: tuple[int, int] = (40, 30)) -> dict[str, Any]:
    """The label of a bounding-box job."""
    return {"image_size": [{"width": size[0], "height": size[1], "depth": 3}], "annotations": list(found)}


def box(class_id: int = 0, left: float = 3, top: float = 4, width: float = 10, height: float = 5) -> dict[str, Any]:
    """One annotation of such a label."""
    return {"class_id": class_id, "left": left, "top": top, "width": width, "height": height}


def metadata(*confidences: float, classes: dict[str, str] | None = None) -> dict[str, Any]:
    """The metadata of such a label."""
    named = {"0": "dent", "5": "scratch"} if classes is None else classes
    return {"objects": [{"confidence": one} for one in confidences], "class-map": named} | METADATA


def write_boxes(folder: Path) -> None:
    """One worker (so all confidences are 0), sparse class ids, a photo reviewed without damage, one not labelled."""
    lines = [
        {
            "source-ref": "s3://AWSDOC-EXAMPLE-BUCKET/cars/a.jpg",
            "damage": boxes(box(), box(5, 20, 20, 12, 8)),
            "damage-metadata": metadata(0.0, 0.0),
        },
        {
            "source-ref": "s3://AWSDOC-EXAMPLE-BUCKET/cars/b.jpg",
            "damage": boxes(),
            "damage-metadata": metadata(classes={}),
        },
        {"source-ref": "s3://AWSDOC-EXAMPLE-BUCKET/cars/c.jpg", "claim": 4711},
    ]
    for seed, name in enumerate(("a", "b", "c")):
        write_photo(folder / "cars" / f"{name}.jpg", seed=seed)
    text = "\n".join(json.dumps(line) for line in lines)
    (folder / "output.manifest").write_text(text, encoding="utf-8")


def write_chain(folder: Path) -> None:
    """Boxes that were verified, found bad and adjusted, with tags from two classification jobs."""
    adjusted = METADATA | {"adjustment-status": "adjusted", "creation-date": "2026-11-25T22:18:13.527256"}
    line = {
        "source-ref": "s3://AWSDOC-EXAMPLE-BUCKET/a.jpg",
        "damage": boxes(box(width=30)),
        "damage-metadata": metadata(0.8),
        "verify-damage": "1",
        "verify-damage-metadata": VERIFIED
        | {"class-name": "bad", "confidence": 0.93, "worker-feedback": [{"comment": "Too wide."}]},
        "adjusted-damage": boxes(box()),
        "adjusted-damage-metadata": metadata(0.9) | adjusted,
        "weather": 1,
        "weather-metadata": METADATA
        | {"type": "groundtruth/image-classification", "class-name": "wet", "confidence": 0.71},
        "side": [1, 8],
        "side-metadata": METADATA
        | {
            "type": "groundtruth/image-classification-multilabel",
            "class-map": {"1": "left", "8": "front"},
            "confidence-map": {"1": 0.95, "8": 0.2},
        },
    }
    write_photo(folder / "a.jpg", seed=0)
    (folder / "output.manifest").write_text(json.dumps(line) + "\n", encoding="utf-8")
