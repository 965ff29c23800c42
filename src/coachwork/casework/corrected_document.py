"""An inspection as it stands after people's corrections, in the schema of inspections, for reports.

What the model said of each photo stays in it; the damages of the car are those that stand, each under its number.
"""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from coachwork.assessments.verdict import Verdict
from coachwork.cases.case import CaseResult
from coachwork.cases.damage_numbers import name_of, number_of
from coachwork.geometry.mask import mask_to_rle
from coachwork.geometry.polygon import rasterise
from coachwork.geometry.size import Size

_NAME = re.compile(r"\badded \d+\b")
"""How results from before damages had numbers called those that a person had added."""


def corrected_results(result: CaseResult) -> tuple[dict[str, Any], Any, Any]:
    """Inspection, estimate and settlement as reports take them; as they are where nobody corrected anything."""
    if result.damages is None:
        return dict(result.inspection), result.estimate, result.settlement
    photos = [{**photo, "damages": list(photo["damages"])} for photo in result.inspection["photos"]]
    found = {number_of(one, place): one for place, one in enumerate(result.inspection["damages"])}
    damages = [_damage(told, found.get(told["number"]), photos) for told in result.damages]
    verdict = corrected_verdict(Verdict(result.inspection["verdict"]), standing=len(damages))
    inspection = {**result.inspection, "photos": photos, "damages": damages, "verdict": verdict.value}
    names = {one["name"]: name_of(one["number"]) for one in result.damages}
    return inspection, _renamed(result.estimate, names), _renamed(result.settlement, names)


def corrected_verdict(told: Verdict, *, standing: int) -> Verdict:
    """The verdict after corrections: damaged where any damage stands; that nothing is there, no correction claims."""
    if standing:
        return Verdict.DAMAGED
    return Verdict.UNCERTAIN if told is Verdict.DAMAGED else told


def _damage(told: Mapping[str, Any], found: Mapping[str, Any] | None, photos: list[dict[str, Any]]) -> dict[str, Any]:
    base = found or {"size_mm": None, "size_confidence": None, "size_references": [], "evidence": []}
    return {
        **base,
        "number": told["number"],
        "type": told["type"],
        "part": told["part"],
        "severity": told["severity"],
        "probability": told["probability"],
        "views": [_view(view, told, photos[view["photo"]]) for view in told["views"]],
    }


def _view(view: Mapping[str, Any], told: Mapping[str, Any], photo: dict[str, Any]) -> dict[str, int]:
    """A view; what a person drew becomes a damage of the photo."""
    if view.get("outline") is None:
        return {"photo": view["photo"], "damage": view["damage"]}
    outline = np.asarray(view["outline"], dtype=np.float64)
    mask = rasterise([outline], Size(height=photo["photo"]["height"], width=photo["photo"]["width"]))
    drawn = {
        "type": told["type"],
        "score": 1.0,
        "probability": 1.0,
        "box": [*outline.min(axis=0).tolist(), *outline.max(axis=0).tolist()],
        "mask": mask_to_rle(mask) if mask.area else None,
        "area_px": mask.area,
        "part": None,
        "severity": None,
    }
    photo["damages"].append(drawn)
    if photo.get("sizes"):
        photo["sizes"] = [*photo["sizes"], None]
    return {"photo": view["photo"], "damage": len(photo["damages"]) - 1}


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    """The same values with the number of every damage that is named without one."""
    if isinstance(value, str):
        return _NAME.sub(lambda found: names.get(found[0], found[0]), value)
    if isinstance(value, Mapping):
        return {key: _renamed(one, names) for key, one in value.items()}
    return [_renamed(one, names) for one in value] if isinstance(value, list) else value
