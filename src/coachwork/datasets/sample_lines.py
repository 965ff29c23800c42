"""Samples as lines of JSON, the form in which a dataset keeps them."""

import json
from dataclasses import asdict
from pathlib import PurePosixPath
from typing import Any

from coachwork.datasets.sample import Attribution, DamageShape, Sample, Split
from coachwork.geometry.box import Box
from coachwork.geometry.mask import mask_from_rle, mask_to_rle
from coachwork.geometry.polygon import as_polygon
from coachwork.geometry.rotated_box import RotatedBox
from coachwork.geometry.size import Size
from coachwork.taxonomy import KINDS, Severity, kind_of


def sample_to_line(sample: Sample) -> str:
    """One sample as one line, without the line break; equal samples give equal lines.

    What few sources state (tags, attribution; a shape's turned box and attributes) is left out where it is not there.
    """
    record: dict[str, Any] = {
        "photo": sample.photo,
        "sha256": sample.sha256,
        "width": sample.size.width,
        "height": sample.size.height,
        "source": sample.source,
        "name": sample.name,
        "split": sample.split.value,
        "cluster": sample.cluster,
        "fingerprint": None if sample.fingerprint is None else f"{sample.fingerprint:016x}",
        "annotated": [kind.value for kind in KINDS if kind in sample.annotated],
        "shapes": [_shape_to_json(shape) for shape in sample.shapes],
    }
    if sample.tags:
        record["tags"] = list(sample.tags)
    if sample.attribution is not None:
        record["attribution"] = asdict(sample.attribution)
    return json.dumps(record, separators=(",", ":"), allow_nan=False)


def sample_from_line(line: str) -> Sample:
    """The sample of one line.

    Raises:
        ValueError: the line is not JSON, a field is missing or wrong, or the photo's path leaves the dataset.
    """
    try:
        record = json.loads(line)
        fingerprint = record["fingerprint"]
        return Sample(
            photo=_inner_path(record["photo"]),
            sha256=str(record["sha256"]),
            size=Size(height=record["height"], width=record["width"]),
            source=str(record["source"]),
            name=str(record["name"]),
            split=Split(record["split"]),
            cluster=str(record["cluster"]),
            fingerprint=None if fingerprint is None else int(fingerprint, 16),
            annotated=frozenset(kind_of(kind) for kind in record["annotated"]),
            shapes=tuple(_shape_from_json(shape) for shape in record["shapes"]),
            tags=tuple(str(tag) for tag in record.get("tags", ())),
            attribution=Attribution(**record["attribution"]) if "attribution" in record else None,
        )
    except (KeyError, TypeError, AttributeError) as error:
        message = f"{type(error).__name__}: {error}"
        raise ValueError(message) from error


def _inner_path(value: str) -> str:
    path = PurePosixPath(value)
    if path.is_absolute() or ".." in path.parts or "\\" in value:
        message = f"the photo's path {value!r} leaves the dataset"
        raise ValueError(message)
    return value


def _shape_to_json(shape: DamageShape) -> dict[str, Any]:
    record: dict[str, Any] = {
        "type": None if shape.type is None else shape.type.value,
        "box": list(shape.box.xyxy),
        "polygons": [polygon.reshape(-1).tolist() for polygon in shape.polygons],
        "rle": None if shape.rle is None else mask_to_rle(shape.rle),
        "crowd": shape.crowd,
        "severity": None if shape.severity is None else shape.severity.value,
        "label": shape.label,
    }
    if shape.rotated is not None:
        record["rotated"] = asdict(shape.rotated)
    if shape.attributes:
        record["attributes"] = dict(sorted(shape.attributes.items()))
    return record


def _shape_from_json(record: dict[str, Any]) -> DamageShape:
    x_min, y_min, x_max, y_max = record["box"]
    return DamageShape(
        type=None if record["type"] is None else kind_of(record["type"]),
        box=Box(x_min=x_min, y_min=y_min, x_max=x_max, y_max=y_max),
        polygons=tuple(as_polygon(points) for points in record["polygons"]),
        rle=None if record["rle"] is None else mask_from_rle(record["rle"]),
        crowd=bool(record["crowd"]),
        severity=None if record["severity"] is None else Severity(record["severity"]),
        label=str(record["label"]),
        rotated=RotatedBox(**record["rotated"]) if "rotated" in record else None,
        attributes={str(name): str(value) for name, value in record.get("attributes", {}).items()},
    )
