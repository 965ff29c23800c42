import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coachwork.geometry.size import Size
from coachwork.rendering.noise import SIDE, noise_at, smoothstep, tile
from coachwork.rendering.optics import cast_rays, develop
from coachwork.rendering.scene import Camera

CAMERA = Camera(position=(2.0, 1.2, 3.0), target=(2.0, 1.2, 0.85), field_of_view=90, noise=0.0, vignetting=0.0)


def test_the_middle_ray_meets_the_target_and_the_edges_span_the_field_of_view() -> None:
    rays = cast_rays(CAMERA, Size(height=101, width=201))
    assert rays.directions[50, 100] == pytest.approx([0, 0, -1], abs=1e-6)
    left, right = rays.directions[50, 0], rays.directions[50, -1]
    between = np.degrees(np.arccos(float(left @ right)))
    assert between == pytest.approx(np.degrees(2 * np.arctan(200 / 201)), abs=1e-3)
    assert right[0] > 0 > left[0]
    assert rays.directions[0, 100, 1] > 0 > rays.directions[-1, 100, 1]


@settings(deadline=None, max_examples=25)
@given(
    x=st.floats(-0.5, 4.5),
    y=st.floats(0.3, 2.0),
    z=st.floats(1.1, 6.0),
    roll=st.floats(-20, 20),
    aim=st.floats(0.2, 1.2),
)
def test_rays_are_unit_vectors_and_a_roll_keeps_the_middle(
    x: float, y: float, z: float, roll: float, aim: float
) -> None:
    level = Camera(position=(x, y, z + 1), target=(x + 0.3, aim, 0.85))
    rolled = Camera(position=(x, y, z + 1), target=(x + 0.3, aim, 0.85), roll=roll)
    size = Size(height=9, width=13)
    first, second = cast_rays(level, size).directions, cast_rays(rolled, size).directions
    assert np.linalg.norm(second, axis=-1) == pytest.approx(1, abs=1e-5)
    assert first[4, 6] == pytest.approx(second[4, 6], abs=1e-5)


def test_automatic_white_balance_takes_out_most_of_a_tint() -> None:
    tint = np.array([1.3, 1.0, 0.6], dtype=np.float32)
    grey = np.full((60, 80, 3), 0.3, dtype=np.float32) * tint
    corrected = develop(grey, CAMERA, seed=1, illuminant=tint).astype(int)
    raw = develop(grey, CAMERA, seed=1, illuminant=np.ones(3, dtype=np.float32)).astype(int)
    spread = [np.ptp(pixels.mean(axis=(0, 1))) for pixels in (corrected, raw)]
    assert spread[0] < 0.35 * spread[1]


def test_the_meter_brings_any_light_to_the_same_brightness() -> None:
    ramp = np.linspace(0.2, 0.4, 80, dtype=np.float32)[None, :, None] * np.ones((60, 80, 3), dtype=np.float32)
    white = np.ones(3, dtype=np.float32)
    bright, dim = (develop(ramp * level, CAMERA, seed=1, illuminant=white).mean() for level in (1.0, 0.25))
    assert bright == pytest.approx(dim, abs=4)


def test_noise_tiles_have_no_seam_and_a_known_spread() -> None:
    noise = tile(3)
    assert noise.shape == (SIDE, SIDE)
    assert noise.mean() == pytest.approx(0, abs=1e-4)
    assert noise.std() == pytest.approx(1, abs=1e-4)
    across_seam = np.abs(noise[:, 0] - noise[:, -1]).max()
    assert across_seam < 2 * np.abs(np.diff(noise, axis=1)).max()


@settings(deadline=None, max_examples=25)
@given(x=st.floats(-50, 50), y=st.floats(-50, 50), period=st.floats(0.1, 10))
def test_noise_repeats_after_its_period(x: float, y: float, period: float) -> None:
    noise = tile(4, octaves=2)
    here, there = (
        noise_at(noise, np.full((1, 1), x + shift, np.float32), np.full((1, 1), y, np.float32), period=period)
        for shift in (0.0, period)
    )
    assert float(here[0, 0]) == pytest.approx(float(there[0, 0]), abs=0.08)


@settings(deadline=None, max_examples=25)
@given(value=st.floats(-5, 5), low=st.floats(-2, 0), high=st.floats(0.5, 2))
def test_smoothstep_stays_between_0_and_1_and_falls_when_turned_round(value: float, low: float, high: float) -> None:
    at = np.array([[value]], dtype=np.float32)
    rising, falling = float(smoothstep(low, high, at)[0, 0]), float(smoothstep(high, low, at)[0, 0])
    assert 0 <= rising <= 1
    assert rising + falling == pytest.approx(1, abs=1e-4)
