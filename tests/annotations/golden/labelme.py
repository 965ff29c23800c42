"""Labelme files as Labelme 5 and X-AnyLabeling write them."""

import base64
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.annotations.photo_files import write_photo


def png(mask: np.ndarray) -> str:
    """A mask as Labelme puts it into the file."""
    file = io.BytesIO()
    Image.fromarray(mask).save(file, format="PNG")
    return base64.b64encode(file.getvalue()).decode()


def shape(label: str, kind: str, points: list[Any], **more: Any) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "label": label,
        "points": points,
        "group_id": None,
        "description": "",
        "shape_type": kind,
        "flags": {},
    }
    return facts | {"mask": None} | more


def document(*shapes: dict[str, Any], photo: str = "a.jpg", **more: Any) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "version": "5.5.0",
        "flags": {},
        "shapes": list(shapes),
        "imagePath": photo,
        "imageData": None,
    }
    return facts | {"imageHeight": 30, "imageWidth": 40} | more


def write_labelme(folder: Path) -> None:
    """Every kind of shape, parts of one group, a photo on the annotator's Windows machine."""
    write_photo(folder / "photos" / "a.jpg")
    mask = np.zeros((4, 6), dtype=np.bool_)
    mask[1:, 2:] = True
    entries = [
        shape("dent", "polygon", [[2.5, 2], [12, 2], [2, 12.25]], flags={"old": True, "wet": False}),
        shape("scratch", "rectangle", [[30.0, 20.0], [20.0, 10.0]]),
        shape("rust", "circle", [[20.0, 15.0], [24.0, 15.0]], group_id=3, description="at the sill"),
        shape("rust", "polygon", [[2, 20], [9, 20], [5, 28]], group_id=3),
        shape("paint_chip", "mask", [[8.0, 9.0], [13.0, 12.0]], mask=png(mask)),
    ]
    text = json.dumps(document(*entries, photo="..\\photos\\a.jpg", flags={"rainy": True}), indent=2)
    (folder / "json").mkdir()
    (folder / "json" / "a.json").write_text(text)


def write_with_photo_inside(folder: Path) -> None:
    """The photo lies in the file alone, as Labelme saves it by default."""
    content = write_photo(folder / "a.jpg").read_bytes()
    (folder / "a.jpg").unlink()
    entry = shape("dent", "polygon", [[2.5, 2], [12, 2], [2, 12.25]])
    (folder / "a.json").write_text(json.dumps(document(entry, imageData=base64.b64encode(content).decode())))


def write_anylabeling(folder: Path) -> None:
    """X-AnyLabeling's: rectangles of four corners, turned boxes, attributes, `difficult`."""
    write_photo(folder / "a.jpg")
    corners = [[10.0, 5.0], [20.0, 15.0], [15.0, 20.0], [5.0, 10.0]]
    entries = [
        shape("dent", "rectangle", [[20, 10], [30, 10], [30, 20], [20, 20]], score=None, difficult=True),
        shape("scratch", "rotation", corners, direction=0.78, attributes={"severity": "minor", "side": "left"}),
    ]
    (folder / "a.json").write_text(json.dumps(document(*entries, version="3.0.1")))
