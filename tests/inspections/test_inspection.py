from dataclasses import replace

import pytest

from coachwork.assessments.severity import DamageSeverity
from coachwork.assessments.verdict import Verdict
from coachwork.estimates.inspected import repair_damages
from coachwork.inspections.coverage import OPTIONAL, SeenPart
from coachwork.inspections.inspection import InspectedPhoto, Inspection, inspect_car
from coachwork.inspections.inspection_json import inspection_to_json
from coachwork.inspections.inspection_reading import inspection_from_json
from coachwork.inspections.number_plates import PlateReading
from coachwork.json_objects import JsonObject
from coachwork.taxonomy import CarPart, Severity
from tests.assessments.test_views import DOOR, HERE, damage, moved, photo, shifted

WHOLE_CAR = tuple(SeenPart(part=part, share=0.1) for part in CarPart if part not in OPTIONAL)


def seen(verdict: Verdict, parts: tuple[SeenPart, ...] = WHOLE_CAR) -> InspectedPhoto:
    usable = replace(photo().quality, usable=True, reasons=())
    return InspectedPhoto(assessment=replace(photo(), verdict=verdict, quality=usable), parts=parts)


def inspected(*photos: InspectedPhoto) -> Inspection:
    return inspect_car(photos, {}, known_parts=tuple(CarPart))


def test_no_photos_claim_nothing() -> None:
    assert inspect_car([], {}).verdict is Verdict.UNCERTAIN
    assert inspected().verdict is Verdict.UNCERTAIN


@pytest.mark.parametrize(
    ("photos", "verdict"),
    [
        ([seen(Verdict.NONE)], Verdict.NONE),
        ([seen(Verdict.NONE), seen(Verdict.DAMAGED)], Verdict.DAMAGED),
        ([seen(Verdict.NONE), seen(Verdict.UNCERTAIN)], Verdict.UNCERTAIN),
        ([seen(Verdict.NONE, WHOLE_CAR[1:])], Verdict.UNCERTAIN),
        ([seen(Verdict.NONE, WHOLE_CAR[1:]), seen(Verdict.NONE, WHOLE_CAR[:1])], Verdict.NONE),
    ],
)
def test_none_needs_every_photo_and_every_part(photos: list[InspectedPhoto], verdict: Verdict) -> None:
    assert inspected(*photos).verdict is verdict


def test_none_is_never_said_without_a_part_model() -> None:
    assert inspect_car([seen(Verdict.NONE, ())], {}).verdict is Verdict.UNCERTAIN


def test_what_was_not_seen_is_named() -> None:
    (advice,) = inspected(seen(Verdict.NONE, WHOLE_CAR[1:])).advice
    assert WHOLE_CAR[0].part.words in advice


def two_cars(*texts: str) -> Inspection:
    photos = [
        replace(one, assessment=replace(one.assessment, file=f"{place}.jpg"))
        for place, one in enumerate([seen(Verdict.NONE), seen(Verdict.NONE)])
    ]
    plates = [PlateReading(name=f"{place}.jpg", text=text, sureness=0.9) for place, text in enumerate(texts)]
    return inspect_car(photos, {}, known_parts=tuple(CarPart), plates=plates)


def test_photos_of_two_cars_are_told_and_prove_nothing_of_one() -> None:
    inspection = two_cars("34LZ1039", "48LP819")
    assert inspection.two_cars == (0, 1)
    assert inspection.verdict is Verdict.UNCERTAIN
    assert any("0.jpg and 1.jpg show cars with different number plates" in sentence for sentence in inspection.advice)
    assert not any("34LZ1039" in sentence for sentence in inspection.advice)
    again = inspection_from_json(JsonObject(inspection_to_json(inspection), file="it.json", where=""))
    assert again.two_cars == (0, 1)


def test_photos_of_one_plate_are_of_one_car() -> None:
    assert two_cars("34LZ1039", "34LZ1O39").two_cars == ()
    assert two_cars("34LZ1039").verdict is Verdict.NONE


def test_a_damage_of_two_views_is_told_once_with_the_surest_figures() -> None:
    mild, bad = (DamageSeverity(levels=(level,), guess=level) for level in (Severity.MINOR, Severity.SEVERE))
    first = replace(damage(HERE, part=DOOR), probability=0.4, severity=mild)
    second = replace(damage((160, 100, 210, 150), part=DOOR, score=0.8), probability=0.7, severity=bad)
    photos = [InspectedPhoto(assessment=photo(first)), InspectedPhoto(assessment=photo(second))]
    inspection = inspect_car(photos, {(0, 1): shifted()})
    (one,) = inspection.damages
    assert inspection.probability(one) == 0.7
    assert inspection.severity(one) == bad
    (repair,) = repair_damages(inspection)
    assert (repair.part, repair.severity, str(repair.confidence)) == (DOOR, (Severity.SEVERE,), "0.7")
    (told,) = inspection_to_json(inspection)["damages"]
    assert told["views"] == [{"photo": 1, "damage": 0}, {"photo": 0, "damage": 0}]
    assert {row["by"] for row in told["evidence"]} == {"image"}


def test_unknown_figures_stay_unknown() -> None:
    inspection = inspect_car([InspectedPhoto(assessment=photo(damage(moved(HERE))))], {})
    (repair,) = repair_damages(inspection)
    assert (repair.part, repair.severity, repair.confidence) == (None, (), None)
