"""What is written of photos: rows of Parquet, lines of dead letters."""

import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from coachwork.assessments.assessment import Assessment, Damage
from coachwork.geometry.mask import mask_to_rle
from coachwork.pipelines.bulk.photo_work import PhotoFailure, PhotoResult

_DAMAGE = pa.struct(
    [
        pa.field("type", pa.string(), nullable=False),
        pa.field("score", pa.float32(), nullable=False),
        *(pa.field(edge, pa.float32(), nullable=False) for edge in ("x_min", "y_min", "x_max", "y_max")),
        pa.field("area_px", pa.int64(), nullable=False),
        pa.field("mask_rle", pa.string()),
        pa.field("probability", pa.float32()),
        pa.field("part", pa.string()),
        pa.field("part_share", pa.float32()),
        pa.field("severity", pa.string()),
        pa.field("severity_levels", pa.list_(pa.string())),
    ]
)
_PHOTO_FIELDS = [
    pa.field("sha256", pa.string(), nullable=False),
    pa.field("file", pa.string(), nullable=False),
    pa.field("copies", pa.list_(pa.string()), nullable=False),
    pa.field("bytes", pa.int64(), nullable=False),
    pa.field("format", pa.string(), nullable=False),
    pa.field("width", pa.int32(), nullable=False),
    pa.field("height", pa.int32(), nullable=False),
    pa.field("orientation", pa.int32(), nullable=False),
    pa.field("fingerprint", pa.string(), nullable=False),
    *(pa.field(name, pa.float32(), nullable=False) for name in ("brightness", "contrast", "sharpness", "glare")),
    pa.field("usable", pa.bool_(), nullable=False),
    pa.field("reasons", pa.list_(pa.string()), nullable=False),
    pa.field("notes", pa.list_(pa.string()), nullable=False),
]
_ASSESSMENT_FIELDS = [
    pa.field("verdict", pa.string(), nullable=False),
    pa.field("damage_probability", pa.float32(), nullable=False),
    pa.field("advice", pa.list_(pa.string()), nullable=False),
    pa.field("damages", pa.list_(_DAMAGE), nullable=False),
    pa.field("model", pa.string(), nullable=False),
    pa.field("model_digest", pa.string(), nullable=False),
    pa.field("strange", pa.bool_()),
    pa.field("part_model_digest", pa.string()),
    pa.field("severity_digest", pa.string()),
]

NEAR_DUPLICATE_SCHEMA = pa.schema(
    [
        pa.field("sha256", pa.string(), nullable=False),
        pa.field("near_duplicate_of", pa.string(), nullable=False),
        pa.field("bits", pa.int32(), nullable=False),
    ]
)
"""One row for each photo that looks like another one of a smaller digest."""


def photo_schema(*, assessed: bool) -> pa.Schema:
    """The columns of the photos' table; integers are signed and fingerprints are hex, so that every engine reads it."""
    return pa.schema(_PHOTO_FIELDS + (_ASSESSMENT_FIELDS if assessed else []))


def photo_row(result: PhotoResult) -> dict[str, Any]:
    """A photo's row."""
    signals = result.signals
    quality = signals.quality
    row = {
        "sha256": signals.sha256,
        "file": as_text(result.item.files[0].path),
        "copies": [as_text(ref.path) for ref in result.item.files[1:]],
        "bytes": result.item.files[0].bytes,
        "format": signals.format.value,
        "width": signals.size.width,
        "height": signals.size.height,
        "orientation": signals.orientation,
        "fingerprint": f"{signals.fingerprint:016x}",
        "brightness": quality.brightness,
        "contrast": quality.contrast,
        "sharpness": quality.sharpness,
        "glare": quality.glare,
        "usable": quality.usable,
        "reasons": list(quality.reasons),
        "notes": list(signals.notes),
    }
    return row if result.assessment is None else row | _assessment_columns(result.assessment)


def table_of(rows: Sequence[dict[str, Any]], schema: pa.Schema) -> pa.Table:
    """Rows as a table; none give a table of none."""
    return pa.Table.from_pylist(list(rows), schema=schema)


def failure_line(failure: PhotoFailure) -> bytes:
    """A dead letter: one JSON object and a line end."""
    value = {
        "file": failure.files[0].path,
        "copies": [ref.path for ref in failure.files[1:]],
        "sha256": failure.sha256,
        "bytes": failure.files[0].bytes,
        "reason": failure.reason,
        "explanation": failure.explanation,
    }
    return json.dumps(value).encode() + b"\n"


def as_text(path: str) -> str:
    r"""A path as valid Unicode; what is none is escaped.

    >>> as_text("caf\udce9.jpg")
    'caf\\udce9.jpg'
    """
    return path.encode("utf-8", "backslashreplace").decode("utf-8")


def _assessment_columns(assessment: Assessment) -> dict[str, Any]:
    return {
        "verdict": assessment.verdict.value,
        "damage_probability": assessment.damage_probability,
        "advice": list(assessment.advice),
        "damages": [_damage(damage) for damage in assessment.damages],
        "model": assessment.model.name,
        "model_digest": assessment.model.digest,
        "strange": assessment.strange,
        "part_model_digest": None if assessment.part_model is None else assessment.part_model.digest,
        "severity_digest": None if assessment.severity_model is None else assessment.severity_model.digest,
    }


def _damage(damage: Damage) -> dict[str, Any]:
    x_min, y_min, x_max, y_max = damage.box.xyxy
    part, severity = damage.part, damage.severity
    mask = None if damage.mask is None else json.dumps(mask_to_rle(damage.mask), separators=(",", ":"))
    return {
        "type": damage.type.value,
        "score": damage.score,
        "x_min": x_min,
        "y_min": y_min,
        "x_max": x_max,
        "y_max": y_max,
        "area_px": damage.area_px,
        "mask_rle": mask,
        "probability": damage.probability,
        "part": None if part is None else part.name,
        "part_share": None if part is None else part.share,
        "severity": None if severity is None or severity.level is None else severity.level.value,
        "severity_levels": None if severity is None else [level.value for level in severity.levels],
    }
