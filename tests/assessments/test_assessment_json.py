import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from coachwork.assessments.assessment import AssessingModel, Assessment, Damage, DamagedPart, PartModel
from coachwork.assessments.assessment_json import assessment_to_json, failure_to_json, json_line
from coachwork.assessments.assessment_reading import assessment_from_json
from coachwork.assessments.verdict import Verdict
from coachwork.geometry.box import Box
from coachwork.geometry.mask import Mask, mask_from_rle
from coachwork.geometry.size import Size
from coachwork.json_objects import JsonObject
from coachwork.photos.quality import Quality
from coachwork.taxonomy import CarPart, DamageType


def assessment(mask: Mask | None, file: str = "a.jpg") -> Assessment:
    size = Size(height=40, width=60) if mask is None else mask.frame
    box = Box(x_min=0, y_min=0, x_max=size.width, y_max=size.height)
    quality = Quality(brightness=0.5, contrast=0.2, sharpness=0.5, glare=0, short_side_px=40, usable=True, reasons=())
    return Assessment(
        file=file,
        sha256="ab" * 32,
        size=size,
        quality=quality,
        verdict=Verdict.DAMAGED,
        damage_probability=0.93,
        damages=(Damage(type=DamageType.DENT, score=0.8, box=box, mask=mask),),
        model=AssessingModel(name="m", digest="cd" * 32, variant="int8-openvino", thresholds={DamageType.DENT: 0.4}),
    )


def test_the_line_has_the_fields_of_the_schema() -> None:
    mask = Mask(crop=np.ones((5, 4), dtype=np.bool_), x=3, y=2, frame=Size(height=40, width=60))
    value = json.loads(json_line(assessment_to_json(assessment(mask))))
    assert value["schema"] == "coachwork.assessment/1"
    assert value["photo"] == {"file": "a.jpg", "sha256": "ab" * 32, "width": 60, "height": 40}
    assert value["quality"]["usable"] is True
    assert (value["verdict"], value["damage_probability"]) == ("damaged", 0.93)
    (damage,) = value["damages"]
    assert (damage["type"], damage["score"], damage["box"], damage["area_px"]) == ("dent", 0.8, [0, 0, 60, 40], 20)
    assert damage["mask"]["size"] == [40, 60]
    assert (damage["part"], value["part_model"]) == (None, None)
    assert value["model"] == {
        "name": "m",
        "digest": "cd" * 32,
        "variant": "int8-openvino",
        "thresholds": {"dent": 0.4},
        "miss_rate": None,
        "none_below": None,
    }


def test_a_released_bundle_is_named_and_comes_back() -> None:
    plain = assessment(None)
    told = replace(plain, model=replace(plain.model, version="3", bundle="ef" * 32))
    value = assessment_to_json(told)
    assert (value["model"]["version"], value["model"]["bundle"]) == ("3", "ef" * 32)
    assert assessment_from_json(JsonObject(value, file="x", where="")).model == told.model


def test_a_model_without_masks_gives_null_and_the_area_of_the_box() -> None:
    (damage,) = assessment_to_json(assessment(None))["damages"]
    assert damage["mask"] is None
    assert damage["area_px"] == 60 * 40


@pytest.mark.parametrize(
    ("part", "written"),
    [
        (CarPart.REAR_LEFT_DOOR, {"name": "rear_left_door", "share": 0.8, "area_px": None}),
        (None, {"name": "unknown", "share": 0.0, "area_px": None}),
    ],
)
def test_the_part_of_a_damage_is_written_with_its_share(part: CarPart | None, written: dict[str, object]) -> None:
    told = assessment(None)
    damages = tuple(replace(one, part=DamagedPart(part=part, share=0.8 if part else 0.0)) for one in told.damages)
    told = replace(told, damages=damages, part_model=PartModel(name="parts", digest="ef" * 32))
    value = assessment_to_json(told)
    assert [damage["part"] for damage in value["damages"]] == [written]
    assert value["part_model"] == {"name": "parts", "digest": "ef" * 32, "variant": ""}


@given(arrays.arrays(np.bool_, st.tuples(st.integers(1, 12), st.integers(1, 12))))
def test_masks_survive_the_way_through_json(full: np.ndarray) -> None:
    mask = Mask.from_full(full)
    (damage,) = json.loads(json_line(assessment_to_json(assessment(mask))))["damages"]
    assert mask_from_rle(damage["mask"]) == mask
    assert damage["area_px"] == int(full.sum())


@given(st.text(st.characters(codec=None), max_size=40))
def test_any_file_name_gives_one_line_of_ascii(name: str) -> None:
    for value in (assessment_to_json(assessment(None, name)), failure_to_json(name, ValueError(name))):
        line = json_line(value)
        assert line.isascii()
        assert "\n" not in line
        assert json.loads(line)["photo"]["file"] == name
