"""The sky dome around the car as a panorama: sky, sun, buildings, trees, parked cars, or a garage's ceiling."""

import cv2
import numpy as np

from coachwork.rendering.noise import Field, mix, noise_at, smoothstep, tile
from coachwork.rendering.scene import Place, Surroundings

WIDTH, HEIGHT = 3072, 768
"""The dome: azimuth 0 to 360 degrees along the columns, elevation 90 to 0 degrees down the rows."""


def paint_dome(surroundings: Surroundings) -> Field:
    """Radiance (HEIGHT, WIDTH, 3) of everything but the sun."""
    generator = np.random.default_rng([surroundings.seed, 11])
    if surroundings.place is Place.GARAGE:
        return _garage(generator)
    dome = np.ascontiguousarray(_sky(surroundings, generator))
    _skyline(dome, surroundings, generator)
    _photographer(dome, generator)
    return dome


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


def add_sun(dome: Field, surroundings: Surroundings) -> None:
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
