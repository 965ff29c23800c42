"""Signs that two inspections show two cars, or were given in the wrong order."""

import re

from coachwork.inspections.counterparts import Shared
from coachwork.inspections.inspection import Inspection
from coachwork.inspections.vehicle import Vehicle
from coachwork.reasons import said

_COMPARED = {"vin": "VIN", "make": "make", "model": "model", "year": "year", "body": "body", "paint": "paint"}


def other_car_signs(before: Inspection, after: Inspection, shared: Shared) -> tuple[str, ...]:
    """Sentences on what does not fit together; none where nothing speaks against one car."""
    signs: list[str] = []
    if before.vehicle is not None and after.vehicle is not None:
        signs += _differences(before.vehicle, after.vehicle)
    if before.photos and after.photos and not shared:
        signs.append(said("two_cars.no_photo_fits"))
    same = {one.sha256 for one in before.assessments} & {one.sha256 for one in after.assessments}
    if same:
        signs.append(said("two_cars.same_photos", count=len(same)))
    return tuple(signs)


def _differences(before: Vehicle, after: Vehicle) -> list[str]:
    signs: list[str] = []
    for name, words in _COMPARED.items():
        old, new = getattr(before, name), getattr(after, name)
        if old and new and str(old).casefold() != str(new).casefold():
            signs.append(said("two_cars.differ", what=words, before=str(old), after=str(new)))
    plates = [re.sub(r"[^A-Z0-9]", "", one.plate.upper()) for one in (before, after)]
    if all(plates) and plates[0] != plates[1]:
        signs.append(said("two_cars.differ", what="plate", before=before.plate, after=after.plate))
    if before.mileage_km is not None and after.mileage_km is not None and after.mileage_km < before.mileage_km:
        signs.append(said("two_cars.mileage_falls", before=before.mileage_km, after=after.mileage_km))
    return signs
