"""Light around the car: a painted sky dome with sun, buildings, trees, lamps, and the ground."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from coachwork.rendering.noise import Field, lookup, mix, noise_at, smoothstep, tile
from coachwork.rendering.scene import Ground, Place, Surroundings

WIDTH, HEIGHT = 3072, 768
"""The dome: azimuth 0 to 360 degrees along the columns, elevation 90 to 0 degrees down the rows."""
_SMALL = (32, 64)
_GROUND_ALBEDO = {
    Ground.ASPHALT: (0.11, 0.11, 0.115),
    Ground.PAVERS: (0.24, 0.22, 0.20),
    Ground.CONCRETE: (0.30, 0.29, 0.27),
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lighting:
    """Everything that sends light to the car.

    Attributes:
        dome: (HEIGHT, WIDTH, 3) float32 radiance of the upper half.
        diffuse: (32, 64, 3) float32 irradiance over pi by direction of the normal, whole sphere.
        glossy: (32, 64, 3) float32 radiance seen by a rough mirror by direction, whole sphere.
        sun: (3,) float32 unit vector to the sun.
        sunny: whether the sun throws shadows.
        grain: (3, 512, 512) float32 noise of the ground.
        ground: kind of ground.
        wall: whether a wall stands behind the car.
        marking: whether a parking line runs beside it.
        daylight: (3,) float32 light that an open horizontal white surface gives back.
    """

    dome: Field
    diffuse: Field
    glossy: Field
    sun: NDArray[np.float32]
    sunny: bool
    grain: tuple[Field, Field, Field]
    ground: Ground
    wall: bool
    marking: bool
    daylight: NDArray[np.float32]

    def seen(self, direction: Field) -> Field:
        """Radiance (H, W, 3) of the dome along unit vectors (H, W, 3); below the horizon that of the horizon."""
        column, row = _dome_place(direction)
        return lookup(self.dome, column, row, border=cv2.BORDER_REPLICATE)

    def small(self, picture: Field, direction: Field) -> Field:
        """Values (H, W, 3) of `diffuse` or `glossy` along unit vectors (H, W, 3)."""
        rows, columns = _SMALL
        padded = np.concatenate([picture[:, -1:], picture, picture[:, :1]], axis=1)
        column = _azimuth(direction) * np.float32(columns) + np.float32(0.5)
        polar = np.arccos(np.clip(direction[..., 1], -1, 1)) * np.float32(rows / np.pi) - np.float32(0.5)
        return lookup(padded, column, np.asarray(polar, dtype=np.float32))

    def ground_light(self, x: Field, z: Field) -> Field:
        """Radiance (H, W, 3) of the ground at x and z (H, W), with the car's shadow."""
        coarse = noise_at(self.grain[0], x, z, period=6.0)
        fine = noise_at(self.grain[1], x, z, period=0.35)
        grit = noise_at(self.grain[2], x, z, period=0.9)
        value = 1 + 0.10 * coarse + (0.16 if self.ground is Ground.ASPHALT else 0.07) * fine + 0.06 * grit
        if self.ground is Ground.PAVERS:
            value = value * _joints(x, z, self.grain[0])
        if self.ground is Ground.CONCRETE:
            seam = np.abs(np.mod(x + 0.7, 3.0) - 1.5)
            value = value * (0.45 + 0.55 * smoothstep(0.004, 0.012, np.asarray(1.5 - seam, dtype=np.float32)))
            value = value * (1 - 0.35 * smoothstep(0.9, 2.2, coarse))
        albedo = np.array(_GROUND_ALBEDO[self.ground], dtype=np.float32)
        lit = np.clip(value, 0.1, 3).astype(np.float32) * self._shade(x, z)
        light = lit[..., None] * albedo * self.daylight
        if self.marking:
            light = _marked(light, x, z, lit[..., None] * self.daylight, self.grain[1])
        return np.asarray(light, dtype=np.float32)

    def wall_light(self, x: Field, y: Field) -> Field:
        """Radiance (H, W, 3) of the plastered wall at x and y (H, W): stains, a darker plinth, dirt low down."""
        stain = noise_at(self.grain[0], x, (0.4 * y).astype(np.float32), period=5.0)
        plaster = noise_at(self.grain[1], x, y, period=0.5)
        value = (1 + 0.10 * stain + 0.06 * plaster) * (0.55 + 0.45 * smoothstep(0.0, 0.9, y))
        value = value * (1 - 0.45 * smoothstep(0.46, 0.45, y))
        facing = np.zeros((1, 1, 3), dtype=np.float32)
        facing[..., 2] = 1
        tint = self.small(self.diffuse, facing)[0, 0] * np.array([0.46, 0.42, 0.35])
        return np.asarray(value[..., None] * tint, dtype=np.float32)

    def _shade(self, x: Field, z: Field) -> Field:
        """Share (H, W) of the daylight that the car leaves to the ground."""
        sideways = np.maximum(np.abs(x - np.float32(2.1)) - np.float32(2.0), np.abs(z) - np.float32(0.8))
        open_sky = 0.10 + 0.90 * smoothstep(-0.22, 0.75, np.asarray(sideways, dtype=np.float32))
        if not self.sunny or self.sun[1] < 0.1:
            return np.asarray(open_sky, dtype=np.float32)
        shadow = np.zeros_like(x)
        for height in (0.3, 0.55, 0.8, 1.05, 1.3):
            along = np.abs(x + self.sun[0] / self.sun[1] * height - 2.1) - (2.0 if height < 1 else 1.3)
            across = np.abs(z + self.sun[2] / self.sun[1] * height) - (0.84 if height < 1 else 0.62)
            shadow = np.maximum(shadow, smoothstep(0.03, -0.03, np.maximum(along, across).astype(np.float32)))
        return np.asarray(open_sky * (1 - 0.62 * shadow), dtype=np.float32)


def _marked(light: Field, x: Field, z: Field, white: Field, wear: Field) -> Field:
    """Paints a worn parking line beside the car."""
    line = smoothstep(0.055, 0.045, np.abs(z - 1.75 - 0.02 * x).astype(np.float32))
    line = line * smoothstep(-0.9, 0.3, noise_at(wear, x, z, period=0.8)) * smoothstep(3.1, 3.0, x)
    return mix(light, np.asarray(0.5 * white, dtype=np.float32), line)


def _joints(x: Field, z: Field, tint: Field) -> Field:
    """Joints and tone (H, W) of rectangular pavers in stretcher bond, 20 by 10 cm."""
    course = np.floor(z / 0.1)
    along = np.mod(x + 0.1 * np.mod(course, 2), 0.2)
    across = np.mod(z, 0.1)
    edge = np.minimum(np.minimum(along, 0.2 - along), np.minimum(across, 0.1 - across)).astype(np.float32)
    stone = noise_at(
        tint,
        (np.floor((x + 0.1 * np.mod(course, 2)) / 0.2) * 0.37).astype(np.float32),
        (course * 0.53).astype(np.float32),
        period=5.0,
    )
    return np.asarray((0.35 + 0.65 * smoothstep(0.0015, 0.006, edge)) * (1 + 0.12 * stone), dtype=np.float32)


def _azimuth(direction: Field) -> Field:
    """Azimuth (H, W) as a share of the full turn, 0 along +z, growing towards +x."""
    turn = np.arctan2(direction[..., 0], direction[..., 2]) * np.float32(0.5 / np.pi)
    return np.asarray(np.mod(turn, 1.0), dtype=np.float32)


def _dome_place(direction: Field) -> tuple[Field, Field]:
    column = _azimuth(direction) * np.float32(WIDTH - 1)
    row = np.float32(HEIGHT - 1) * (1 - np.arcsin(np.clip(direction[..., 1], 0, 1)) * np.float32(2 / np.pi))
    return column, np.asarray(row, dtype=np.float32)


def light_up(surroundings: Surroundings) -> Lighting:
    """Paints the dome of a place and sums up what it sends to rough surfaces."""
    generator = np.random.default_rng([surroundings.seed, 11])
    azimuth, elevation = np.radians(surroundings.sun_azimuth), np.radians(surroundings.sun_elevation)
    level = np.cos(elevation)
    sun = np.array([np.sin(azimuth) * level, np.sin(elevation), np.cos(azimuth) * level], dtype=np.float32)
    sunny = surroundings.place in {Place.STREET, Place.OPEN}
    if surroundings.place is Place.GARAGE:
        dome = _garage(generator)
    else:
        dome = np.ascontiguousarray(_sky(surroundings, generator))
        _skyline(dome, surroundings, generator)
        _photographer(dome, generator)
    bare = dome.copy()
    if sunny:
        _add_sun(dome, surroundings)
    upper = cv2.resize(dome, (_SMALL[1], _SMALL[0] // 2), interpolation=cv2.INTER_AREA)
    soft = cv2.resize(bare, (_SMALL[1], _SMALL[0] // 2), interpolation=cv2.INTER_AREA)
    white = _gather(np.concatenate([upper, np.zeros_like(upper)]), 1.0)[0].mean(axis=0)
    below = np.broadcast_to(np.array(_GROUND_ALBEDO[surroundings.ground]) * white * 0.8, upper.shape)
    whole = np.concatenate([upper, below.astype(np.float32)])
    glossy = _gather(np.concatenate([0.35 * upper + 0.65 * soft, below.astype(np.float32)]), 9.0)
    noises = (tile(surroundings.seed + 1), tile(surroundings.seed + 2, coarsest=32), tile(surroundings.seed + 3))
    return Lighting(
        dome=dome,
        diffuse=_gather(whole, 1.0),
        glossy=glossy,
        sun=sun,
        sunny=sunny,
        grain=noises,
        ground=surroundings.ground,
        wall=surroundings.wall,
        marking=surroundings.marking,
        daylight=white.astype(np.float32),
    )


def _gather(sphere: Field, exponent: float) -> Field:
    """Weighted mean (32, 64, 3) of a sphere's radiance around each direction, weights cos^exponent."""
    rows, columns = _SMALL
    polar = (np.arange(rows) + 0.5) / rows * np.pi
    turn = (np.arange(columns) + 0.5) / columns * 2 * np.pi
    y = np.repeat(np.cos(polar), columns)
    x, z = (np.outer(np.sin(polar), wave(turn)).ravel() for wave in (np.sin, np.cos))
    places = np.stack([x, y, z], axis=1)
    weight = np.clip(places @ places.T, 0, None) ** exponent * np.repeat(np.sin(polar), columns)
    weight /= weight.sum(axis=1, keepdims=True)
    return np.asarray((weight @ sphere.reshape(-1, 3)).reshape(rows, columns, 3), dtype=np.float32)


def _grid() -> tuple[Field, Field]:
    """Azimuth of columns (1, W) and elevation of rows (H, 1), degrees."""
    azimuth = np.linspace(0, 360, WIDTH, dtype=np.float32)[None, :]
    elevation = np.linspace(90, 0, HEIGHT, dtype=np.float32)[:, None]
    return azimuth, elevation


def _sky(surroundings: Surroundings, generator: np.random.Generator) -> Field:
    _, elevation = _grid()
    height = np.broadcast_to(elevation / 90, (HEIGHT, WIDTH)).astype(np.float32)
    cloud = tile(int(generator.integers(1 << 30)), coarsest=4)
    azimuth = np.broadcast_to(np.arange(WIDTH, dtype=np.float32) / np.float32(WIDTH), (HEIGHT, WIDTH))
    puff = noise_at(cloud, azimuth, (height**0.6).astype(np.float32), period=1.0)
    if surroundings.place is Place.OVERCAST:
        grey = 0.75 + 0.65 * height + 0.10 * puff
        return np.asarray(grey[..., None] * np.array([0.95, 1.0, 1.06]), dtype=np.float32)
    fade = smoothstep(0.0, 0.55, height)
    horizon = np.broadcast_to(np.array([1.0, 1.05, 1.12], dtype=np.float32), (HEIGHT, WIDTH, 3))
    zenith = np.broadcast_to(np.array([0.22, 0.38, 0.72], dtype=np.float32), (HEIGHT, WIDTH, 3))
    blue = mix(horizon.astype(np.float32), zenith.astype(np.float32), fade)
    cover = smoothstep(float(generator.uniform(-0.4, 0.8)), 1.6, puff) * smoothstep(0.02, 0.2, height)
    return mix(blue, np.full_like(blue, 1.75), np.asarray(0.85 * cover, dtype=np.float32))


def _add_sun(dome: Field, surroundings: Surroundings) -> None:
    """Adds the disc (widened to 3 degrees, so that the dome's pixels carry its power) and its glow."""
    azimuth, elevation = _grid()
    apart = np.mod(azimuth - surroundings.sun_azimuth + 180, 360) - 180
    angle = np.hypot(apart * np.cos(np.radians(surroundings.sun_elevation)), elevation - surroundings.sun_elevation)
    angle = angle.astype(np.float32)
    disc = 2700 * smoothstep(1.3, 0.8, angle) + 2.2 * np.exp(-((angle / 9) ** 2)) + 0.5 * np.exp(-((angle / 25) ** 2))
    dome += disc[..., None] * np.array([1.0, 0.94, 0.84], dtype=np.float32)


def _skyline(dome: Field, surroundings: Surroundings, generator: np.random.Generator) -> None:
    """Draws a row of buildings and trees, then parked cars, along the horizon."""
    elevation = _grid()[1]
    far = np.asarray(dome[-60:-40].mean(axis=(0, 1)), dtype=np.float32)
    hills = tile(int(generator.integers(1 << 30)), coarsest=4)[0]
    ridge = 2.8 + 1.9 * np.interp(np.linspace(0, 511, WIDTH), np.arange(512), hills)
    leaf = np.take(
        np.take(tile(int(generator.integers(1 << 30)), coarsest=16), np.arange(HEIGHT) % 512, 0),
        np.arange(WIDTH) % 512,
        1,
    )
    hedge = far * np.array([0.17, 0.20, 0.12]) * (1 + 0.3 * np.clip(leaf, -1.8, 2))[..., None]
    dome[:] = np.where((elevation < ridge[None, :])[..., None], hedge, dome)
    column = 0.0
    crowded = 0.9 if surroundings.place is Place.STREET else 0.55
    while column < WIDTH:
        wide = float(generator.uniform(90, 330))
        if generator.random() < crowded:
            if generator.random() < 0.55:
                _building(dome, int(column), int(wide), generator, far)
            else:
                _tree(dome, int(column + wide / 2), wide, generator, far)
        column += wide * float(generator.uniform(0.8, 1.2))
    for _ in range(int(generator.integers(10, 24))):
        _parked_car(dome, int(generator.integers(WIDTH)), generator, far)


def _span(start: int, stop: int) -> slice:
    return slice(max(0, min(start, WIDTH)), max(0, min(stop, WIDTH)))


def _building(dome: Field, start: int, wide: int, generator: np.random.Generator, light: Field) -> None:
    height = int(generator.uniform(6, 21) / 90 * HEIGHT)
    tone = generator.uniform(0.22, 0.75)
    wall = (light * tone * generator.uniform([0.95, 0.86, 0.72], [1.05, 1.0, 1.0])).astype(np.float32)
    top = HEIGHT - height
    dome[top:, _span(start, start + wide)] = wall
    dome[top : top + 5, _span(start - 3, start + wide + 3)] = wall * 1.25
    across = int(generator.integers(18, 34))
    down = int(generator.integers(20, 30))
    gap = int(generator.integers(7, 12))
    for row in range(top + 12, HEIGHT - 25, down):
        for column in range(start + 8, start + wide - across + gap, across):
            pane = light * generator.choice([0.05, 0.09, 0.14, 0.45], p=[0.4, 0.3, 0.2, 0.1])
            dome[row : row + down - gap, _span(column, column + across - gap)] = pane
            dome[row + down - gap : row + down - gap + 2, _span(column - 1, column + across - gap + 1)] = wall * 1.2


def _tree(dome: Field, centre: int, wide: float, generator: np.random.Generator, light: Field) -> None:
    height = generator.uniform(8, 20) / 90 * HEIGHT
    leaves = tile(int(generator.integers(1 << 30)), coarsest=8)
    half = int(wide / 2)
    columns = np.arange(max(0, centre - half), min(WIDTH, centre + half))
    rows = np.arange(int(HEIGHT - 1.1 * height), HEIGHT)
    if columns.size == 0:
        return
    apart_x = (columns[None, :] - centre) / half
    apart_y = (rows[:, None] - (HEIGHT - 0.62 * height)) / (0.42 * height)
    patch = leaves[np.ix_(rows % 512, columns % 512)]
    crown = np.hypot(apart_x, apart_y) + 0.22 * patch < 0.85
    trunk = (np.abs(apart_x) < 0.035) & (apart_y > 0)
    green = (
        light
        * np.array([0.10, 0.15, 0.05])
        * (1.2 + 0.8 * np.clip(patch, -1.3, 2)[..., None] - 0.3 * apart_y[..., None])
    )
    area = dome[rows[0] :, columns[0] : columns[-1] + 1]
    area[:] = np.where(trunk[..., None], light * np.array([0.09, 0.07, 0.05]), area)
    area[:] = np.where(crown[..., None], green, area)


def _parked_car(dome: Field, start: int, generator: np.random.Generator, light: Field) -> None:
    long = int(generator.uniform(60, 170))
    scale = long / 4.2
    colour = light * generator.choice([0.06, 0.2, 0.5, 0.8]) * generator.uniform(0.7, 1.0, 3)
    base = HEIGHT - 1
    outline = np.array([[0, 0.4], [0, 0.8], [0.9, 0.95], [1.5, 1.4], [3.0, 1.4], [3.8, 0.95], [4.2, 0.9], [4.2, 0.4]])
    glass = np.array([[1.15, 0.97], [1.6, 1.32], [2.9, 1.32], [3.5, 0.97]])
    for points, tone in ((outline, colour), (glass, light * 0.1)):
        pixels = np.stack([start + points[:, 0] * scale, base - points[:, 1] * scale], axis=1).astype(np.int32)
        cv2.fillPoly(dome, [pixels], tuple(float(part) for part in tone), lineType=cv2.LINE_AA)
    dome[base - int(0.42 * scale) :, _span(start, start + long)] = light * 0.05
    for wheel in (0.85, 3.3):
        cv2.circle(
            dome, (start + int(wheel * scale), base - int(0.3 * scale)), int(0.33 * scale), (0.03, 0.03, 0.03), -1
        )


def _photographer(dome: Field, generator: np.random.Generator) -> None:
    """A person's soft outline near azimuth 0, whom glossy paint shows again."""
    centre = int(generator.uniform(-8, 8) / 360 * WIDTH) % WIDTH
    height = int(generator.uniform(5, 9) / 90 * HEIGHT)
    dark = tuple(float(part) for part in generator.uniform(0.04, 0.12, 3))
    canvas = np.roll(dome, WIDTH // 2 - centre, axis=1)
    middle = WIDTH // 2
    cv2.rectangle(canvas, (middle - 16, HEIGHT - height), (middle + 16, HEIGHT), dark, -1)
    cv2.circle(canvas, (middle, HEIGHT - height - 9), 9, dark, -1, cv2.LINE_AA)
    dome[:] = np.roll(canvas, centre - WIDTH // 2, axis=1)


def _garage(generator: np.random.Generator) -> Field:
    """A parking deck: concrete ceiling with strip lights, pillars, far wall with a coloured band."""
    azimuth, elevation = _grid()
    tan = np.tan(np.radians(np.clip(elevation, 0.05, 89.9)))
    wall = np.broadcast_to(elevation < 17, (HEIGHT, WIDTH))
    depth = 1.8 / tan
    across = (depth * np.sin(np.radians(azimuth))).astype(np.float32)
    out = (depth * np.cos(np.radians(azimuth))).astype(np.float32)
    stain = noise_at(tile(int(generator.integers(1 << 30))), across, out, period=7.0)
    dome = np.empty((HEIGHT, WIDTH, 3), dtype=np.float32)
    dome[:] = (0.16 * (1 + 0.15 * stain))[..., None] * np.array([1.0, 0.97, 0.9], dtype=np.float32)
    row = float(generator.uniform(2.2, 3.4))
    shift = float(generator.uniform(0, 3))
    tube = (np.abs(np.mod(out + shift, row) - row / 2) < 0.07) & (np.mod(across + shift, 2.4) < 1.5) & ~wall
    beam = (np.abs(np.mod(across + 1.1, 4.8) - 2.4) < 0.2) & ~wall
    dome[beam] *= 0.6
    dome[tube] = np.array([14.0, 14.5, 13.5], dtype=np.float32)
    side = np.where(elevation < 6, 0.14, 0.24) * np.ones_like(azimuth)
    band = (elevation > 6) & (elevation < 7.6) & (azimuth >= 0)
    concrete = side[..., None] * np.array([1.0, 0.98, 0.93]) * (1 + 0.06 * stain[..., None])
    dome[wall] = concrete[wall].astype(np.float32)
    dome[np.broadcast_to(band, wall.shape)] = np.array([0.42, 0.28, 0.03], dtype=np.float32)
    pillar = np.broadcast_to(np.mod(azimuth + 25 * shift, 47) < 6, wall.shape) & wall
    dome[pillar] *= 0.55
    return cv2.GaussianBlur(dome, (0, 0), 1.2).astype(np.float32)
