"""An inspection as JSON, by the schema ``coachwork.inspection/1`` (docs/inspecting.md)."""

from typing import Any

from coachwork.assessments.assessment_json import assessment_to_json
from coachwork.assessments.views import CarDamage, Evidence, View
from coachwork.inspections.coverage import SeenPart
from coachwork.inspections.inspection import Inspection
from coachwork.inspections.size import SizeEstimate
from coachwork.inspections.size_json import size_to_json
from coachwork.inspections.vehicle_json import vehicle_to_json
from coachwork.reasons import with_reasons

SCHEMA = "coachwork.inspection/1"


def inspection_to_json(inspection: Inspection) -> dict[str, Any]:
    """The inspection as plain JSON values; photos and their damages are named by their places, from 0."""
    told = {
        "schema": SCHEMA,
        "vehicle": None if inspection.vehicle is None else vehicle_to_json(inspection.vehicle),
        "verdict": inspection.verdict.value,
        "advice": list(inspection.advice),
        "two_cars": list(inspection.two_cars),
        "unseen": [part.value for part in inspection.unseen],
        "damages": [_damage(inspection, damage) for damage in inspection.damages],
        "coverage": [
            {"part": one.part.value, "sight": one.sight.name.lower(), "photos": list(one.photos)}
            for one in inspection.coverage
        ],
        "photos": [
            assessment_to_json(photo.assessment)
            | {"parts": [_seen(seen) for seen in photo.parts], "sizes": [size_to_json(one) for one in photo.sizes]}
            for photo in inspection.photos
        ],
        "models": _models(inspection),
    }
    return with_reasons(told)


def _models(inspection: Inspection) -> list[dict[str, Any]]:
    """Every model and rule that spoke of a photo, each once, with what it cannot do."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for one in inspection.assessments:
        told = {"damage": one.model, "parts": one.part_model, "severity": one.severity_model}
        for task, model in told.items():
            if model is not None:
                entry = {
                    "task": task,
                    "name": model.name,
                    "digest": model.digest,
                    "variant": getattr(model, "variant", ""),
                    "limits": list(model.limits),
                    "promise": getattr(model, "promise", ""),
                }
                found.setdefault((task, model.digest), entry)
    return list(found.values())


def _seen(seen: SeenPart) -> dict[str, Any]:
    box = None if seen.box is None else [round(edge, 2) for edge in seen.box.xyxy]
    return {"part": seen.part.value, "share": round(seen.share, 4), "box": box}


def _damage(inspection: Inspection, damage: CarDamage) -> dict[str, Any]:
    severity, probability = inspection.severity(damage), inspection.probability(damage)
    return {
        "type": damage.type.value,
        "part": None if damage.part is None else damage.part.value,
        **_size(inspection.size(damage)),
        "severity": [] if severity is None else [level.value for level in severity.levels],
        "probability": None if probability is None else round(probability, 4),
        "views": [_view(view) for view in damage.views],
        "evidence": [_evidence(one) for one in damage.evidence],
    }


def _size(size: SizeEstimate | None) -> dict[str, Any]:
    return {
        "size_mm": None if size is None else list(size.rounded),
        "size_confidence": None if size is None else size.confidence,
        "size_references": [] if size is None else [kind.value for kind in size.references],
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {
        "by": evidence.tie.value,
        "first": _view(evidence.first),
        "second": _view(evidence.second),
        "overlap": None if evidence.overlap is None else round(evidence.overlap, 4),
        "points": evidence.points,
    }


def _view(view: View) -> dict[str, int]:
    return {"photo": view.photo, "damage": view.damage}
