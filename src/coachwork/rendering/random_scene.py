"""Scenes drawn by lot, as varied as claim photos: any panel, paint, place, light and camera."""

import numpy as np

from coachwork.geometry.size import Size
from coachwork.rendering.random_damage import draw_damages
from coachwork.rendering.scene import Bodywork, Camera, Ground, Paint, Place, Rgb, Scene, Surroundings

COLOURS: tuple[tuple[Rgb, float], ...] = (
    ((0.72, 0.72, 0.70), 0.0),
    ((0.78, 0.77, 0.74), 0.15),
    ((0.50, 0.51, 0.53), 0.75),
    ((0.22, 0.23, 0.25), 0.75),
    ((0.09, 0.10, 0.11), 0.6),
    ((0.012, 0.012, 0.013), 0.1),
    ((0.30, 0.014, 0.018), 0.25),
    ((0.018, 0.055, 0.20), 0.5),
    ((0.04, 0.10, 0.16), 0.6),
    ((0.30, 0.24, 0.17), 0.7),
    ((0.02, 0.07, 0.045), 0.5),
    ((0.46, 0.17, 0.03), 0.6),
)
"""Linear colour and share of flake: whites, silvers, greys, black, red, blues, beige, green, copper."""


def random_scene(seed: int, *, size: Size | None = None, undamaged: bool = False) -> Scene:
    """A scene that depends on nothing but `seed` (and the options).

    Args:
        seed: any non-negative number.
        size: of the photo; 1280 by 960 where None.
        undamaged: leaves the damages out; everything else stays as it is with them.
    """
    generator = np.random.default_rng([seed, 101])
    camera = _camera(generator)
    bodywork = _bodywork(generator)
    colour, metallic = COLOURS[int(generator.integers(len(COLOURS)))]
    paint = Paint(
        colour=colour,
        metallic=metallic,
        orange_peel=float(generator.uniform(0.2, 1.0)),
        dirt=float(generator.choice([0.05, 0.15, 0.3, 0.6], p=[0.35, 0.35, 0.2, 0.1])),
    )
    surroundings = _surroundings(generator)
    wanted = int(generator.choice([1, 2, 3], p=[0.5, 0.3, 0.2]))
    damages = tuple(
        damage for number in range(wanted) for damage in draw_damages(generator, camera, seed * 10 + number)
    )
    return Scene(
        size=size or Size(height=960, width=1280),
        camera=camera,
        bodywork=bodywork,
        paint=paint,
        surroundings=surroundings,
        damages=() if undamaged else damages,
        seed=seed,
    )


def _camera(generator: np.random.Generator) -> Camera:
    """A hand-held phone in front of some part of the car: close, a panel or two, or the whole side."""
    distance = float(generator.choice([0.8, 1.35, 1.8, 4.2], p=[0.2, 0.4, 0.25, 0.15]) * generator.uniform(0.9, 1.15))
    x = 2.1 if distance > 3 else float(generator.uniform(0.55, 3.7))
    aside = float(generator.uniform(-0.55, 0.55)) * distance
    height = float(generator.uniform(1.1, 1.55))
    aim = float(generator.uniform(0.58, 0.72))
    return Camera(
        position=(x + aside, height if distance > 1 else float(generator.uniform(0.85, 1.2)), 0.85 + distance),
        target=(x, aim, 0.85),
        roll=float(generator.normal(0, 2.0)),
        field_of_view=float(generator.uniform(56, 68)),
        exposure=float(generator.normal(0, 0.25)),
        white_balance=(float(generator.normal(1, 0.03)), float(generator.normal(1, 0.03))),
        noise=float(generator.uniform(0.002, 0.010)),
        vignetting=float(generator.uniform(0.05, 0.3)),
        softness=float(generator.uniform(0.4, 0.8)),
        aperture=float(generator.uniform(0.5, 2.0)),
        jpeg_quality=int(generator.integers(70, 95)),
        mirrored=bool(generator.random() < 0.5),
    )


def _bodywork(generator: np.random.Generator) -> Bodywork:
    return Bodywork(
        shoulder_y=float(generator.uniform(0.69, 0.77)),
        shoulder_width=float(generator.uniform(0.004, 0.025)),
        crease_y=float(generator.uniform(0.38, 0.48)),
        crease_strength=float(generator.uniform(0.05, 0.25)),
        rise=float(generator.uniform(0.0, 0.04)),
        flare=float(generator.uniform(0.008, 0.024)),
        cladding=bool(generator.random() < 0.25),
        chrome=bool(generator.random() < 0.3),
        spokes=int(generator.integers(5, 11)),
        wheel_radius=float(generator.uniform(0.295, 0.318)),
    )


def _surroundings(generator: np.random.Generator) -> Surroundings:
    place = Place(generator.choice([str(place) for place in Place], p=[0.4, 0.25, 0.2, 0.15]))
    ground = Ground(generator.choice([str(ground) for ground in Ground], p=[0.5, 0.3, 0.2]))
    return Surroundings(
        place=place,
        ground=Ground.CONCRETE if place is Place.GARAGE else ground,
        sun_azimuth=float(generator.uniform(-170, 170)),
        sun_elevation=float(generator.uniform(22, 62)),
        wall=bool(generator.random() < 0.35) and place is not Place.GARAGE,
        marking=bool(generator.random() < 0.3),
        seed=int(generator.integers(1 << 20)),
    )
