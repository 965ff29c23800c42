"""An inspection as it stands after people's corrections, whole and consistent, to be compared with another one.

Reports keep what the model said of a photo beside what stands (`corrected_document`); a comparison must see every
damage of a photo among the car's damages, so that what a person deleted goes from the photos too.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from coachwork.cases.case import CaseResult
from coachwork.casework.corrected_document import corrected_results


def standing_inspection(result: CaseResult) -> dict[str, Any]:
    """``coachwork.inspection/1`` with the damages as they stand, in photos and car alike."""
    inspection = corrected_results(result)[0]
    if result.damages is None:
        return inspection
    kept: dict[tuple[int, int], int] = {}
    photos = [{**photo, "damages": [], "sizes": []} for photo in inspection["photos"]]
    for damage in inspection["damages"]:
        for view in damage["views"]:
            source, into = inspection["photos"][view["photo"]], photos[view["photo"]]
            kept[view["photo"], view["damage"]] = len(into["damages"])
            into["damages"].append({**source["damages"][view["damage"]], "type": damage["type"]})
            if source.get("sizes"):
                into["sizes"].append(source["sizes"][view["damage"]])
    return {
        **inspection,
        "photos": photos,
        "damages": [_renumbered(damage, kept) for damage in inspection["damages"]],
    }


def _renumbered(damage: Mapping[str, Any], kept: Mapping[tuple[int, int], int]) -> dict[str, Any]:
    views = [{"photo": one["photo"], "damage": kept[one["photo"], one["damage"]]} for one in damage["views"]]
    return {**damage, "views": views, "evidence": []}


def with_decimals(values: Mapping[str, Any]) -> Any:
    """Plain JSON values as the readers of amounts want them: numbers with a point as Decimal."""
    return json.loads(json.dumps(values), parse_float=Decimal)
