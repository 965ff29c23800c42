import time

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from coachwork.assessments.assessment import Damage, DamagedPart
from coachwork.assessments.severity_features import LENGTH, MEASURES, PART_KNOWN, PART_SHARE, SeverityView, measures_of
from coachwork.assessments.severity_rating import damage_measures, rated
from coachwork.geometry.box import Box
from coachwork.geometry.mask import Mask
from coachwork.geometry.size import Size
from coachwork.inference.severity_file import read_severity_rule
from coachwork.taxonomy import CarPart, DamageType

SMALL = Size(height=480, width=640)


def photo() -> NDArray[np.uint8]:
    """A grey panel (480, 640, 3) with a dark oval of 60x24 at (200..260, 150..174), soft enough to survive resizing."""
    pixels = np.full((480, 640, 3), 150, np.uint8)
    pixels += (np.arange(640) // 16).astype(np.uint8)[None, :, None]
    cv2.ellipse(pixels, (230, 162), (30, 12), 0, 0, 360, (60, 40, 40), -1)
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), 2.0), dtype=np.uint8)


def oval(scale: float = 1.0) -> Mask:
    """The oval's pixels in the photo at a scale."""
    full = np.zeros((480, 640), np.uint8)
    cv2.ellipse(full, (230, 162), (30, 12), 0, 0, 360, 1, -1)
    wanted = (round(640 * scale), round(480 * scale))
    return Mask.from_full(cv2.resize(full, wanted, interpolation=cv2.INTER_NEAREST_EXACT).astype(np.bool_))


def measured(pixels: NDArray[np.uint8], size: Size, mask: Mask) -> dict[str, float]:
    return measures_of(SeverityView.of(pixels, size), box=mask.box, mask=mask)


@pytest.mark.parametrize("scale", [0.5, 2.0, 3.0, 6.25])
def test_the_same_picture_measures_the_same_at_every_resolution(scale: float) -> None:
    """At 6.25 it has 12 megapixels."""
    size = Size(height=round(480 * scale), width=round(640 * scale))
    large = cv2.resize(photo(), (size.width, size.height), interpolation=cv2.INTER_CUBIC)
    here, there = measured(photo(), SMALL, oval()), measured(np.asarray(large, np.uint8), size, oval(scale))
    assert there == pytest.approx(here, abs=0.12)


def test_a_photo_decoded_at_reduced_scale_measures_as_the_whole_one() -> None:
    size = Size(height=1920, width=2560)
    large = np.asarray(cv2.resize(photo(), (2560, 1920), interpolation=cv2.INTER_CUBIC), np.uint8)
    half = np.asarray(cv2.resize(large, (1280, 960), interpolation=cv2.INTER_AREA), np.uint8)
    assert measured(half, size, oval(4)) == pytest.approx(measured(large, size, oval(4)), abs=0.05)


def test_the_measures_are_what_they_say() -> None:
    pixels = np.full((640, 640, 3), 200, np.uint8)
    pixels[100:120, 300:380] = 20
    size, box = Size(height=640, width=640), Box(x_min=300, y_min=100, x_max=380, y_max=120)
    told = measures_of(SeverityView.of(pixels, size), box=box, mask=None)
    assert set(told) == set(MEASURES)
    assert told[LENGTH] == pytest.approx(np.log(80 / 640))
    assert told["log area"] == pytest.approx(np.log(1600 / 640**2))
    assert told["log aspect"] == pytest.approx(np.log(4))
    lab = cv2.cvtColor(np.array([[[20, 20, 20], [200, 200, 200]]], np.uint8), cv2.COLOR_RGB2LAB)[0].astype(float)
    assert told["log colour difference"] == pytest.approx(np.log1p(np.linalg.norm(lab[0] - lab[1])), abs=1e-5)
    assert told["log gradient around"] > 0  # the edge reaches into the ring
    assert (told[PART_SHARE], told[PART_KNOWN]) == (0, 0)


def test_size_is_measured_against_the_part_where_that_is_known() -> None:
    view, mask = SeverityView.of(photo(), SMALL), oval()
    damage = Damage(type=DamageType.DENT, score=0.5, box=mask.box, mask=mask)
    part = DamagedPart(part=CarPart.BONNET, share=1.0, area_px=mask.area * 10)
    told = damage_measures(Damage(type=damage.type, score=0.5, box=mask.box, mask=mask, part=part), view)
    assert told[PART_SHARE] == pytest.approx(np.log(0.1))
    assert told[PART_KNOWN] == 1
    assert damage_measures(damage, view)[PART_KNOWN] == 0
    larger = measures_of(view, box=mask.box, mask=mask, part_area_px=1)
    assert larger[PART_SHARE] == 0  # a damage is never larger than its part


def test_a_damage_that_fills_the_photo_stands_out_from_nothing() -> None:
    box = Box(x_min=0, y_min=0, x_max=640, y_max=480)
    told = measures_of(SeverityView.of(photo(), SMALL), box=box, mask=None)
    assert told["log colour difference"] == 0
    assert told["log gradient around"] == told["log gradient inside"]


def test_an_empty_mask_stands_for_its_box() -> None:
    box = Box(x_min=10, y_min=10, x_max=30, y_max=20)
    empty = Mask(crop=np.zeros((0, 0), np.bool_), x=0, y=0, frame=SMALL)
    view = SeverityView.of(photo(), SMALL)
    assert measures_of(view, box=box, mask=empty) == measures_of(view, box=box, mask=None)


@given(st.integers(1, 90), st.integers(1, 90), st.tuples(*[st.floats(0, 1)] * 4))
def test_any_box_in_any_photo_has_finite_measures(h: int, w: int, edges: tuple[float, ...]) -> None:
    size = Size(height=h, width=w)
    pixels = np.random.default_rng(h * w).integers(0, 256, (h, w, 3), dtype=np.uint8)
    xs, ys = sorted((edges[0] * w, edges[2] * w)), sorted((edges[1] * h, edges[3] * h))
    box = Box(x_min=xs[0], y_min=ys[0], x_max=xs[1], y_max=ys[1])
    told = measures_of(SeverityView.of(pixels, size), box=box, mask=None)
    assert np.isfinite(list(told.values())).all()


def test_damages_are_rated_in_their_order_and_none_costs_nothing() -> None:
    rule, mask = read_severity_rule(), oval()
    kinds = (DamageType.DENT, DamageType.BROKEN_LAMP, DamageType.SCRATCH)
    damages = tuple(Damage(type=kind, score=0.5, box=mask.box, mask=mask) for kind in kinds)
    told = rated(damages, photo(), SMALL, rule)
    assert [one.type for one in told] == list(kinds)
    assert [bool(one.severity and one.severity.levels) for one in told] == [True, False, True]
    assert rated((), np.zeros((0, 0, 3), np.uint8), SMALL, rule) == ()


@pytest.mark.slow
def test_a_damage_takes_under_two_milliseconds() -> None:
    view, mask = SeverityView.of(photo(), SMALL), oval()
    times = []
    for _ in range(50):
        start = time.process_time()
        measures_of(view, box=mask.box, mask=mask)
        times.append(time.process_time() - start)
    assert min(times) < 0.002
