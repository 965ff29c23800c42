import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachwork.assessments.assessment import Damage, DamagedPart
from coachwork.estimates.case_json import read_case
from coachwork.estimates.inspected import repair_damages
from coachwork.geometry.box import Box
from coachwork.geometry.mask import Mask
from coachwork.geometry.size import Size
from coachwork.inspections.inspection import InspectedPhoto, Inspection, inspect_car
from coachwork.inspections.inspection_json import inspection_to_json
from coachwork.inspections.inspection_reading import InspectionFileError, read_inspection
from coachwork.inspections.known_sizes import Known, car_models, car_sizes, tyre_diameter_mm
from coachwork.inspections.scale import Plane, ReferenceKind, ScaleReference
from coachwork.inspections.size import (
    LONGEST_MM,
    MOST_RATIO,
    SizeEstimate,
    combined_size,
    damage_size,
    longest_extent_mm,
)
from coachwork.inspections.vehicle import Body
from coachwork.span import Span
from coachwork.taxonomy import CarPart, DamageType
from tests.assessments.test_views import DOOR, HERE, damage, photo
from tests.estimates.cards import D

_FRAME = Size(height=600, width=800)
_SIZES = car_sizes(None)


def _reference(**given: Any) -> ScaleReference:
    """A plate, two millimetres per pixel, on the side: nothing of its size is open but a hundredth."""
    known: dict[str, Any] = {
        "kind": ReferenceKind.PLATE,
        "plane": Plane.SIDE,
        "x": 400.0,
        "y": 300.0,
        "metric": np.eye(2) * 4.0,
        "own_sd": 0.02,
        "distance_mm": 3000.0,
    }
    return ScaleReference(**(known | given))


def _bar(length: int = 100, x: int = 350, part: CarPart | None = DOOR, *, masked: bool = True) -> Damage:
    """A scratch of so many pixels by ten."""
    mask = Mask(crop=np.ones((10, length), dtype=np.bool_), x=x, y=295, frame=_FRAME)
    return Damage(
        type=DamageType.SCRATCH,
        score=0.9,
        box=mask.box,
        mask=mask if masked else None,
        part=DamagedPart(part=part, share=0.9 if part else 0.0),
    )


def test_without_references_there_are_no_millimetres() -> None:
    assert damage_size(_bar(), [], _SIZES) is None
    assert combined_size([]) is None
    assert combined_size([None, None]) is None


def test_an_empty_mask_has_no_size() -> None:
    empty = Mask(crop=np.zeros((0, 0), dtype=np.bool_), x=0, y=0, frame=_FRAME)
    assert damage_size(replace(_bar(), mask=empty), [_reference()], _SIZES) is None


def test_a_damage_at_the_photos_edge_may_go_on_beyond_it() -> None:
    assert damage_size(_bar(x=0), [_reference(x=50.0)], _SIZES) is None
    assert damage_size(_bar(x=700), [_reference(x=750.0)], _SIZES) is None
    assert damage_size(_bar(x=5), [_reference(x=50.0)], _SIZES) is not None


def test_the_size_is_the_longest_extent_by_the_scale() -> None:
    size = damage_size(_bar(), [_reference()], _SIZES)
    assert size is not None
    assert size.middle_mm == pytest.approx(2 * math.hypot(100, 10))
    assert size.low_mm < 2 * 100 < size.high_mm
    spread = math.sqrt(0.24**2 + 0.02**2 + 0.01**2)
    assert size.high_mm / size.low_mm == pytest.approx(math.exp(2 * 1.645 * spread), rel=0.01)
    assert (size.references, size.photos, size.confidence) == ((ReferenceKind.PLATE,), 1, 0.9)


def test_one_pixel_is_a_size() -> None:
    mask = Mask(crop=np.ones((1, 1), dtype=np.bool_), x=400, y=300, frame=_FRAME)
    size = damage_size(replace(_bar(), mask=mask), [_reference()], _SIZES)
    assert size is not None
    assert size.middle_mm == pytest.approx(2 * math.sqrt(2))


def test_stretched_along_one_axis_it_is_the_longest_in_millimetres() -> None:
    upright = Mask(crop=np.ones((50, 40), dtype=np.bool_), x=380, y=270, frame=_FRAME)
    size = damage_size(replace(_bar(), mask=upright), [_reference(metric=np.diag([16.0, 1.0]))], _SIZES)
    assert size is not None
    assert size.middle_mm == pytest.approx(math.hypot(160, 50))


def test_a_box_alone_widens() -> None:
    sized = [damage_size(_bar(masked=masked), [_reference()], _SIZES) for masked in (True, False)]
    assert sized[0] is not None
    assert sized[1] is not None
    assert sized[1].high_mm / sized[1].low_mm > sized[0].high_mm / sized[0].low_mm


def test_an_unknown_part_holds_what_side_and_end_would_say() -> None:
    oblique = _reference(metric=np.diag([4.0 / 0.75**2, 4.0]))
    sizes = [damage_size(_bar(part=part), [oblique], _SIZES) for part in (None, DOOR, CarPart.FRONT_BUMPER)]
    unknown, on_side, on_end = sizes
    assert unknown is not None
    assert on_side is not None
    assert on_end is not None
    assert unknown.low_mm == pytest.approx(min(on_side.low_mm, on_end.low_mm))
    assert unknown.high_mm == pytest.approx(max(on_side.high_mm, on_end.high_mm))


def test_an_interval_that_says_too_little_is_not_given() -> None:
    assert damage_size(_bar(), [_reference(own_sd=math.log(MOST_RATIO))], _SIZES) is None


def test_no_damage_is_longer_than_the_longest_part() -> None:
    assert (
        combined_size([SizeEstimate(low_mm=1600, high_mm=2400, references=(ReferenceKind.WHEEL,), photos=1)])
        is not None
    )
    views = [SizeEstimate(low_mm=1600, high_mm=5500, references=(ReferenceKind.WHEEL,), photos=1)] * 2
    told = combined_size(views)
    assert told is not None
    assert told.high_mm == LONGEST_MM


def test_references_of_another_car_are_left_out() -> None:
    behind = _reference(kind=ReferenceKind.WHEEL, x=50.0, metric=np.eye(2) * 20.0**2)  # 7 m away by its own scale
    assert damage_size(_bar(), [behind], _SIZES) is None
    assert damage_size(_bar(), [_reference(), behind], _SIZES) == damage_size(_bar(), [_reference()], _SIZES)


@given(
    shift=st.floats(0.3, 3.0),
    length=st.integers(5, 300),
    along=st.floats(0.2, 20),
    across=st.floats(0.2, 20),
)
def test_a_larger_scale_is_a_larger_size(shift: float, length: int, along: float, across: float) -> None:
    metric = np.diag([along**2, across**2])
    hull = np.array([[0.0, 0], [length, 0], [length, 10], [0, 10]])
    assert longest_extent_mm(hull, metric * shift**2) == pytest.approx(longest_extent_mm(hull, metric) * shift)


def test_agreeing_views_narrow_but_not_as_if_they_were_independent() -> None:
    one = SizeEstimate(low_mm=50, high_mm=200, references=(ReferenceKind.WHEEL,))
    both = combined_size([one, None, one])
    assert both is not None
    assert both.middle_mm == pytest.approx(100)
    assert math.log(both.high_mm / both.low_mm) == pytest.approx(math.log(4) * math.sqrt(0.75))
    assert both.photos == 2
    assert combined_size([None, one]) == one


def test_contradicting_views_widen_or_tell_nothing() -> None:
    small, large = (SizeEstimate(low_mm=low, high_mm=2 * low) for low in (100, 140))
    both = combined_size([small, large])
    assert both is not None
    assert both.high_mm / both.low_mm > 2
    assert combined_size([small, SizeEstimate(low_mm=2000, high_mm=4000)]) is None


sizes = st.builds(
    lambda low, factor: SizeEstimate(low_mm=low, high_mm=low * factor), st.floats(1, 1000), st.floats(1.2, MOST_RATIO)
)


@given(views=st.lists(sizes, min_size=1, max_size=5))
def test_the_order_of_views_does_not_matter(views: list[SizeEstimate]) -> None:
    one, other = combined_size(views), combined_size(views[::-1])
    assert (one is None) == (other is None)
    if one is not None and other is not None:
        assert (one.low_mm, one.high_mm) == pytest.approx((other.low_mm, other.high_mm))
        assert min(view.low_mm for view in views) / 2 < one.middle_mm < 2 * max(view.high_mm for view in views)


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-1.0, 1.0), (2.0, 1.0), (1.0, math.inf), (math.nan, 1.0)])
def test_sizes_lie_between_finite_ends(low: float, high: float) -> None:
    with pytest.raises(ValueError, match="lies between finite ends"):
        SizeEstimate(low_mm=low, high_mm=high)


def _inspected(*sizes: SizeEstimate | None) -> Inspection:
    shown = photo(damage(HERE, part=DOOR), damage((5, 5, 60, 60), part=CarPart.BONNET))
    return inspect_car([InspectedPhoto(assessment=shown, sizes=sizes)], {})


def test_sizes_go_through_json_and_into_the_estimate(tmp_path: Path) -> None:
    inspection = _inspected(SizeEstimate(low_mm=50.04, high_mm=120.0, references=(ReferenceKind.WHEEL,)), None)
    values = inspection_to_json(inspection)
    assert [(one["size_mm"], one["size_references"]) for one in values["damages"]] == [
        ([50.0, 120.0], ["wheel"]),
        (None, []),
    ]
    file = tmp_path / "inspection.json"
    file.write_text(json.dumps(values), encoding="utf-8")
    assert inspection_to_json(read_inspection(file)) == values
    first, second = repair_damages(inspection)
    assert first.size_mm == Span(low=D("50.0"), high=D("120.0"))
    assert second.size_mm is None
    assert read_case(file).damages == (first, second)


@pytest.mark.parametrize("sizes", [[None], [7, None], [{"size_mm": [3, 1]}, None], [{"size_mm": "1"}, None]])
def test_malformed_sizes_are_told_by_their_place(tmp_path: Path, sizes: list[Any]) -> None:
    values = inspection_to_json(_inspected(None, None))
    values["photos"][0]["sizes"] = sizes
    file = tmp_path / "inspection.json"
    file.write_text(json.dumps(values), encoding="utf-8")
    with pytest.raises(InspectionFileError, match=r"photos\[0\]\.sizes must hold"):
        read_inspection(file)


def test_a_photo_needs_a_size_or_none_for_each_damage() -> None:
    with pytest.raises(ValueError, match="need a size or None for each of 2 damages, got 1"):
        _inspected(None)


def test_the_table_of_cars_holds_every_body_and_plausible_sizes() -> None:
    assert {one.body for one in car_models()} == set(Body)
    assert len({one.model for one in car_models()}) == len(car_models())
    for one in car_models():
        assert 500 < one.tyre_mm < 900
        assert 3 < one.wheelbase_mm / one.tyre_mm < 6
        assert 1400 < one.width_mm < 2100


def test_a_known_body_narrows_the_tyre() -> None:
    assert car_sizes(Body.PICKUP).middle_mm(Known.TYRE) > 1.1 * car_sizes(Body.HATCHBACK).middle_mm(Known.TYRE)
    assert car_sizes(Body.ESTATE).log_sd(Known.TYRE) < car_sizes(None).log_sd(Known.TYRE) < 0.1


@pytest.mark.parametrize(("tyre", "diameter"), [("205/55R16", 631.9), ("175/65R14", 583.1), ("265/70R17", 802.8)])
def test_tyres_are_as_large_as_their_name_says(tyre: str, diameter: float) -> None:
    assert tyre_diameter_mm(tyre) == pytest.approx(diameter)


def test_a_tyre_of_another_spelling_is_refused() -> None:
    with pytest.raises(ValueError, match=r"205/55R16, not '31x10\.5'"):
        tyre_diameter_mm("31x10.5")


def test_a_damage_with_a_box_outside_the_reference_still_measures() -> None:
    far = replace(_bar(masked=False), box=Box(x_min=600, y_min=200, x_max=640, y_max=260))
    size = damage_size(far, [_reference()], _SIZES)
    assert size is not None
    assert 60 < size.middle_mm < 160
