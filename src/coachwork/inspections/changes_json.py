"""What changed between two inspections as JSON, by the schema ``coachwork.changes/1`` (docs/changes.md)."""

from typing import Any

from coachwork.inspections.changes import Change, Changes, State
from coachwork.inspections.counterparts import Counterpart
from coachwork.inspections.inspection import Inspection
from coachwork.inspections.sightings import Sighting
from coachwork.inspections.vehicle_json import vehicle_to_json
from coachwork.reasons import with_reasons

SCHEMA = "coachwork.changes/1"


def changes_to_json(changes: Changes) -> dict[str, Any]:
    """The comparison as plain JSON values; photos and damages are named by their places in their inspection, from 0."""
    told = {
        "schema": SCHEMA,
        "before": _inspection(changes.before),
        "after": _inspection(changes.after),
        "warnings": list(changes.warnings),
        "counts": {state.value: len(changes.of(state)) for state in State},
        "changes": [_change(changes, one) for one in changes.changes],
    }
    return with_reasons(told)


def _inspection(inspection: Inspection) -> dict[str, Any]:
    return {
        "vehicle": None if inspection.vehicle is None else vehicle_to_json(inspection.vehicle),
        "verdict": inspection.verdict.value,
        "photos": [{"file": one.file, "sha256": one.sha256} for one in inspection.assessments],
    }


def _change(changes: Changes, one: Change) -> dict[str, Any]:
    known = changes.damage(one)
    return {
        "state": one.state.value,
        "type": known.type.value,
        "part": None if known.part is None else known.part.value,
        "before": list(one.before),
        "after": list(one.after),
        "why": one.why,
        "growth": None if one.growth is None else round(one.growth, 4),
        "evidence": [_evidence(each) for each in one.evidence],
        "sighting": None if one.sighting is None else _sighting(one.sighting),
    }


def _evidence(one: Counterpart) -> dict[str, Any]:
    return {
        "by": one.basis.value,
        "before": {"damage": one.before, "photo": one.first.photo, "view": one.first.damage},
        "after": {"damage": one.after, "photo": one.second.photo, "view": one.second.damage},
        "same_type": one.same_type,
        "overlap": None if one.overlap is None else round(one.overlap, 4),
        "points": one.points,
        "distance": None if one.distance is None else round(one.distance, 4),
        "growth": None if one.growth is None else round(one.growth, 4),
    }


def _sighting(one: Sighting) -> dict[str, Any]:
    return {
        "photo": one.photo,
        "box": None if one.place is None else [round(edge, 2) for edge in one.place.xyxy],
        "points": one.points,
    }
