"""Lines of Ground Truth's manifests, for tests."""

import json
from pathlib import Path
from typing import Any

from coachwork.annotations.contract import Reading
from coachwork.annotations.ground_truth import read_ground_truth
from coachwork.annotations.photo_lookup import PhotoLookup
from coachwork.taxonomy import identity_label_map
from tests.annotations.golden.ground_truth import boxes, metadata


def line(name: str = "a.jpg", **labels: Any) -> dict[str, Any]:
    """A line of a manifest; `_` in a label's name stands for `-`."""
    return {"source-ref": f"s3://bucket/{name}"} | {key.replace("_", "-"): value for key, value in labels.items()}


def manifest(*lines: object) -> str:
    return "".join(f"{json.dumps(one)}\n" for one in lines)


def boxed(*found: dict[str, Any], **more: Any) -> dict[str, Any]:
    return line(damage=boxes(*found), damage_metadata=metadata(*[0.0] * len(found)), **more)


def read_folder(folder: Path) -> Reading:
    return read_ground_truth(folder / "output.manifest", PhotoLookup(folder), identity_label_map())
