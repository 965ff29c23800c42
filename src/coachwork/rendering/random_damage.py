"""Damages drawn by lot, at places where cars are hit and where the camera looks."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from coachwork.rendering import outlines
from coachwork.rendering.outlines import contains
from coachwork.rendering.scene import (
    BrokenGlass,
    BrokenLamp,
    BrokenPart,
    Camera,
    Crack,
    Damage,
    Dent,
    PaintChip,
    Point,
    PrimerPatch,
    Rust,
    Scratch,
)

_PAINTED: tuple[Point, ...] = (
    (0.14, 0.40), (0.16, 0.60), (0.45, 0.72), (1.0, 0.90), (3.6, 0.94), (4.02, 0.72), (4.05, 0.42), (2.95, 0.31),
    (1.2, 0.31),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hit:
    """What one hit's damages share: where it lies, its size (1 for a panel seen from 1.5 m), its direction in degrees.

    `x` is where the camera looks and `spread` how far to either side it sees, m.
    """

    generator: np.random.Generator
    x: float
    spread: float
    place: Point
    scale: float
    angle: float
    seed: int

    def between(self, low: float, high: float) -> float:
        return float(self.generator.uniform(low, high))


def draw_damages(generator: np.random.Generator, camera: Camera, seed: int) -> list[Damage]:
    """One hit, which may do more than one kind of damage."""
    distance = camera.position[2] - camera.target[2]
    spread = 0.36 * distance if distance < 3 else 1.6
    hit = _Hit(
        generator=generator,
        x=camera.target[0],
        spread=spread,
        place=_painted_place(generator, camera.target[0], spread),
        scale=float(np.clip(distance / 1.5, 0.6, 1.4) * generator.uniform(0.7, 1.3)),
        angle=float(generator.normal(0, 25)),
        seed=seed,
    )
    kinds = list(_KINDS)
    odds = np.array([_KINDS[kind] for kind in kinds])
    return kinds[int(generator.choice(len(kinds), p=odds / odds.sum()))](hit)


def _painted_place(generator: np.random.Generator, x: float, spread: float) -> Point:
    """A place on painted panels near x, clear of the wheel arches."""
    for _ in range(200):
        place = float(x + generator.uniform(-spread, spread)), float(generator.uniform(0.34, 0.90))
        near_wheel = any(np.hypot(place[0] - wheel[0], place[1] - wheel[1]) < 0.43 for wheel in outlines.WHEELS)
        if contains(_PAINTED, place) and not near_wheel:
            return place
    return 2.0, 0.6


def _bumper_place(hit: _Hit) -> Point:
    """A place on the bumper nearer to where the camera looks."""
    along = hit.between(0.12, 0.38)
    return (along if hit.x < 2.1 else 4.16 - along), hit.between(0.38, 0.55)


def _arc(place: Point, long: float, angle: float, bow: float) -> tuple[Point, ...]:
    """Seven points of a line of length `long` through a place, bowed by `bow` of its length."""
    share = np.linspace(-0.5, 0.5, 7)
    turn = np.radians(angle)
    along, across = share * long, bow * long * (1 - 4 * share**2)
    x = place[0] + along * np.cos(turn) - across * np.sin(turn)
    y = place[1] + along * np.sin(turn) + across * np.cos(turn)
    return tuple((float(a), float(b)) for a, b in zip(x, y, strict=True))


def _dent(hit: _Hit) -> list[Damage]:
    radius = 0.09 * hit.scale
    radii = (radius * hit.between(1, 2.2), radius)
    depth, crease = radius * hit.between(0.08, 0.18), hit.between(0, 0.5)
    return [Dent(centre=hit.place, radii=radii, angle=hit.angle, depth=depth, crease=crease, seed=hit.seed)]


def _crumple(hit: _Hit) -> list[Damage]:
    radius = 0.13 * hit.scale
    dent = Dent(
        centre=hit.place,
        radii=(radius * hit.between(1.2, 2.4), radius),
        angle=hit.angle,
        depth=radius * hit.between(0.12, 0.22),
        crease=hit.between(0.3, 0.9),
        crumple=hit.between(0.3, 1.0),
        seed=hit.seed,
    )
    return [dent, *_scuff(hit)] if hit.between(0, 1) < 0.6 else [dent]


def _scratch(hit: _Hit) -> list[Damage]:
    points = _arc(hit.place, 0.30 * hit.scale * hit.between(0.4, 1.6), hit.angle, float(hit.generator.normal(0, 0.06)))
    width = 0.0022 * hit.scale * hit.between(0.6, 1.4)
    return [Scratch(points=points, width=width, depth=hit.between(0.3, 1.0), seed=hit.seed)]


def _scuff(hit: _Hit) -> list[Damage]:
    scuff = Scratch(
        points=_arc(hit.place, 0.34 * hit.scale, hit.angle, float(hit.generator.normal(0, 0.02))),
        width=0.0022,
        depth=float(hit.generator.choice([0.45, 0.7, 0.95])),
        strands=int(hit.generator.integers(8, 30)),
        spread=0.07 * hit.scale * hit.between(0.5, 1.4),
        seed=hit.seed,
    )
    return [scuff]


def _primer(hit: _Hit) -> list[Damage]:
    radii = (0.09 * hit.scale, 0.05 * hit.scale)
    return [PrimerPatch(centre=hit.place, radii=radii, angle=hit.angle, seed=hit.seed)]


def _chips(hit: _Hit) -> list[Damage]:
    places = hit.generator.normal(hit.place, (0.07, 0.05), (6, 2))
    radii = hit.generator.uniform(0.005, 0.012, 6)
    return [
        PaintChip(centre=(float(x), float(y)), radius=float(radius), seed=hit.seed + number)
        for number, ((x, y), radius) in enumerate(zip(places, radii, strict=True))
    ]


def _rust(hit: _Hit) -> list[Damage]:
    return [Rust(centre=hit.place, radius=0.055 * hit.scale, seed=hit.seed)]


def _crack(hit: _Hit) -> list[Damage]:
    return [Crack(points=_arc(_bumper_place(hit), 0.18 * hit.scale, hit.angle + 60, 0.1), width=0.0032, seed=hit.seed)]


def _part(hit: _Hit) -> list[Damage]:
    return [BrokenPart(centre=_bumper_place(hit), radii=(0.10 * hit.scale, 0.05 * hit.scale), seed=hit.seed)]


def _glass(hit: _Hit) -> list[Damage]:
    centre = (1.72, 1.10) if hit.x < 1.9 else (2.5, 1.16)
    return [BrokenGlass(centre=centre, radius=hit.between(0.18, 0.32), seed=hit.seed)]


def _lamp(hit: _Hit) -> list[Damage]:
    """A broken lamp where one is in view, else a scratch."""
    for lamp in ((0.38, 0.76), (3.93, 0.88)):
        if abs(lamp[0] - hit.x) < hit.spread + 0.25:
            return [BrokenLamp(centre=lamp, radius=hit.between(0.08, 0.13), seed=hit.seed)]
    return _scratch(hit)


_KINDS: dict[Callable[[_Hit], list[Damage]], float] = {
    _dent: 0.24,
    _crumple: 0.14,
    _scratch: 0.20,
    _scuff: 0.12,
    _primer: 0.05,
    _chips: 0.05,
    _rust: 0.05,
    _crack: 0.05,
    _part: 0.03,
    _glass: 0.03,
    _lamp: 0.04,
}
"""How often each kind is drawn."""
