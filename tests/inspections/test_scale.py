import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachwork.geometry.ellipse import Ellipse
from coachwork.inspections.known_sizes import CarSizes, Known, Market, car_models, car_sizes
from coachwork.inspections.plate_scale import plate_reference
from coachwork.inspections.scale import (
    FARTHEST_M,
    Plane,
    ReferenceKind,
    ScaleReference,
    mean_metric,
    plane_of,
    scale_at,
)
from coachwork.inspections.scale_references import size_covariance
from coachwork.inspections.wheels import wheel_reference, wheelbase_reference
from coachwork.taxonomy import CarPart
from tests.inspections.pinhole import FRAME, FRONT_AXLE, Scene, front, side

_TYRE = 640.0


def _reference(**given: object) -> ScaleReference:
    """Two millimetres per pixel, three metres away, unless given."""
    known: dict[str, object] = {
        "kind": ReferenceKind.WHEEL,
        "plane": Plane.SIDE,
        "x": 100.0,
        "y": 100.0,
        "metric": np.eye(2) * 4.0,
        "own_sd": 0.05,
        "distance_mm": 3000.0,
    }
    return ScaleReference(**(known | given))  # type: ignore[arg-type]


def _nothing_shared(_one: ReferenceKind, _other: ReferenceKind) -> float:
    return 0.0


def _exactly(tyre: float, wheelbase: float) -> CarSizes:
    """A car whose sizes are known."""
    return CarSizes(log_mm=np.log([tyre, wheelbase, 1800.0]), covariance=np.eye(len(Known)) * 1e-8)


def test_without_references_there_is_no_scale() -> None:
    assert scale_at([], np.zeros(2), Plane.SIDE, _nothing_shared) is None


def test_at_a_reference_its_own_metric_and_spread_hold() -> None:
    scale = scale_at([_reference()], np.array([100.0, 100.0]), Plane.SIDE, _nothing_shared)
    assert scale is not None
    assert scale.length_mm(np.array([3.0, 4.0])) == pytest.approx(10.0)
    assert scale.log_sd == pytest.approx(0.05, rel=0.05)


def test_what_is_not_known_of_the_size_is_added() -> None:
    scale = scale_at([_reference(own_sd=0.03)], np.array([100.0, 100.0]), Plane.SIDE, lambda _one, _other: 0.04**2)
    assert scale is not None
    assert scale.log_sd == pytest.approx(0.05, rel=0.05)


def test_what_is_not_known_of_one_kind_does_not_shrink_with_their_number() -> None:
    many = [_reference(own_sd=0.01)] * 20
    scale = scale_at(many, np.array([100.0, 100.0]), Plane.SIDE, lambda _one, _other: 0.08**2)
    assert scale is not None
    assert scale.log_sd == pytest.approx(0.08, rel=0.05)


def test_it_widens_with_the_distance_and_ends_beyond_a_car() -> None:
    sds = []
    for metres in (0.0, 0.5, 1.0, 2.0):
        scale = scale_at([_reference()], np.array([100 + 500 * metres, 100.0]), Plane.SIDE, _nothing_shared)
        assert scale is not None
        sds.append(scale.log_sd)
    assert sds == sorted(sds)
    assert sds[-1] > 3 * sds[0]
    beyond = np.array([100 + 500 * (FARTHEST_M + 0.1), 100.0])
    assert scale_at([_reference()], beyond, Plane.SIDE, _nothing_shared) is None


def test_between_two_references_the_scale_is_the_geometric_mean() -> None:
    both = [_reference(), _reference(x=300.0, metric=np.eye(2) * 16.0)]
    scale = scale_at(both, np.array([200.0, 100.0]), Plane.SIDE, _nothing_shared)
    assert scale is not None
    assert scale.length_mm(np.array([0.0, 1.0])) == pytest.approx(math.sqrt(2 * 4), rel=0.02)


def test_agreeing_references_narrow_and_contradicting_ones_widen() -> None:
    place = np.array([100.0, 100.0])

    def sd(*metrics: float) -> float:
        scale = scale_at([_reference(metric=np.eye(2) * one) for one in metrics], place, Plane.SIDE, _nothing_shared)
        assert scale is not None
        return scale.log_sd

    assert sd(4.0, 4.0) < sd(4.0) < sd(4.0, 9.0)


def test_an_oblique_side_says_how_oblique_the_end_is() -> None:
    wheel = _reference(metric=np.diag([4.0 / 0.6**2, 4.0]))  # seen shortened to 0.6: the end is to 0.8
    scale = scale_at([wheel], np.array([100.0, 100.0]), Plane.END, _nothing_shared)
    assert scale is not None
    assert scale.length_mm(np.array([1.0, 0.0])) == pytest.approx(2.0 / 0.8)
    assert scale.length_mm(np.array([0.0, 1.0])) == pytest.approx(2.0)


def test_a_side_seen_from_straight_ahead_says_nothing_of_the_end() -> None:
    assert scale_at([_reference()], np.array([100.0, 100.0]), Plane.END, _nothing_shared) is None


def test_a_scale_across_the_line_of_sight_is_wide_on_any_plane() -> None:
    across = _reference(plane=None, kind=ReferenceKind.WIDTH)
    for plane in Plane:
        scale = scale_at([across], np.array([100.0, 100.0]), plane, _nothing_shared)
        assert scale is not None
        assert scale.log_sd >= 0.15
        assert scale.length_mm(np.array([1.0, 0.0])) > 2.0


def test_every_part_faces_somewhere() -> None:
    assert {plane_of(part) for part in CarPart} == set(Plane)
    assert plane_of(None) is None
    assert plane_of(CarPart.LEFT_SILL) is Plane.SIDE
    assert plane_of(CarPart.RIGHT_TAIL_LAMP) is Plane.END
    assert plane_of(CarPart.BONNET) is Plane.TOP


@given(
    weights=st.tuples(st.floats(-1, 2), st.floats(-1, 2)),
    values=st.tuples(*[st.floats(0.1, 100)] * 4),
    turn=st.floats(0, math.pi),
)
def test_means_of_metrics_are_metrics(
    weights: tuple[float, float], values: tuple[float, float, float, float], turn: float
) -> None:
    axes = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    metrics = [np.diag(values[:2]), axes @ np.diag(values[2:]) @ axes.T]
    mean = mean_metric(metrics, np.array(weights))
    assert np.linalg.eigvalsh(mean).min() > 0
    assert math.log(np.linalg.det(mean)) == pytest.approx(
        sum(w * math.log(np.linalg.det(m)) for w, m in zip(weights, metrics, strict=True)), abs=1e-6
    )


@given(
    yaw=st.floats(0, 60),
    distance=st.floats(3000, 6000),
    stretch=st.sampled_from([0.7, 1.0, 1.3]),
    length=st.floats(20, 150),
    degrees=st.floats(0, 180),
)
def test_a_scratch_beside_a_wheel_is_measured_from_any_angle_on_a_stretched_photo(
    yaw: float, distance: float, stretch: float, length: float, degrees: float
) -> None:
    scene = _scene(yaw, distance, stretch)
    wheel = wheel_reference(scene.wheels[0], _exactly(_TYRE, 2650), FRAME)
    ends = scene.seen(side(FRONT_AXLE, 500, length, degrees))
    scale = scale_at([wheel], ends.mean(axis=0), Plane.SIDE, _nothing_shared)
    assert scale is not None
    assert scale.length_mm(ends[1] - ends[0]) == pytest.approx(length, rel=0.07)  # 6.4 % at 60 degrees from 3 m


@given(yaw=st.floats(-45, 45), distance=st.floats(4500, 7000), along=st.floats(0, 1), degrees=st.floats(0, 180))
def test_two_wheels_measure_all_between_them(yaw: float, distance: float, along: float, degrees: float) -> None:
    scene = _scene(yaw, distance, 1.0)
    wheels = [wheel_reference(wheel, _exactly(_TYRE, 2650), FRAME) for wheel in scene.wheels]
    ends = scene.seen(side(FRONT_AXLE + along * 2650, 450, 100, degrees))
    scale = scale_at(wheels, ends.mean(axis=0), Plane.SIDE, _nothing_shared)
    assert scale is not None
    assert scale.length_mm(ends[1] - ends[0]) == pytest.approx(100, rel=0.15)


@given(yaw=st.floats(-60, 60), distance=st.floats(4500, 7000))
def test_the_wheelbase_is_found_by_its_own_length(yaw: float, distance: float) -> None:
    scene = _scene(yaw, distance, 1.0)
    found = wheelbase_reference(scene.wheels, _exactly(_TYRE, 2650), FRAME)
    assert len(found) == 1
    hubs = scene.seen(scene.hubs)
    away = hubs[1] - hubs[0]
    assert math.sqrt(away @ found[0].metric @ away) == pytest.approx(
        2650, rel=0.03
    )  # a hub is not quite where its ellipse's centre is


def test_wheels_of_two_cars_are_no_pair() -> None:
    near = Ellipse(x=300, y=500, shape=np.eye(2) * 60.0**2)
    assert wheelbase_reference([near, Ellipse(x=500, y=500, shape=np.eye(2) * 60.0**2)], car_sizes(None), FRAME) == []
    assert wheelbase_reference([near], car_sizes(None), FRAME) == []


@given(yaw=st.floats(45, 85), distance=st.floats(2500, 5000), length=st.floats(20, 200), degrees=st.floats(0, 180))
def test_a_plate_measures_what_lies_beside_it(yaw: float, distance: float, length: float, degrees: float) -> None:
    scene = Scene(yaw=yaw, distance=distance, height=1500, target=(0, 500, -800), tyre=_TYRE, wheelbase=2650)
    size = Market.EU.plate
    corners = np.array(
        [
            [0.0, 400 + sy * size.height_mm / 2, -900 + sx * size.width_mm / 2]
            for sx, sy in ((-1, 1), (1, 1), (1, -1), (-1, -1))
        ]
    )
    plate = plate_reference(scene.seen(corners), size, FRAME)
    assert plate is not None
    ends = scene.seen(front(-900, 450, length, degrees))
    scale = scale_at([plate], ends.mean(axis=0), Plane.END, _nothing_shared)
    assert scale is not None
    assert scale.length_mm(ends[1] - ends[0]) == pytest.approx(length, rel=0.06)


@pytest.mark.parametrize("first", [0, 1, 2, 3])
@pytest.mark.parametrize("turned", [False, True])
def test_a_plates_corners_may_start_anywhere(first: int, *, turned: bool) -> None:
    corners = np.roll(np.array([[100.0, 100], [204, 100], [204, 122], [100, 122]]), first, axis=0)
    plate = plate_reference(corners[::-1] if turned else corners, Market.EU.plate, FRAME)
    assert plate is not None
    assert plate.metric == pytest.approx(np.eye(2) * 25.0)


@pytest.mark.parametrize(
    "corners",
    [
        pytest.param(np.zeros((0, 2)), id="none"),
        pytest.param(np.zeros((4, 2)), id="one point"),
        pytest.param(np.array([[0.0, 0], [100, 0], [50, 0], [20, 0]]), id="a line"),
        pytest.param(np.array([[0.0, 0], [100, 20], [100, 0], [0, 20]]), id="crossed"),
        pytest.param(np.array([[0.0, 0], [8, 0], [8, 2], [0, 2]]), id="tiny"),
        pytest.param(np.array([[0.0, 0], [100, 0], [50, 40]]), id="three corners"),
        pytest.param(np.array([[0.0, 0], [104, 0], [60, 22], [20, 22]]), id="a trapezium"),
        pytest.param(np.array([[0.0, 0], [104, 0], [104, 70], [0, 70]]), id="too high"),
    ],
)
def test_what_is_no_plate_measures_nothing(corners: np.ndarray) -> None:
    assert plate_reference(corners, Market.EU.plate, FRAME) is None


def _scene(yaw: float, distance: float, stretch: float) -> Scene:
    middle = FRONT_AXLE if stretch != 1.0 else FRONT_AXLE + 1325
    return Scene(
        yaw=yaw, distance=distance, height=1400, target=(middle, 500, 0), tyre=_TYRE, wheelbase=2650, stretch=stretch
    )


@pytest.mark.parametrize(
    ("plane", "wheels", "least"), [(Plane.SIDE, 1, 0.8), (Plane.SIDE, 2, 0.88), (Plane.END, 2, 0.85)]
)
def test_intervals_hold_the_truth_as_often_as_they_say(plane: Plane, wheels: int, least: float) -> None:
    """Random cars of the table before random cameras, wheels measured with the error that they are on photos."""
    draw, sizes = np.random.default_rng(11), car_sizes(None)
    covariance = size_covariance(sizes)
    held: list[bool] = []
    while len(held) < 400:
        car = car_models()[draw.integers(len(car_models()))]
        reach = FRONT_AXLE + car.wheelbase_mm if plane is Plane.SIDE else 900
        scene = Scene(
            yaw=draw.uniform(5, 65),
            distance=draw.uniform(2200, 7000),
            height=draw.uniform(1000, 1800),
            target=(draw.uniform(0, reach), 600, 0),
            tyre=car.tyre_mm,
            wheelbase=car.wheelbase_mm,
        )
        length, degrees = draw.uniform(30, 400), draw.uniform(0, 180)
        along, up = draw.uniform(0.0, 1.0), draw.uniform(350, 900)
        ends = scene.seen(
            side(along * (reach + 150), up, length, degrees)
            if plane is Plane.SIDE
            else front(-150 - along * 1350, up, length, degrees)
        )
        shown = [
            Ellipse(x=one.x, y=one.y, shape=one.shape * math.exp(2 * draw.normal(0, 0.05)))
            for one in scene.wheels[:wheels]
            if 0 < one.x < FRAME.width and one.axes[0] > 0.35 * one.axes[1]
        ]
        references = [wheel_reference(one, sizes, FRAME) for one in shown]
        references += wheelbase_reference(shown, sizes, FRAME)
        scale = scale_at(references, ends.mean(axis=0), plane, covariance)
        if scale is not None and (ends > 0).all() and (ends < (FRAME.width, FRAME.height)).all():
            error = math.log(scale.length_mm(ends[1] - ends[0]) / length)
            held.append(bool(abs(error) <= 1.645 * scale.log_sd))
    assert np.mean(held) >= least
