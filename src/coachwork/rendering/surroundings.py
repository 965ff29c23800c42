"""Light around the car: a painted sky dome with sun, buildings, trees, lamps, and the ground."""

from dataclasses import dataclass
from functools import cache, lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from coachwork.rendering.dome import HEIGHT, WIDTH, add_sun, paint_dome
from coachwork.rendering.noise import Field, lookup, mix, noise_at, smoothstep, tile
from coachwork.rendering.scene import Ground, Place, Surroundings

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
        fine = noise_at(self.grain[1], x, z, period=0.22)
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


@lru_cache(maxsize=1)
def light_up(surroundings: Surroundings) -> Lighting:
    """Paints the dome of a place and sums up what it sends to rough surfaces; keeps the latest one."""
    azimuth, elevation = np.radians(surroundings.sun_azimuth), np.radians(surroundings.sun_elevation)
    level = np.cos(elevation)
    sun = np.array([np.sin(azimuth) * level, np.sin(elevation), np.cos(azimuth) * level], dtype=np.float32)
    sunny = surroundings.place in {Place.STREET, Place.OPEN}
    dome = paint_dome(surroundings)
    bare = dome.copy()
    if sunny:
        add_sun(dome, surroundings)
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
    gathered = _weights(exponent) @ sphere.reshape(-1, 3)
    return np.asarray(gathered.reshape(rows, columns, 3), dtype=np.float32)


@cache
def _weights(exponent: float) -> Field:
    """Share (2048, 2048) of every direction (columns) in the mean around every direction (rows)."""
    rows, columns = _SMALL
    polar = (np.arange(rows) + 0.5) / rows * np.pi
    turn = (np.arange(columns) + 0.5) / columns * 2 * np.pi
    y = np.repeat(np.cos(polar), columns)
    x, z = (np.outer(np.sin(polar), wave(turn)).ravel() for wave in (np.sin, np.cos))
    places = np.stack([x, y, z], axis=1).astype(np.float32)
    weight = np.clip(places @ places.T, 0, None) ** exponent * np.repeat(np.sin(polar), columns)
    return np.asarray(weight / weight.sum(axis=1, keepdims=True), dtype=np.float32)
