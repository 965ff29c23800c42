"""The scenes of the sample photos that ship with Coachwork (`src/coachwork/samples`)."""

from collections.abc import Mapping
from dataclasses import dataclass

from coachwork.geometry.size import Size
from coachwork.rendering.scene import (
    Bodywork,
    BrokenLamp,
    BrokenPart,
    Camera,
    Dent,
    Ground,
    Paint,
    PaintChip,
    Place,
    PrimerPatch,
    Rust,
    Scene,
    Scratch,
    Surroundings,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplePhoto:
    """A scene and how its file is stored (EXIF orientation 1, 3, 6 or 8)."""

    scene: Scene
    orientation: int = 1


_SIZE = Size(height=960, width=1280)
_TALL = Size(height=1280, width=960)
_SILVER = Paint(colour=(0.50, 0.51, 0.53), metallic=0.75, dirt=0.15)
_RED = Paint(colour=(0.30, 0.014, 0.018), metallic=0.25, dirt=0.1)
_BLUE = Paint(colour=(0.018, 0.055, 0.20), metallic=0.5, dirt=0.15)
_WHITE = Paint(colour=(0.72, 0.72, 0.70), metallic=0.0, dirt=0.2)
_GREY = Paint(colour=(0.09, 0.10, 0.11), metallic=0.6, dirt=0.1)

_CRUSHED_DOOR = Scene(
    size=_SIZE,
    camera=Camera(position=(2.95, 1.32, 2.35), target=(2.5, 0.62, 0.85), field_of_view=60, roll=2, jpeg_quality=86),
    bodywork=Bodywork(spokes=7, crease_strength=0.12),
    paint=_SILVER,
    surroundings=Surroundings(place=Place.STREET, sun_azimuth=-50, sun_elevation=38, seed=4),
    damages=(
        Dent(centre=(2.42, 0.56), radii=(0.34, 0.17), depth=0.034, crease=0.6, crumple=0.6, angle=9, seed=1),
        Scratch(
            points=((2.02, 0.47), (2.40, 0.52), (2.80, 0.60)), width=0.0024, depth=0.7, strands=24, spread=0.09, seed=3
        ),
        Dent(centre=(1.78, 0.56), radii=(0.16, 0.09), depth=0.011, crease=0.3, angle=5, seed=5),
    ),
    seed=101,
)
_SCRATCHED_DOORS = Scene(
    size=_SIZE,
    camera=Camera(position=(1.75, 1.25, 2.15), target=(1.95, 0.66, 0.85), field_of_view=62, roll=-1.5, jpeg_quality=86),
    bodywork=Bodywork(shoulder_y=0.72, chrome=True, spokes=10),
    paint=_RED,
    surroundings=Surroundings(place=Place.OPEN, ground=Ground.PAVERS, sun_azimuth=140, sun_elevation=40, seed=9),
    damages=(
        Scratch(points=((1.35, 0.61), (1.75, 0.64), (2.25, 0.62), (2.62, 0.58)), width=0.0036, depth=0.75, seed=11),
        Scratch(points=((1.50, 0.52), (1.80, 0.545), (2.02, 0.55)), width=0.0030, depth=0.6, seed=12),
        Scratch(points=((2.20, 0.78), (2.42, 0.74), (2.55, 0.73)), width=0.0024, depth=0.45, seed=13),
    ),
    seed=102,
)
_FRONT_BUMPER = Scene(
    size=_SIZE,
    camera=Camera(
        position=(0.25, 1.20, 2.15), target=(0.55, 0.57, 0.85), field_of_view=60, mirrored=True, jpeg_quality=86
    ),
    bodywork=Bodywork(spokes=6, crease_strength=0.2),
    paint=_WHITE,
    surroundings=Surroundings(place=Place.GARAGE, ground=Ground.CONCRETE, marking=True, seed=3),
    damages=(
        BrokenPart(centre=(0.30, 0.385), radii=(0.13, 0.055), seed=22),
        Scratch(
            points=((0.10, 0.53), (0.28, 0.52), (0.50, 0.47)), width=0.0028, depth=0.7, strands=18, spread=0.06, seed=21
        ),
        PrimerPatch(centre=(0.38, 0.58), radii=(0.055, 0.032), angle=-15, seed=23),
        Dent(centre=(0.98, 0.74), radii=(0.15, 0.08), depth=0.014, crease=0.4, angle=-8, seed=24),
    ),
    seed=103,
)
_REAR_CORNER = Scene(
    size=_SIZE,
    camera=Camera(position=(3.95, 1.30, 2.45), target=(3.55, 0.66, 0.85), field_of_view=62, roll=-2, jpeg_quality=86),
    bodywork=Bodywork(shoulder_y=0.75, spokes=5),
    paint=_BLUE,
    surroundings=Surroundings(
        place=Place.STREET, ground=Ground.ASPHALT, sun_azimuth=160, sun_elevation=50, wall=True, seed=12
    ),
    damages=(
        Dent(centre=(3.66, 0.84), radii=(0.20, 0.12), depth=0.026, crease=0.5, crumple=0.5, angle=-20, seed=31),
        BrokenLamp(centre=(3.93, 0.88), radius=0.13, seed=32),
        Scratch(
            points=((3.80, 0.58), (3.95, 0.55), (4.08, 0.54)),
            width=0.0026,
            depth=0.95,
            strands=12,
            spread=0.05,
            seed=33,
        ),
    ),
    seed=104,
)
_SMALL_MARKS = Scene(
    size=_TALL,
    camera=Camera(position=(1.25, 1.22, 1.95), target=(1.40, 0.70, 0.85), field_of_view=52, jpeg_quality=86),
    bodywork=Bodywork(cladding=True, spokes=8, shoulder_width=0.02),
    paint=_GREY,
    surroundings=Surroundings(place=Place.STREET, sun_azimuth=60, sun_elevation=55, seed=21),
    damages=(
        Dent(centre=(1.58, 0.62), radii=(0.10, 0.075), depth=0.011, seed=41),
        PaintChip(centre=(1.30, 0.70), radius=0.011, seed=42),
        PaintChip(centre=(1.33, 0.60), radius=0.009, seed=43),
        PaintChip(centre=(1.42, 0.54), radius=0.010, seed=44),
        Rust(centre=(1.32, 0.40), radius=0.04, seed=45),
        Scratch(points=((1.45, 0.80), (1.60, 0.79), (1.76, 0.76)), width=0.0018, depth=0.55, seed=46),
    ),
    seed=105,
)
_CLEAN_SIDE = Scene(
    size=_SIZE,
    camera=Camera(
        position=(2.4, 1.40, 5.3), target=(2.1, 0.68, 0.85), field_of_view=60, mirrored=True, jpeg_quality=84
    ),
    bodywork=Bodywork(chrome=True, spokes=9),
    paint=Paint(colour=(0.04, 0.10, 0.16), metallic=0.6, dirt=0.05),
    surroundings=Surroundings(place=Place.OPEN, sun_azimuth=-65, sun_elevation=42, seed=6),
    seed=106,
)
_CLEAN_DOOR = Scene(
    size=_SIZE,
    camera=Camera(position=(2.65, 1.30, 2.40), target=(2.35, 0.66, 0.85), field_of_view=60, roll=1, jpeg_quality=86),
    bodywork=Bodywork(shoulder_y=0.73, spokes=10),
    paint=Paint(colour=(0.78, 0.77, 0.74), metallic=0.15, dirt=0.08),
    surroundings=Surroundings(place=Place.OVERCAST, ground=Ground.PAVERS, wall=True, seed=8),
    seed=107,
)
_TOO_DARK = Scene(
    size=_SIZE,
    camera=Camera(
        position=(1.10, 1.30, 2.30),
        target=(1.45, 0.62, 0.85),
        exposure=-4.2,
        noise=0.006,
        softness=0.9,
        jpeg_quality=84,
    ),
    bodywork=Bodywork(spokes=6),
    paint=_GREY,
    surroundings=Surroundings(place=Place.GARAGE, ground=Ground.CONCRETE, seed=5),
    damages=(Dent(centre=(1.55, 0.60), radii=(0.22, 0.13), depth=0.026, crease=0.5, crumple=0.4, angle=12, seed=61),),
    seed=108,
)

SAMPLE_PHOTOS: Mapping[str, SamplePhoto] = {
    "crushed-door.jpg": SamplePhoto(scene=_CRUSHED_DOOR),
    "scratched-doors.jpg": SamplePhoto(scene=_SCRATCHED_DOORS),
    "front-bumper.jpg": SamplePhoto(scene=_FRONT_BUMPER),
    "rear-corner.jpg": SamplePhoto(scene=_REAR_CORNER),
    "small-marks-turned.jpg": SamplePhoto(scene=_SMALL_MARKS, orientation=6),
    "undamaged-side.jpg": SamplePhoto(scene=_CLEAN_SIDE),
    "undamaged-door.jpg": SamplePhoto(scene=_CLEAN_DOOR),
    "too-dark.jpg": SamplePhoto(scene=_TOO_DARK),
}
"""File name -> what it shows. `coachwork render --samples` writes them again."""
