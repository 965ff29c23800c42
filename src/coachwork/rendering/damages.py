"""Damages done to a surface, and exactly where they changed it."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from coachwork.rendering import scene
from coachwork.rendering.cracks import break_glass, break_lamp, crack, tear
from coachwork.rendering.noise import Field, noise_at, smoothstep, tile
from coachwork.rendering.scene import Damage, Dent, PaintChip, Point, PrimerPatch, Rust, Scratch
from coachwork.rendering.surface import Material, Surface
from coachwork.taxonomy import DamageType

DENT_THRESHOLD = 0.0015
"""A dent is where the sheet moved by more than this, m (a tenth of its depth where it is shallower than 15 mm), and
what such places enclose."""
PRIMER = Material(colour=(0.42, 0.41, 0.39), coat=0.012, rough=1.0)
METAL = Material(colour=(0.55, 0.55, 0.55), metal=0.5, coat=0.08, rough=0.6)
HAZE = Material(colour=(0.72, 0.72, 0.72), coat=0.02, rough=1.0)

TYPES: dict[type, DamageType] = {
    Dent: DamageType.DENT,
    Scratch: DamageType.SCRATCH,
    PrimerPatch: DamageType.EXPOSED_PRIMER,
    PaintChip: DamageType.PAINT_CHIP,
    Rust: DamageType.RUST,
    scene.Crack: DamageType.CRACK,
    scene.BrokenGlass: DamageType.BROKEN_GLASS,
    scene.BrokenLamp: DamageType.BROKEN_LAMP,
    scene.BrokenPart: DamageType.MISSING_OR_BROKEN_PART,
}


def inflict(surface: Surface, damage: Damage) -> Field:
    """Changes the surface and gives the coverage (H, W), 0 to 1, of where it did."""
    points, margin = _reach(damage)
    cover = np.zeros_like(surface.height)
    cover[surface.span(points, margin)] = _INFLICTORS[type(damage)](surface.around(points, margin), damage)
    return cover


def _reach(damage: Damage) -> tuple[tuple[Point, ...], float]:
    """Points and the distance, m, beyond which the damage changes nothing."""
    match damage:
        case Scratch():
            return damage.points, 0.02 + damage.spread + damage.width
        case scene.Crack():
            return damage.points, 0.15
        case Dent() | PrimerPatch() | scene.BrokenPart():
            return (damage.centre,), 2.2 * max(damage.radii) + 0.1
        case _:
            return (damage.centre,), 2.2 * damage.radius + 0.02


def _turned(surface: Surface, centre: Point, angle: float) -> tuple[Field, Field]:
    """Places along and across an axis turned by `angle` degrees about `centre`, m."""
    x, y = surface.x - np.float32(centre[0]), surface.y - np.float32(centre[1])
    cosine, sine = np.float32(np.cos(np.radians(angle))), np.float32(np.sin(np.radians(angle)))
    return np.asarray(x * cosine + y * sine), np.asarray(y * cosine - x * sine)


def _dent(surface: Surface, dent: Dent) -> Field:
    """Pushes the sheet in: a smooth bowl with a raised rim, folds where it is creased or crumpled."""
    along, across = _turned(surface, dent.centre, dent.angle)
    warp = tile(dent.seed + 51, octaves=3)
    span = 3 * max(dent.radii)
    bend = 0.14 + 0.12 * dent.crumple
    along = along + np.float32(bend * dent.radii[0]) * noise_at(warp, surface.x, surface.y, period=span)
    across = across + np.float32(bend * dent.radii[1]) * noise_at(
        warp, (surface.x + 7.3).astype(np.float32), surface.y, period=span
    )
    distance = np.hypot(along / dent.radii[0], across / dent.radii[1]).astype(np.float32)
    bowl = smoothstep(1.0, 0.0, distance)
    fold = np.exp(-np.abs(across) / np.float32(0.22 * dent.radii[1])) * smoothstep(
        1.05, 0.2, np.abs(along / dent.radii[0])
    )
    inward = (1 - 0.65 * dent.crease) * bowl + 0.65 * dent.crease * fold.astype(np.float32) * smoothstep(
        1.3, 0.7, distance
    )
    if dent.crumple:
        inward = inward + np.float32(0.34 * dent.crumple) * _folds(surface, dent) * smoothstep(1.05, 0.45, distance)
    rim = np.exp(-(((distance - 1.12) / 0.16) ** 2)).astype(np.float32)
    moved = np.float32(dent.depth) * (inward - np.float32(0.05 + 0.05 * dent.crease) * rim)
    moved = moved * cv2.GaussianBlur(
        surface.edge(surface.body) * (1 - surface.glass), (0, 0), max(1.0, 0.004 / surface.texel)
    )
    surface.height -= moved.astype(np.float32)
    threshold = min(DENT_THRESHOLD, 0.1 * dent.depth)
    touched = _filled(np.abs(moved) > threshold)
    return np.asarray(touched * np.maximum(surface.sheet, surface.plastic), dtype=np.float32)


def _filled(region: NDArray[np.bool_]) -> Field:
    """Coverage (H, W) of a region with its holes: between a bowl and its raised rim the sheet crosses its old place."""
    outer, _ = cv2.findContours(region.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    canvas = np.zeros(region.shape, dtype=np.uint8)
    cv2.drawContours(canvas, outer, -1, 1, cv2.FILLED)
    return canvas.astype(np.float32)


def _folds(surface: Surface, dent: Dent) -> Field:
    """Ridged noise (H, W), about -1 to 1, its ridges running along the dent."""
    along, across = _turned(surface, dent.centre, dent.angle + 12)
    ridges = tile(dent.seed + 52, octaves=2)
    period = 2.6 * max(dent.radii)
    value = noise_at(ridges, (0.55 * along).astype(np.float32), across, period=period)
    return np.asarray(1 - 1.7 * np.sqrt(np.abs(value) + 0.01), dtype=np.float32)


def _scratch(surface: Surface, scratch: Scratch) -> Field:
    """Cuts grooves with thrown-up, bright edges through the coat."""
    generator = np.random.default_rng([scratch.seed, 61])
    groove = np.zeros_like(surface.height)
    for _ in range(scratch.strands):
        _strand(surface, scratch, generator, groove)
    groove *= np.maximum(surface.sheet, surface.plastic)
    surface.height -= np.float32(0.25 * scratch.width * min(scratch.depth, 0.8)) * groove
    if scratch.depth <= 0.5:
        surface.coat_with(np.asarray(groove * (0.25 + 0.9 * scratch.depth), dtype=np.float32), HAZE)
    else:
        surface.coat_with(groove * np.float32(0.85), PRIMER)
        if scratch.depth > 0.8:
            surface.coat_with(smoothstep(0.75, 1.0, groove), METAL)
    covered = groove > 0.3
    if scratch.strands > 1:
        reach = max(1, round(scratch.spread / scratch.strands / surface.texel))
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
        covered = cv2.morphologyEx(covered.astype(np.uint8), cv2.MORPH_CLOSE, disc) > 0
    return covered.astype(np.float32)


def _strand(whole: Surface, scratch: Scratch, generator: np.random.Generator, groove: Field) -> None:
    """Adds one groove's coverage to `groove` (H, W): its line wavers, its width and depth vary."""
    points = np.array(scratch.points, dtype=np.float64)
    lengths = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    start, stop = 0.0, 1.0
    if scratch.strands > 1:
        start, stop = float(generator.uniform(0, 0.35)), float(generator.uniform(0.6, 1))
    share = np.linspace(start, stop, 160)
    line = np.stack([np.interp(share * lengths[-1], lengths, points[:, axis]) for axis in (0, 1)], axis=1)
    knots = np.linspace(0, 1, 7)
    waver = np.interp(share, knots, generator.standard_normal(7)) * (0.002 + 0.03 * scratch.spread)
    direction = np.gradient(line, axis=0)
    direction /= np.maximum(np.hypot(*direction.T), 1e-9)[:, None]
    normal = np.stack([-direction[:, 1], direction[:, 0]], axis=1)
    kernel = np.hanning(43) / np.hanning(43).sum()
    waver = np.convolve(np.pad(waver, 21, mode="edge"), kernel, mode="valid")
    line = line + normal * (waver + generator.uniform(-0.5, 0.5) * scratch.spread)[:, None]
    margin = 3 * scratch.width + 3 * whole.texel
    surface = whole.around([(x, y) for x, y in line], margin)
    away = surface.away_from([line])
    half = scratch.width / 2 * float(generator.uniform(0.6, 1.3) if scratch.strands > 1 else 1.0)
    patchy = noise_at(tile(int(generator.integers(1 << 30)), octaves=4, coarsest=16), surface.x, surface.y, period=0.5)
    ragged = half * (1 + 0.35 * np.clip(patchy, -1.8, 1.8))
    cover = np.clip((ragged - away) / np.float32(0.8 * surface.texel) + 0.5, 0, 1)
    if scratch.strands > 1:
        cover = cover * smoothstep(-1.1, -0.2, patchy)
    cover = cover * np.float32(min(1.0, 2 * half / surface.texel))
    part = whole.span([(x, y) for x, y in line], margin)
    groove[part] = np.maximum(groove[part], cover)


def _blob(surface: Surface, centre: Point, radii: Point, angle: float, seed: int) -> Field:
    """Signed distance-like value (H, W), positive inside a ragged patch; 1 at its middle."""
    along, across = _turned(surface, centre, angle)
    distance = np.hypot(along / radii[0], across / radii[1]).astype(np.float32)
    ragged = noise_at(tile(seed + 71, octaves=6, coarsest=4), surface.x, surface.y, period=2.2 * max(radii))
    return np.asarray(1 - distance + 0.20 * ragged * smoothstep(0.0, 0.5, distance), dtype=np.float32)


def _primer(surface: Surface, patch: PrimerPatch) -> Field:
    inside = _blob(surface, patch.centre, patch.radii, patch.angle, patch.seed)
    soft = 0.8 * surface.texel / min(patch.radii)
    share = smoothstep(0.28 - soft, 0.28 + soft, inside) * np.maximum(surface.sheet, surface.plastic)
    surface.height -= np.float32(0.00035) * cv2.GaussianBlur(share, (0, 0), 0.8).astype(np.float32)
    surface.coat_with(share, PRIMER)
    bare = share * smoothstep(0.62, 0.68, inside)
    surface.coat_with(np.asarray(bare * 0.8, dtype=np.float32), METAL)
    return share


def _chip(surface: Surface, chip: PaintChip) -> Field:
    inside = _blob(surface, chip.centre, (chip.radius, chip.radius * 0.85), 30, chip.seed)
    soft = min(0.3, 0.7 * surface.texel / chip.radius)
    share = smoothstep(0.15 - soft, 0.15 + soft, inside) * surface.sheet
    surface.height -= np.float32(0.0004) * share
    surface.coat_with(share, PRIMER)
    surface.coat_with(smoothstep(0.5, 0.6, inside) * share, METAL)
    return share


def _rust(surface: Surface, rust: Rust) -> Field:
    """Brown scale that lifts the coat around it."""
    inside = _blob(surface, rust.centre, (rust.radius, rust.radius * 0.8), 0, rust.seed)
    soft = 0.8 * surface.texel / rust.radius
    share = smoothstep(0.30 - soft, 0.30 + soft, inside) * surface.sheet
    scale = noise_at(tile(rust.seed + 72, coarsest=8), surface.x, surface.y, period=1.5 * rust.radius)
    blister = smoothstep(0.0, 0.5, inside) * (1 + 0.4 * scale)
    surface.height += np.float32(0.0016) * np.asarray(blister * surface.sheet, dtype=np.float32)
    surface.coat_with(share, Material(colour=(0.105, 0.042, 0.018), coat=0.01, rough=1.0))
    tone = np.clip(1 + 0.45 * scale, 0.25, 2.2).astype(np.float32)
    surface.colour *= (1 + share * (tone - 1))[..., None]
    halo = smoothstep(0.05, 0.30, inside) * (1 - share) * surface.sheet
    surface.coat_with(
        np.asarray(halo * 0.35, dtype=np.float32), Material(colour=(0.20, 0.11, 0.05), coat=0.02, rough=0.8)
    )
    return share


_INFLICTORS: dict[type, Callable[[Surface, Any], Field]] = {
    Dent: _dent,
    Scratch: _scratch,
    PrimerPatch: _primer,
    PaintChip: _chip,
    Rust: _rust,
    scene.Crack: crack,
    scene.BrokenGlass: break_glass,
    scene.BrokenLamp: break_lamp,
    scene.BrokenPart: tear,
}
