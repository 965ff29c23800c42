import math
from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from coachwork.detections import Detections
from coachwork.geometry.ellipse import Ellipse
from coachwork.geometry.mask import Mask
from coachwork.geometry.size import Size
from coachwork.inspections.known_sizes import Known, Market, car_sizes
from coachwork.inspections.scale import ReferenceKind, ScaleReference
from coachwork.inspections.scale_references import LAMP_TYRES, metric_by_moments, scale_references, size_covariance
from coachwork.inspections.wheels import tyre_face
from coachwork.taxonomy import CarPart

_FRAME = Size(height=600, width=800)
_SIZES = car_sizes(None)


def _parts(shapes: Sequence[tuple[CarPart, np.ndarray]], frame: Size = _FRAME) -> Detections:
    """Parts as a model would find them; each shape is a picture (H, W) that is not 0 where the part is."""
    masks = tuple(Mask.from_full(shape > 0) for _, shape in shapes)
    return Detections(
        boxes=np.array([mask.box.xyxy for mask in masks], dtype=np.float32).reshape(-1, 4),
        labels=np.array([list(CarPart).index(part) for part, _ in shapes], dtype=np.int64),
        scores=np.ones(len(shapes), dtype=np.float32),
        masks=masks,
        size=frame,
        types=tuple(CarPart),
    )


def _disc(x: int, y: int, half: tuple[int, int]) -> np.ndarray:
    return cv2.ellipse(np.zeros((600, 800), np.uint8), (x, y), half, 0, 0, 360, 1, thickness=-1)


def _block(x: int, y: int, width: int, height: int) -> np.ndarray:
    drawn = np.zeros((600, 800), np.uint8)
    drawn[y : y + height, x : x + width] = 1
    return drawn


def _kinds(found: Sequence[ScaleReference]) -> list[str]:
    return [one.kind.value for one in found]


def test_nothing_found_is_no_reference() -> None:
    assert scale_references(None, _SIZES) == ()
    assert scale_references(_parts([]), _SIZES) == ()


def test_a_plate_of_unknown_size_tells_nothing() -> None:
    corners = np.array([[100.0, 100], [204, 100], [204, 122], [100, 122]])
    assert scale_references(None, _SIZES, plates=[corners], frame=_FRAME) == ()
    found = scale_references(None, _SIZES, plates=[corners], plate=Market.EU.plate, frame=_FRAME)
    assert _kinds(found) == ["plate"]
    assert found[0].across_mm == pytest.approx(5.0)


def test_two_wheels_give_themselves_and_the_wheelbase() -> None:
    pair = [(CarPart.WHEEL, _disc(150, 400, (60, 60))), (CarPart.WHEEL, _disc(650, 400, (60, 60)))]
    found = scale_references(_parts(pair), _SIZES)
    assert _kinds(found) == ["wheel", "wheel", "wheelbase"]
    tyre = _SIZES.middle_mm(Known.TYRE)
    assert found[0].across_mm == pytest.approx(tyre / 120 * 1.025, rel=0.02)
    along = np.array([500.0, 0.0])
    assert math.sqrt(along @ found[2].metric @ along) == pytest.approx(_SIZES.middle_mm(Known.WHEELBASE), rel=0.01)


@pytest.mark.parametrize(
    "wheel",
    [
        pytest.param(_disc(30, 400, (60, 60)), id="cut off"),
        pytest.param(_disc(300, 300, (15, 60)), id="from its edge"),
        pytest.param(_block(300, 300, 120, 120), id="square"),
        pytest.param(_block(300, 300, 4, 4), id="tiny"),
    ],
)
def test_what_is_no_whole_wheel_does_not_count(wheel: np.ndarray) -> None:
    assert "wheel" not in _kinds(scale_references(_parts([(CarPart.WHEEL, wheel)]), _SIZES))


def test_a_lamp_counts_by_its_area_a_piece_of_one_does_not() -> None:
    (lamp,) = scale_references(_parts([(CarPart.LEFT_HEADLAMP, _block(300, 200, 40, 20))]), _SIZES)
    assert lamp.kind is ReferenceKind.LAMP
    assert lamp.plane is None
    assert lamp.across_mm == pytest.approx(LAMP_TYRES * _SIZES.middle_mm(Known.TYRE) / math.sqrt(800))
    torn = _block(300, 200, 40, 4) | _block(300, 200, 4, 40)
    assert scale_references(_parts([(CarPart.LEFT_HEADLAMP, torn)]), _SIZES) == ()


def test_a_bumper_counts_where_both_of_its_lamps_are_seen() -> None:
    bumper = (CarPart.FRONT_BUMPER, _block(200, 300, 400, 100))
    lamps = [
        (CarPart.LEFT_HEADLAMP, _block(520, 240, 60, 30)),
        (CarPart.RIGHT_HEADLAMP, _block(220, 240, 60, 30)),
    ]
    assert "width" not in _kinds(scale_references(_parts([bumper, lamps[0]]), _SIZES))
    found = scale_references(_parts([bumper, *lamps]), _SIZES)
    (width,) = [one for one in found if one.kind is ReferenceKind.WIDTH]
    assert width.across_mm == pytest.approx(_SIZES.middle_mm(Known.WIDTH) / 400)


def test_a_doors_metric_brings_its_moments_back() -> None:
    known = np.array([[300.0, 0.0], [-60.0, 310.0]])
    measured = metric_by_moments(Mask.from_full(_block(200, 100, 150, 250) > 0), known)
    assert measured is not None
    centre, metric = measured
    assert centre == pytest.approx([275.0, 225.0])
    across = np.array([0.0, 1.0])
    root_mean_square_px = 250 / math.sqrt(12)
    assert math.sqrt(across @ metric @ across) * root_mean_square_px == pytest.approx(310.0, rel=0.01)


@pytest.mark.parametrize("shape", [_block(10, 10, 3, 3), _block(10, 10, 1, 200)])
def test_too_few_pixels_or_a_line_have_no_metric(shape: np.ndarray) -> None:
    assert metric_by_moments(Mask.from_full(shape > 0), np.eye(2)) is None


def test_a_tyres_face_is_narrower_than_what_is_seen_of_it() -> None:
    seen = Ellipse(x=10, y=20, shape=np.diag([40.0**2, 80.0**2]))
    face = tyre_face(seen)
    assert face.axes[0] / face.axes[1] < 0.5
    assert face.axes[1] == pytest.approx(160 / 1.025)
    assert (face.x, face.y) == (10, 20)


def test_what_is_open_of_sizes_is_a_covariance() -> None:
    covariance = size_covariance(_SIZES)
    kinds = list(ReferenceKind)
    full = np.array([[covariance(one, other) for other in kinds] for one in kinds])
    assert np.array_equal(full, full.T)
    assert np.linalg.eigvalsh(full).min() > -1e-12
    assert covariance(ReferenceKind.PLATE, ReferenceKind.WHEEL) == 0
    assert covariance(ReferenceKind.WHEEL, ReferenceKind.WHEEL) == pytest.approx(_SIZES.log_sd(Known.TYRE) ** 2)
