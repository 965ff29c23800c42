"""Wheel arches, tyres and rims."""

import numpy as np

from coachwork.rendering import outlines
from coachwork.rendering.noise import Field, noise_at, smoothstep, tile
from coachwork.rendering.scene import Bodywork, Point
from coachwork.rendering.surface import Material, Surface

TYRE = Material(colour=(0.022, 0.022, 0.023), coat=0.03, rough=1.0)
LINER = Material(colour=(0.012, 0.012, 0.012), coat=0.0, rough=1.0)
DISC = Material(colour=(0.16, 0.155, 0.15), metal=0.5, coat=0.05, rough=0.7)
RIM = Material(colour=(0.50, 0.51, 0.53), metal=0.75, coat=0.04, rough=0.25)


def fit_wheels(surface: Surface, bodywork: Bodywork, *, seed: int) -> None:
    """Cuts both arches and puts the wheels in."""
    for number, centre in enumerate(outlines.WHEELS):
        x, y = surface.x - np.float32(centre[0]), surface.y - np.float32(centre[1])
        radius = np.hypot(x, y).astype(np.float32)
        _cut_arch(surface, bodywork, radius)
        _fit_tyre(surface, bodywork, radius, seed)
        _fit_rim(surface, bodywork, (x.astype(np.float32), y.astype(np.float32)), radius, turn=0.4 + number + seed)


def _cut_arch(surface: Surface, bodywork: Bodywork, radius: Field) -> None:
    opening = bodywork.wheel_radius + outlines.ARCH_GAP
    hole = smoothstep(opening + 0.001, opening - 0.001, radius) * surface.edge(surface.body)
    surface.coat_with(hole, LINER)
    surface.light *= 1 - np.float32(0.85) * hole
    surface.height -= np.float32(0.03) * smoothstep(opening, opening - 0.03, radius)
    surface.sheet *= 1 - hole
    surface.plastic *= 1 - hole


def _fit_tyre(surface: Surface, bodywork: Bodywork, radius: Field, seed: int) -> None:
    size = np.float32(bodywork.wheel_radius)
    share = smoothstep(0.0, 0.002, (size - radius).astype(np.float32)) * smoothstep(-0.002, 0.004, surface.y)
    surface.coat_with(share, TYRE)
    surface.body = np.maximum(surface.body, np.minimum(size - radius, surface.y + np.float32(0.004)))
    depth = (size - radius) / np.float32(0.10)
    bulge = np.sqrt(np.clip(1 - (1 - np.clip(depth, 0, 2)) ** 2, 0, 1)).astype(np.float32)
    rings = np.sin(radius * np.float32(2 * np.pi / 0.021)) + 0.4 * np.sin(radius * np.float32(2 * np.pi / 0.0083))
    rings = rings * smoothstep(0.10, 0.14, depth.astype(np.float32)) * smoothstep(0.85, 0.7, depth.astype(np.float32))
    surface.height += share * (np.float32(0.03) * bulge + np.float32(0.0005) * rings.astype(np.float32))
    grain = noise_at(tile(seed + 41), surface.x, surface.y, period=0.2)
    shade = (0.40 + 0.60 * smoothstep(0.0, 0.25, depth.astype(np.float32))) * (1 + 0.08 * grain)
    # The arch keeps the sky from the upper half of the tyre.
    hidden = 1 - 0.55 * smoothstep(0.35, 0.60, surface.y)
    surface.light = np.asarray(surface.light * (1 - share) + share * shade * hidden, dtype=np.float32)


def _fit_rim(surface: Surface, bodywork: Bodywork, offset: tuple[Field, Field], radius: Field, *, turn: float) -> None:
    rim = np.float32(bodywork.wheel_radius * 0.68)
    inside = smoothstep(0.0, 0.0015, (rim - radius).astype(np.float32))
    surface.coat_with(inside, LINER)
    surface.light = surface.light * (1 - inside) + inside * np.float32(0.4)
    disc = smoothstep(0.0, 0.003, (rim * np.float32(0.72) - radius).astype(np.float32))
    surface.coat_with(disc, DISC)
    spokes, height = _spokes(bodywork, offset, radius, rim, turn)
    surface.coat_with(spokes, RIM)
    surface.light = surface.light * (1 - spokes) + spokes * np.float32(0.92)
    surface.height += inside * (np.float32(-0.012) + spokes * height)
    for bolt in range(5):
        angle = turn + bolt * 2 * np.pi / 5
        place: Point = (float(np.cos(angle)) * 0.052, float(np.sin(angle)) * 0.052)
        away = np.hypot(offset[0] - place[0], offset[1] - place[1]).astype(np.float32)
        surface.light *= 1 - np.float32(0.8) * smoothstep(0.010, 0.007, away)


def _spokes(
    bodywork: Bodywork, offset: tuple[Field, Field], radius: Field, rim: np.float32, turn: float
) -> tuple[Field, Field]:
    """Coverage and height (H, W) of spokes, hub and outer ring."""
    angle = np.arctan2(offset[1], offset[0]) + np.float32(turn)
    step = 2 * np.pi / bodywork.spokes
    apart = np.abs(np.mod(angle + step / 2, step) - step / 2) * radius
    half = rim * np.float32(1.25 / bodywork.spokes) * (0.55 + 0.45 * radius / rim)
    spoke = (half - apart).astype(np.float32)
    ring = (np.float32(0.014) - np.abs(radius - rim + np.float32(0.012))).astype(np.float32)
    hub = (np.float32(0.075) - radius).astype(np.float32)
    signed = np.maximum(np.maximum(np.minimum(spoke, rim - radius), ring), hub)
    share = smoothstep(0.0, 0.002, signed)
    height = 0.012 * smoothstep(0.0, 0.012, signed) + 0.010 * (1 - radius / rim)
    cap = smoothstep(0.0015, 0.0005, np.abs(radius - np.float32(0.032)).astype(np.float32))
    return share, np.asarray(height - 0.003 * cap, dtype=np.float32)
