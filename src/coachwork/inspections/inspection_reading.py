"""Inspections read back from JSON of the schema ``coachwork.inspection/1`` (docs/inspecting.md)."""

from collections.abc import Sequence
from pathlib import Path

from coachwork.assessments.assessment_reading import assessment_from_json, box_from_json
from coachwork.assessments.views import CarDamage, Evidence, Tie, View
from coachwork.inspections.coverage import PartCoverage, SeenPart, Sight
from coachwork.inspections.inspection import InspectedPhoto, Inspection
from coachwork.inspections.inspection_json import SCHEMA
from coachwork.inspections.size_json import sizes_from_json
from coachwork.inspections.vehicle_json import vehicle_from_json
from coachwork.json_objects import JsonFileError, JsonObject, read_json_object
from coachwork.taxonomy import CarPart, DamageType


class InspectionFileError(JsonFileError):
    """A file of an inspection cannot be used."""


def read_inspection(path: Path) -> Inspection:
    """The inspection of a file that ``coachwork inspect --json`` wrote.

    Raises:
        InspectionFileError: the file cannot be read, or something is wrong in it.
    """
    return inspection_from_json(read_json_object(path, SCHEMA, InspectionFileError))


def inspection_from_json(values: JsonObject) -> Inspection:
    """The inspection of such an object.

    Raises:
        JsonFileError: a field is missing or wrong, or a view names no damage of any photo.
    """
    photos = tuple(_photo(one) for one in values.objects("photos"))
    vehicle = values.object_or_none("vehicle")
    found = Inspection(
        photos=photos,
        damages=tuple(_damage(one, photos) for one in values.objects("damages")),
        coverage=tuple(_coverage(one, len(photos)) for one in values.objects("coverage")),
        vehicle=None if vehicle is None else vehicle_from_json(vehicle),
        two_cars=_places(values, "two_cars", len(photos)) if "two_cars" in values else (),
    )
    views = [view for damage in found.damages for view in damage.views]
    count = sum(len(photo.assessment.damages) for photo in photos)
    if len(set(views)) != len(views) or len(views) != count:
        why = f"must hold every damage of the photos once: they have {count}, the views are {len(views)}"
        raise values.wrong(key="damages", why=why)
    return found


def _photo(values: JsonObject) -> InspectedPhoto:
    return InspectedPhoto(
        assessment=assessment_from_json(values),
        parts=tuple(_seen_part(one) for one in values.objects("parts")),
        sizes=sizes_from_json(values),
    )


def _seen_part(values: JsonObject) -> SeenPart:
    return SeenPart(
        part=values.choice("part", CarPart),
        share=values.number("share", low=0, high=1),
        box=box_from_json(values, "box") if "box" in values else None,
    )


def _coverage(values: JsonObject, photos: int) -> PartCoverage:
    sights = {sight.name.lower(): sight for sight in Sight}
    told = values.text("sight")
    if told not in sights:
        raise values.wrong(key="sight", why=f"is {told!r}, which is none of {', '.join(sights)}")
    return PartCoverage(
        part=values.choice("part", CarPart), sight=sights[told], photos=_places(values, "photos", photos)
    )


def _places(values: JsonObject, key: str, photos: int) -> tuple[int, ...]:
    places = values.list_of(key)
    if any(isinstance(place, bool) or not isinstance(place, int) or not 0 <= place < photos for place in places):
        raise values.wrong(key=key, why=f"must be a list of places of photos, 0 to {photos - 1}")
    return tuple(places)


def _damage(values: JsonObject, photos: Sequence[InspectedPhoto]) -> CarDamage:
    return CarDamage(
        type=values.choice("type", DamageType),
        part=values.choice_or_none("part", CarPart),
        views=tuple(_view(one, photos) for one in values.objects("views")),
        evidence=tuple(_evidence(one, photos) for one in values.objects("evidence")),
    )


def _view(values: JsonObject, photos: Sequence[InspectedPhoto]) -> View:
    view = View(photo=values.whole("photo"), damage=values.whole("damage"))
    if view.photo >= len(photos) or view.damage >= len(photos[view.photo].assessment.damages):
        raise values.wrong(key="", why=f"names damage {view.damage} of photo {view.photo}, which is not there")
    return view


def _evidence(values: JsonObject, photos: Sequence[InspectedPhoto]) -> Evidence:
    return Evidence(
        tie=values.choice("by", Tie),
        first=_view(values.object("first"), photos),
        second=_view(values.object("second"), photos),
        overlap=values.number_or_none("overlap", low=0, high=1),
        points=values.whole_or_none("points"),
    )
