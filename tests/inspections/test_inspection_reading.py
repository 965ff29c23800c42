"""Inspections come back from their JSON, and a malformed file is told by file, place and reason."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coachwork.assessments.assessment import PartModel, SeverityModel
from coachwork.assessments.car_evidence import CarEvidence
from coachwork.assessments.severity import DamageSeverity
from coachwork.geometry.box import Box
from coachwork.inspections.coverage import SeenPart
from coachwork.inspections.inspection import InspectedPhoto, Inspection, inspect_car
from coachwork.inspections.inspection_json import inspection_to_json
from coachwork.inspections.inspection_reading import InspectionFileError, read_inspection
from coachwork.inspections.vehicle import Vehicle
from coachwork.taxonomy import CarPart, Severity
from tests.assessments.test_views import DOOR, HERE, WING, damage, moved, photo, shifted

FULL_BOX = Box(x_min=10, y_min=20, x_max=300.25, y_max=280)


def car() -> Inspection:
    mild = DamageSeverity(
        levels=(Severity.MINOR,), guess=Severity.MINOR, probabilities={Severity.MINOR: 0.75, Severity.SEVERE: 0.25}
    )
    first = replace(damage(HERE, part=DOOR), probability=0.4, severity=mild)
    second = damage(moved(HERE), part=DOOR, score=0.8, masked=False)
    told = replace(
        photo(first, damage((5, 5, 60, 60), part=WING)),
        part_model=PartModel(name="parts", digest="ef" * 32),
        severity_model=SeverityModel(name="rule", digest="", coverage=0.9),
        car_evidence=CarEvidence(distance=1.25, limit=1.5, doubt_limit=1.25, parts_share=0.5),
        strange=False,
    )
    photos = [
        InspectedPhoto(assessment=told, parts=(SeenPart(part=DOOR, share=0.25, box=FULL_BOX),)),
        InspectedPhoto(assessment=replace(photo(second), quality=quality()), parts=(SeenPart(part=WING, share=0.5),)),
    ]
    return inspect_car(photos, {(0, 1): shifted()}, known_parts=tuple(CarPart), vehicle=Vehicle(make="VW", year=2019))


def quality() -> Any:
    return replace(photo().quality, brightness=0.25, contrast=0.5, sharpness=0.75, glare=0.125)


def written(folder: Path, values: Any) -> Path:
    file = folder / "inspection.json"
    file.write_text(json.dumps(values), encoding="utf-8")
    return file


def told(inspection: Inspection) -> Any:
    return json.loads(json.dumps(inspection_to_json(inspection)))


def test_an_empty_inspection_comes_back(tmp_path: Path) -> None:
    assert read_inspection(written(tmp_path, told(inspect_car([], {})))) == inspect_car([], {})


def test_an_inspection_comes_back_and_gives_the_same_json(tmp_path: Path) -> None:
    inspection = car()
    again = read_inspection(written(tmp_path, told(inspection)))
    assert again.vehicle == inspection.vehicle
    assert again.coverage == inspection.coverage
    assert again.photos == replace(inspection, photos=again.photos).photos
    assert [one.views for one in again.damages] == [one.views for one in inspection.damages]
    assert told(again) == told(inspection)


def test_a_file_of_an_earlier_coachwork_is_read(tmp_path: Path) -> None:
    values = told(car())
    del values["vehicle"]
    for one in values["photos"]:
        for seen in one["parts"]:
            del seen["box"]
        for found in one["damages"]:
            found["part"].pop("area_px", None)
    again = read_inspection(written(tmp_path, values))
    assert again.vehicle is None
    assert again.photos[0].parts == (SeenPart(part=DOOR, share=0.25),)


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (("schema",), "coachwork.damages/1", "schema must be 'coachwork.inspection/1', is 'coachwork.damages/1'"),
        (("photos", 0), 3, r"photos\[0\] must be an object"),
        (("photos", 0, "photo", "width"), 0, r"photos\[0\].photo.width must be a whole number from 1"),
        (("photos", 1, "verdict"), "fine", r"photos\[1\].verdict is 'fine', which is none of damaged, none"),
        (("photos", 0, "damages", 0, "box"), [1, 2, 3], r"photos\[0\].damages\[0\].box must be a list of 4 numbers"),
        (("photos", 0, "damages", 0, "box"), [9, 2, 3, 4], r"damages\[0\].box cannot be: a box needs x_min <= x_max"),
        (("photos", 0, "damages", 0, "score"), "high", r"damages\[0\].score must be a number from 0 to 1, is 'high'"),
        (("photos", 0, "damages", 0, "box"), [0, 0, 10**400, 1], r"damages\[0\].box must be a number, is 1000"),
        (("photos", 0, "damages", 0, "mask", "size"), [1, 1], r"mask.size must be the photo's, \[300, 400\]"),
        (("photos", 0, "damages", 0, "mask", "counts"), "~", r"damages\[0\].mask.counts cannot be"),
        (("photos", 0, "damages", 0, "part", "name"), "door", r"part.name is 'door', which is none of"),
        (("photos", 0, "model", "thresholds"), {"bump": 1}, r"photos\[0\].model.thresholds names what is no damage"),
        (("photos", 0, "quality", "usable"), None, r"photos\[0\].quality.usable must be true or false"),
        (("coverage", 0, "sight"), "badly", r"coverage\[0\].sight is 'badly', which is none of well, poorly, not"),
        (("coverage", 0, "photos"), [7], r"coverage\[0\].photos must be a list of places of photos, 0 to 1"),
        (("damages", 0, "views", 0, "damage"), 9, r"damages\[0\].views\[0\] names damage 9 of photo"),
        (("damages",), [], r"damages must hold every damage of the photos once: they have 3, the views are 0"),
    ],
)
def test_a_wrong_field_is_told_by_its_place(tmp_path: Path, place: tuple[Any, ...], value: Any, message: str) -> None:
    values = told(car())
    *way, last = place
    target = values
    for step in way:
        target = target[step]
    target[last] = value
    with pytest.raises(InspectionFileError, match=message) as raised:
        read_inspection(written(tmp_path, values))
    assert str(raised.value).startswith(str(tmp_path / "inspection.json"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not JSON"),
        (b"[]", "must be an object"),
        (b"\xff", "is not usable JSON"),
        (b'{"schema": NaN}', "NaN is no number of JSON"),
        (b"[" * 100_000, "is not usable JSON"),
    ],
)
def test_what_is_no_inspection_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "i.json"
    file.write_bytes(content)
    with pytest.raises(InspectionFileError, match=message):
        read_inspection(file)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(InspectionFileError, match="cannot be read: No such file"):
        read_inspection(tmp_path / "none.json")


FOREIGN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_value_anywhere_is_read_or_refused_with_its_place(tmp_path: Path, data: st.DataObject) -> None:
    values = told(car())
    target: Any = values
    while True:
        keys = list(target) if isinstance(target, dict) else list(range(len(target)))
        key = data.draw(st.sampled_from(keys))
        inner = target[key]
        if not isinstance(inner, dict | list) or not inner or data.draw(st.booleans()):
            target[key] = data.draw(FOREIGN)
            break
        target = inner
    try:
        read_inspection(written(tmp_path, values))
    except InspectionFileError as problem:
        assert problem.why  # noqa: PT017 - reading it is as well
