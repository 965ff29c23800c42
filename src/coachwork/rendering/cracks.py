"""Damages of brittle parts: cracked plastic, starred glass, broken lamps, torn pieces."""

import numpy as np
from numpy.typing import NDArray

from coachwork.rendering.noise import Field, noise_at, smoothstep, tile
from coachwork.rendering.outlines import Outline
from coachwork.rendering.scene import BrokenGlass, BrokenLamp, BrokenPart, Crack
from coachwork.rendering.surface import Material, Surface

SPLIT = Material(colour=(0.010, 0.010, 0.010), coat=0.0, rough=1.0)
FRACTURE = Material(colour=(0.62, 0.66, 0.66), coat=0.04, rough=1.0)
FOAM = Material(colour=(0.11, 0.11, 0.12), coat=0.02, rough=1.0)


def crack(surface: Surface, damage: Crack) -> Field:
    """Splits plastic along a jagged line with short branches; one lip stands out."""
    generator = np.random.default_rng([damage.seed, 81])
    main = jagged(np.array(damage.points, dtype=np.float64), 0.10, generator)
    lines = [main]
    for _ in range(int(generator.integers(2, 5))):
        start = int(generator.integers(len(main) // 4, len(main) - 2))
        heading = main[start + 1] - main[start]
        angle = generator.choice([-1, 1]) * generator.uniform(0.5, 1.1)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        far = main[start] + turn @ (heading / max(np.hypot(*heading), 1e-9)) * generator.uniform(0.02, 0.09)
        lines.append(jagged(np.stack([main[start], far]), 0.10, generator))
    where = np.maximum(surface.sheet, surface.plastic)
    away = surface.away_from(lines)
    half = damage.width / 2
    share = smoothstep(half + 0.6 * surface.texel, half - 0.6 * surface.texel, away) * where
    lip = np.exp(-((away / 0.012) ** 2)).astype(np.float32) * where
    surface.height += np.float32(0.0025) * lip
    surface.coat_with(share, SPLIT)
    surface.light *= 1 - np.float32(0.8) * share
    return np.asarray(smoothstep(half + 0.0015, half + 0.0005, away) * where, dtype=np.float32)


def jagged(points: Outline, amount: float, generator: np.random.Generator, *, rounds: int = 5) -> Outline:
    """Breaks every piece of a line at its middle, sideways by up to `amount` of its length, several times."""
    line = points
    for _ in range(rounds):
        step = np.diff(line, axis=0)
        side = np.stack([-step[:, 1], step[:, 0]], axis=1) * generator.uniform(-amount, amount, (len(step), 1))
        broken = np.empty((2 * len(line) - 1, 2))
        broken[::2] = line
        broken[1::2] = line[:-1] + step / 2 + side
        line = broken
    return line


def _star(centre: tuple[float, float], radius: float, rays: int, generator: np.random.Generator) -> list[Outline]:
    """Rays from a centre, and broken rings between neighbouring rays."""
    angles = np.sort(np.linspace(0, 2 * np.pi, rays, endpoint=False) + generator.uniform(-0.15, 0.15, rays))
    reach = radius * generator.uniform(0.5, 1.0, rays)
    middle = np.array(centre)

    def at(number: int, distance: float) -> NDArray[np.float64]:
        angle = angles[number % rays]
        return np.asarray(middle + distance * np.array([np.cos(angle), np.sin(angle)]))

    lines = [jagged(np.stack([middle, at(ray, reach[ray])]), 0.05, generator) for ray in range(rays)]
    for ring in np.geomspace(0.10, 0.75, 6) * radius:
        for ray in range(rays):
            if generator.random() < 0.72 and ring < min(reach[ray], reach[(ray + 1) % rays]):
                ends = [at(ray + step, ring * generator.uniform(0.85, 1.15)) for step in (0, 1)]
                lines.append(jagged(np.stack(ends), 0.06, generator, rounds=3))
    return lines


def break_glass(surface: Surface, damage: BrokenGlass) -> Field:
    """Stars a window; the damage is the region that the cracks reach, crushed white at its middle."""
    generator = np.random.default_rng([damage.seed, 82])
    away = surface.away_from(_star(damage.centre, damage.radius, int(generator.integers(13, 20)), generator))
    out = np.hypot(surface.x - damage.centre[0], surface.y - damage.centre[1]).astype(np.float32)
    width = 0.0009 + 0.0016 * np.exp(-out / np.float32(0.3 * damage.radius))
    line = np.clip((width - away) / np.float32(surface.texel) + 0.5, 0, 1) * np.minimum(1, 2 * width / surface.texel)
    line = np.asarray(line * surface.glass, dtype=np.float32)
    grain = noise_at(tile(damage.seed + 83, coarsest=32), surface.x, surface.y, period=0.3)
    crushed = (
        smoothstep(0.14 * damage.radius, 0.05 * damage.radius, out * (1 + 0.25 * grain).astype(np.float32))
        * surface.glass
    )
    surface.coat_with(np.asarray(line * 0.85, dtype=np.float32), FRACTURE)
    surface.coat_with(np.asarray(crushed * (0.55 + 0.2 * np.clip(grain, -1, 1)), dtype=np.float32), FRACTURE)
    tilt = noise_at(tile(damage.seed + 84, octaves=2, coarsest=8), surface.x, surface.y, period=0.8)
    surface.height += np.float32(0.0012) * np.asarray(
        tilt * smoothstep(damage.radius, 0, out) * surface.glass, dtype=np.float32
    )
    reached = smoothstep(0.030, 0.028, away) * surface.glass * smoothstep(damage.radius * 1.02, damage.radius, out)
    return np.asarray(reached, dtype=np.float32)


def break_lamp(surface: Surface, damage: BrokenLamp) -> Field:
    """Knocks shards out of a lamp: a jagged dark hole, cracks around it, white edges."""
    generator = np.random.default_rng([damage.seed, 85])
    hole = surface.within(_shard(damage.centre, (damage.radius * 0.62, damage.radius * 0.5), generator))
    gone = surface.edge(hole) * surface.lamp
    away = surface.away_from(_star(damage.centre, damage.radius, 9, generator))
    line = smoothstep(0.0016, 0.0006, away) * surface.lamp * (1 - gone)
    surface.coat_with(np.asarray(line * 0.5, dtype=np.float32), FRACTURE)
    rim = smoothstep(0.0035, 0.001, np.abs(hole).astype(np.float32)) * surface.lamp
    _hollow(surface, gone, damage.seed)
    surface.coat_with(np.asarray(rim * _patchy(surface, damage.seed), dtype=np.float32), FRACTURE)
    near = np.hypot(surface.x - damage.centre[0], surface.y - damage.centre[1]).astype(np.float32)
    cracked = smoothstep(0.020, 0.018, away) * smoothstep(damage.radius * 1.02, damage.radius, near)
    return np.asarray(np.maximum(gone, cracked * surface.lamp), dtype=np.float32)


def tear(surface: Surface, damage: BrokenPart) -> Field:
    """Tears a piece away: a jagged hole with pale broken edges, foam and shadow behind."""
    generator = np.random.default_rng([damage.seed, 86])
    hole = surface.within(_shard(damage.centre, damage.radii, generator))
    gone = surface.edge(hole) * np.maximum(surface.sheet, surface.plastic)
    bent = np.exp(-((np.clip(-hole, 0, None) / 0.035) ** 2)).astype(np.float32) * (1 - gone)
    surface.height += np.float32(0.010) * bent * surface.edge(surface.body)
    _hollow(surface, gone, damage.seed)
    rim = smoothstep(0.003, 0.001, np.abs(hole + np.float32(0.0015)).astype(np.float32)) * np.maximum(
        surface.sheet, surface.plastic
    )
    surface.coat_with(np.asarray(rim * _patchy(surface, damage.seed), dtype=np.float32), FRACTURE)
    surface.light *= 1 - np.float32(0.4) * gone * smoothstep(0.05, 0.0, hole)
    return gone


def _patchy(surface: Surface, seed: int) -> Field:
    """How much (H, W) of a broken edge is pale."""
    return 0.55 * smoothstep(-0.6, 0.9, noise_at(tile(seed + 88, octaves=4), surface.x, surface.y, period=0.25))


def _hollow(surface: Surface, gone: Field, seed: int) -> None:
    """Shows a dark, uneven inside where `gone` (H, W) is 1."""
    lumps = noise_at(tile(seed + 87, octaves=4), surface.x, surface.y, period=0.35)
    surface.coat_with(gone, FOAM)
    surface.light += gone * (np.float32(0.26) + np.float32(0.14) * np.clip(lumps, -1.5, 2) - surface.light)
    surface.height += gone * (np.float32(0.004) * lumps - np.float32(0.01))


def _shard(centre: tuple[float, float], radii: tuple[float, float], generator: np.random.Generator) -> Outline:
    """A spiky closed line around a centre."""
    corners = 11
    angles = np.linspace(0, 2 * np.pi, corners, endpoint=False) + generator.uniform(-0.2, 0.2, corners)
    reach = generator.uniform(0.55, 1.15, corners)
    corner = np.stack(
        [centre[0] + radii[0] * reach * np.cos(angles), centre[1] + radii[1] * reach * np.sin(angles)], axis=1
    )
    return jagged(np.concatenate([corner, corner[:1]]), 0.12, generator, rounds=3)[:-1]
