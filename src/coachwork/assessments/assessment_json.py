"""Assessments as JSON, one object a line, by the schema ``coachwork.assessment/1`` (docs/assess.md)."""

import json
from dataclasses import fields
from typing import Any

from coachwork.assessments.assessment import AssessingModel, Assessment, Damage, DamagedPart
from coachwork.assessments.car_evidence import CarEvidence
from coachwork.assessments.severity import DamageSeverity
from coachwork.geometry.mask import mask_to_rle
from coachwork.photos.quality import Quality
from coachwork.reasons import with_reasons

SCHEMA = "coachwork.assessment/1"


def assessment_to_json(assessment: Assessment) -> dict[str, Any]:
    """The assessment as plain JSON values; coordinates are pixels of the upright photo."""
    model, parts, severity = assessment.model, assessment.part_model, assessment.severity_model
    told = {
        "schema": SCHEMA,
        "photo": {
            "file": assessment.file,
            "sha256": assessment.sha256,
            "width": assessment.size.width,
            "height": assessment.size.height,
        },
        "quality": _quality_to_json(assessment.quality),
        "verdict": assessment.verdict.value,
        "damage_probability": round(assessment.damage_probability, 6),
        "advice": list(assessment.advice),
        "strange": assessment.strange,
        "car_evidence": None if assessment.car_evidence is None else _evidence_to_json(assessment.car_evidence),
        "damages": [_damage_to_json(damage) for damage in assessment.damages],
        "model": {
            "name": model.name,
            "digest": model.digest,
            "variant": model.variant,
            "thresholds": {kind.value: threshold for kind, threshold in model.thresholds.items()},
            "miss_rate": model.miss_rate,
            "none_below": model.none_below,
            **release_of(model),
        },
        "part_model": None if parts is None else {"name": parts.name, "digest": parts.digest, "variant": parts.variant},
        "severity_model": None
        if severity is None
        else {"name": severity.name, "digest": severity.digest, "coverage": severity.coverage},
        "made_with": None if assessment.made_with is None else assessment.made_with.to_json(),
    }
    return with_reasons(told)


def release_of(model: AssessingModel) -> dict[str, str]:
    """Which bundle of a release answered; nothing where none of a release did."""
    return {"version": model.version, "bundle": model.bundle} if model.version else {}


def failure_to_json(file: str, error: Exception) -> dict[str, Any]:
    """The line for a photo that could not be assessed."""
    return {"schema": SCHEMA, "photo": {"file": file}, "error": str(error)}


def json_line(value: dict[str, Any]) -> str:
    """One line of strict JSON, ASCII alone, without its line end; names that are not valid Unicode stay escaped."""
    return json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))


def _damage_to_json(damage: Damage) -> dict[str, Any]:
    return {
        "type": damage.type.value,
        "score": round(damage.score, 6),
        "probability": None if damage.probability is None else round(damage.probability, 4),
        "box": [round(edge, 2) for edge in damage.box.xyxy],
        "mask": None if damage.mask is None else mask_to_rle(damage.mask),
        "area_px": damage.area_px,
        "part": None if damage.part is None else _part_to_json(damage.part),
        "severity": None if damage.severity is None else _severity_to_json(damage.severity),
    }


def _part_to_json(part: DamagedPart) -> dict[str, Any]:
    return {"name": part.name, "share": round(part.share, 4), "area_px": part.area_px}


def _evidence_to_json(evidence: CarEvidence) -> dict[str, Any]:
    return {
        "no_car": evidence.no_car,
        "airbag": evidence.airbag,
        "distance": round(evidence.distance, 4),
        "limit": evidence.limit,
        "doubt_limit": evidence.doubt_limit,
        "parts_share": None if evidence.parts_share is None else round(evidence.parts_share, 4),
    }


def _severity_to_json(severity: DamageSeverity) -> dict[str, Any]:
    return {
        "level": None if severity.level is None else severity.level.value,
        "levels": [level.value for level in severity.levels],
        "guess": None if severity.guess is None else severity.guess.value,
        "probabilities": {level.value: round(share, 4) for level, share in severity.probabilities.items()},
        "reason": severity.reason,
    }


def _quality_to_json(quality: Quality) -> dict[str, Any]:
    values = {one.name: getattr(quality, one.name) for one in fields(quality)}
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, bool | int | str) or value is None:
        return value
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return round(float(value), 4)
