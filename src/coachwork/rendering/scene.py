"""What a rendered photo shows: a car's side, its paint, what stands around it, the camera and the damages.

World frame in metres: x along the car from its front (0) to its rear (about 4.2), y up from the ground, z out of the
side that the camera sees; the outermost skin lies near z = 0.85. Colours are linear reflectances, red, green, blue.
"""

import math
from dataclasses import dataclass, field
from enum import StrEnum

from coachwork.geometry.size import Size

Point = tuple[float, float]
"""x and y on the car's side, metres."""
Rgb = tuple[float, float, float]
"""Linear red, green, blue."""


class Place(StrEnum):
    """Where the car stands; decides what its paint reflects."""

    STREET = "street"
    OPEN = "open"
    OVERCAST = "overcast"
    GARAGE = "garage"


class Ground(StrEnum):
    """What the car stands on."""

    ASPHALT = "asphalt"
    PAVERS = "pavers"
    CONCRETE = "concrete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bodywork:
    """The car side's shape.

    Attributes:
        shoulder_y: height of the upper feature line at the middle of the car, m.
        shoulder_width: how soft that line is, m (0.004 is a knife edge, 0.03 is round).
        crease_y: height of the lower feature line, m.
        crease_strength: change of slope at the lower line (0 for none).
        rise: how much feature lines and belt rise per metre towards the rear.
        flare: how far the wheel arches stand out, m.
        cladding: black plastic around arches and sill.
        chrome: bright handle and window strip.
        spokes: number of the rim's spokes.
        wheel_radius: radius of the tyre, m.
    """

    shoulder_y: float = 0.74
    shoulder_width: float = 0.008
    crease_y: float = 0.44
    crease_strength: float = 0.18
    rise: float = 0.03
    flare: float = 0.018
    cladding: bool = False
    chrome: bool = False
    spokes: int = 5
    wheel_radius: float = 0.31


@dataclass(frozen=True, slots=True, kw_only=True)
class Paint:
    """The coat: colour, share of metallic flake, waviness of the clear coat, and the dirt on it."""

    colour: Rgb = (0.45, 0.46, 0.48)
    metallic: float = 0.6
    orange_peel: float = 0.5
    dirt: float = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Sky, sun, buildings, lamps and ground.

    Attributes:
        place, ground: see `Place` and `Ground`.
        sun_azimuth: degrees, 0 straight out of the car's side, growing towards its rear.
        sun_elevation: degrees above the horizon.
        wall: a plastered wall stands behind the car.
        marking: a worn parking line runs beside the car.
        seed: of buildings, trees, clouds and the ground's grain.
    """

    place: Place = Place.STREET
    ground: Ground = Ground.ASPHALT
    sun_azimuth: float = 40.0
    sun_elevation: float = 45.0
    wall: bool = False
    marking: bool = False
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """Where the camera stands and how it takes the photo.

    Attributes:
        position, target: world points, m.
        roll: degrees, positive turns the picture clockwise.
        field_of_view: horizontal, degrees.
        exposure: stops away from what the meter would choose.
        white_balance: gains of red and blue.
        noise: standard deviation of sensor noise at middle grey, in units of full scale.
        vignetting: share of light lost in the corners.
        softness: blur of lens and hand in pixels (standard deviation).
        aperture: blur in pixels of a point twice as far away as the target.
        jpeg_quality: quality of the written file, 1 to 100.
        mirrored: shows the other side of the car.
        shot: number of the photo, which its noise depends on; 0 for the only one.
    """

    position: tuple[float, float, float]
    target: tuple[float, float, float]
    roll: float = 0.0
    field_of_view: float = 62.0
    exposure: float = 0.0
    white_balance: tuple[float, float] = (1.0, 1.0)
    noise: float = 0.008
    vignetting: float = 0.2
    softness: float = 0.5
    aperture: float = 1.5
    jpeg_quality: int = 88
    mirrored: bool = False
    shot: int = 0

    def __post_init__(self) -> None:
        if self.position[2] <= 1.0 or not 5 <= self.field_of_view <= 110:
            message = f"a camera stands at z > 1 and sees 5 to 110 degrees, got {self.position}, {self.field_of_view}"
            raise ValueError(message)
        if math.atan2(abs(self.position[0] - self.target[0]), self.position[2] - self.target[2]) > math.radians(60):
            message = "a camera looks at the car's side at 60 degrees from its normal at most"
            raise ValueError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dent:
    """Metal pushed in: an ellipse turned by `angle` degrees, `depth` m deep at its middle.

    `crease` 0 is a soft round dent, 1 a sharp fold along the ellipse's long axis; `crumple` adds folds of crushed
    metal.
    """

    centre: Point
    radii: Point
    depth: float
    angle: float = 0.0
    crease: float = 0.0
    crumple: float = 0.0
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scratch:
    """A groove along `points`: `strands` side by side over `spread` m, each `width` m wide.

    `depth` up to 0.5 stays in the clear coat (a whitish line), up to 0.8 reaches the primer, above that the metal.
    """

    points: tuple[Point, ...]
    width: float = 0.0015
    depth: float = 0.5
    strands: int = 1
    spread: float = 0.0
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PrimerPatch:
    """Paint rubbed or flaked off down to the primer."""

    centre: Point
    radii: Point
    angle: float = 0.0
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PaintChip:
    """A stone chip, `radius` m."""

    centre: Point
    radius: float = 0.005
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rust:
    """A rust bloom, `radius` m."""

    centre: Point
    radius: float = 0.05
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Crack:
    """A branching crack in plastic (bumper or sill), starting at the first of `points`."""

    points: tuple[Point, ...]
    width: float = 0.003
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenGlass:
    """A star of cracks in a window around `centre`, out to `radius` m."""

    centre: Point
    radius: float = 0.25
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenLamp:
    """A lamp's lens with shards missing around `centre`."""

    centre: Point
    radius: float = 0.1
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenPart:
    """A piece of bumper or cladding torn away, a jagged hole of about `radii` m."""

    centre: Point
    radii: Point
    seed: int = 0


Damage = Dent | Scratch | PrimerPatch | PaintChip | Rust | Crack | BrokenGlass | BrokenLamp | BrokenPart


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Everything that a photo depends on; the same scene gives the same pixels.

    Attributes:
        size: of the photo in pixels.
        bodywork, paint, surroundings, camera: the undamaged picture.
        damages: later ones lie on top of earlier ones.
        seed: of noise and texture.
    """

    size: Size
    camera: Camera
    bodywork: Bodywork = field(default_factory=Bodywork)
    paint: Paint = field(default_factory=Paint)
    surroundings: Surroundings = field(default_factory=Surroundings)
    damages: tuple[Damage, ...] = ()
    seed: int = 0
