"""Label Studio's exports, JSON and JSON-MIN, with the names that it gives uploaded photos."""

import json
from pathlib import Path
from typing import Any

from tests.annotations.photo_files import write_photo

BRUSH = bytes.fromhex(
    "000012c0391bfc7ffc0a6c0317ffe6f00c5fff9bc0317ffe6f00c5fff9bc0317ffe6f00c5fff9bc0317ffe6f00c5fffc2e3c00"
)
"""What Label Studio's own converter packs for 40 x 30 pixels of which (0, 0) and 12 x 8 from (8, 4) on are set."""
BITMASK = (
    "data:image/png;base64,"
    "iVBORw0KGgoAAAANSUhEUgAAACgAAAAeCAYAAABe3VzdAAAAfUlEQVR4AezV4QqAMAgEYOv937n078Cx4xyIHGxETOP6EnrN7PPd"
    "dkXAp206DxYB/dJ3jQgYM4rs0s8xQrBUBH2YBFGxtV6Cqwh6P0IwfoXIRpG29SMEt294+1CCrLAEJcgKsP2aQQmyAmx/0QyyMfJ+"
    "Bcxtzk4keOaUV/0AAAD//y5vFFMAAAAGSURBVAMAhUkNPf5oqXQAAAAASUVORK5CYII="
)
"""The same pixels as the canvas of a browser writes them: black ones, the rest transparent."""
BOX = {"x": 25.0, "y": 20.0, "width": 50.0, "height": 40.0, "rotation": 0}


def result(kind: str, value: dict[str, Any], number: str = "r1", **more: Any) -> dict[str, Any]:
    facts = {"original_width": 40, "original_height": 30, "image_rotation": 0, "id": number, "origin": "manual"}
    return facts | {"value": value, "from_name": "label", "to_name": "image", "type": kind} | more


def box(label: str, number: str = "r1", **more: Any) -> dict[str, Any]:
    return result("rectanglelabels", BOX | more | {"rectanglelabels": [label]}, number)


def answer(*results: dict[str, Any], number: int = 1, **more: Any) -> dict[str, Any]:
    facts = {"id": number, "completed_by": 1, "result": list(results), "was_cancelled": False, "ground_truth": False}
    return facts | {"created_at": "2026-01-30T02:40:43.893565Z", "updated_at": f"2026-01-30T02:4{number}:43Z"} | more


def task(*answers: dict[str, Any], photo: str = "a.jpg", **more: Any) -> dict[str, Any]:
    facts: dict[str, Any] = {"id": 10959, "annotations": list(answers), "file_upload": "3ac8d2f1-a.jpg", "drafts": []}
    return facts | {"predictions": [], "data": {"image": photo}, "meta": {}, "total_annotations": len(answers)} | more


def write_json(folder: Path) -> None:
    """Every kind of region, answers for one region and for the photo, a skipped task, a task with two annotators."""
    for seed, name in enumerate(("a.jpg", "b.jpg", "c d.jpg", "e.jpg")):
        write_photo(folder / "images" / name, seed=seed)
    triangle = {"points": [[5, 10], [30, 10], [5, 40]], "closed": True, "polygonlabels": ["scratch"]}
    round_one = {"x": 50, "y": 50, "radiusX": 10, "radiusY": 20, "rotation": 0, "ellipselabels": ["rust"]}
    side = {"choices": ["minor"]}
    first = answer(
        box("dent", rotation=30),
        result("polygonlabels", triangle, "r2"),
        result("ellipselabels", round_one, "r3"),
        result("brushlabels", {"format": "rle", "rle": list(BRUSH), "brushlabels": ["paint_chip"]}, "r4"),
        result("rectangle", BOX, "r5"),
        result("labels", BOX | {"labels": ["crack"]}, "r5"),
        result("choices", side, "r5", from_name="severity"),
        {"from_id": "r1", "to_id": "r2", "type": "relation", "direction": "right"},
        {"value": {"choices": ["wet", "dark"]}, "id": "x", "from_name": "light", "to_name": "image", "type": "choices"},
    )
    tasks = [
        task(first, photo="/data/upload/1/3ac8d2f1-a.jpg"),
        task(answer(box("dent")), answer(box("dent", "other"), number=2), photo="/data/local-files/?d=images/b.jpg"),
        task(answer(was_cancelled=True), photo="http://localhost:8080/data/upload/1/00c8d2f1-c%20d.jpg"),
        task(answer(), photo="s3://bucket/cars/e.jpg", predictions=[{"result": [box("rust")], "score": 0.9}]),
    ]
    (folder / "project-1-at-2026-01-30-02-40.json").write_text(json.dumps(tasks))


def write_bitmasks(folder: Path) -> None:
    """Bitmasks: with the labels in their own result, in one of the same region, and a brush beside them."""
    write_photo(folder / "images" / "a.jpg", seed=1)
    first = answer(
        result("bitmasklabels", {"imageDataURL": BITMASK, "bitmasklabels": ["dent"]}),
        result("bitmask", {"imageDataURL": BITMASK}, "r2"),
        result("labels", {"imageDataURL": BITMASK, "labels": ["rust"]}, "r2"),
        result("choices", {"imageDataURL": BITMASK, "choices": ["severe"]}, "r2", from_name="severity"),
        result("brushlabels", {"format": "rle", "rle": list(BRUSH), "brushlabels": ["paint_chip"]}, "r3"),
    )
    (folder / "project-2-at-2026-01-30-02-40.json").write_text(json.dumps([task(first, photo="images/a.jpg")]))


def write_json_min(folder: Path) -> None:
    """A record for each answer, with regions by the name of their question."""
    for seed, name in enumerate(("a.jpg", "b.jpg")):
        write_photo(folder / name, seed=seed)
    size = {"original_width": 40, "original_height": 30}
    facts = {"annotator": 1, "annotation_id": 22, "created_at": "2026-01-30T02:40:43Z", "lead_time": 8.65}
    records = [
        {"image": "/data/upload/1/3ac8d2f1-a.jpg", "id": 1, "label": [BOX | {"rectanglelabels": ["dent"]} | size]}
        | {"brush": [{"format": "rle", "rle": list(BRUSH), "brushlabels": ["rust"]} | size], "quality": "good"}
        | facts
        | {"updated_at": "2026-01-30T02:40:44Z", "light": {"choices": ["wet", "dark"]}},
        {"image": "/data/upload/1/00c8d2f1-b.jpg", "id": 2} | facts | {"updated_at": "2026-01-30T02:41:44Z"},
    ]
    (folder / "project-1-min.json").write_text(json.dumps(records))
