"""Signs that two inspections show two cars, or were given in the wrong order."""

import re

from coachwork.inspections.counterparts import Shared
from coachwork.inspections.inspection import Inspection
from coachwork.inspections.vehicle import Vehicle

_COMPARED = {"vin": "VIN", "make": "make", "model": "model", "year": "year", "body": "body", "paint": "paint"}


def other_car_signs(before: Inspection, after: Inspection, shared: Shared) -> tuple[str, ...]:
    """Sentences on what does not fit together; none where nothing speaks against one car."""
    signs: list[str] = []
    if before.vehicle is not None and after.vehicle is not None:
        signs += _differences(before.vehicle, after.vehicle)
    if before.photos and after.photos and not shared:
        signs.append(
            "No photo of one inspection could be laid on any of the other: they may show two cars, or other sides of it"
        )
    same = {one.sha256 for one in before.assessments} & {one.sha256 for one in after.assessments}
    if same:
        signs.append(f"{len(same)} of the photos are in both inspections: they show no change between them")
    return tuple(signs)


def _differences(before: Vehicle, after: Vehicle) -> list[str]:
    signs = []
    for name, words in _COMPARED.items():
        old, new = getattr(before, name), getattr(after, name)
        if old and new and str(old).casefold() != str(new).casefold():
            signs.append(f"These may be two cars: the {words} is {old} before and {new} after")
    plates = [re.sub(r"[^A-Z0-9]", "", one.plate.upper()) for one in (before, after)]
    if all(plates) and plates[0] != plates[1]:
        signs.append(f"These may be two cars: the plate is {before.plate} before and {after.plate} after")
    if before.mileage_km is not None and after.mileage_km is not None and after.mileage_km < before.mileage_km:
        signs.append(
            f"The mileage falls from {before.mileage_km:,f} to {after.mileage_km:,f} km: "
            "check the order of the inspections and the readings"
        )
    return signs
