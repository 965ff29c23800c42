"""Sets of photos of one car: the same damages from several cameras, and again at a later time in another place.

What each view shows is known, and so is which damages were repaired, came or grew in between. So what is said of a car
from many photos can be measured against the truth.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from coachwork.geometry.size import Size
from coachwork.rendering.random_damage import draw_damages
from coachwork.rendering.random_scene import random_scene
from coachwork.rendering.scene import Camera, Damage, Dent, PaintChip, PrimerPatch, Rust, Scene, Scratch

_FACE = 0.85
_LENGTH = 4.2
_GROWTH = (1.5, 2.2)
"""How many times as long a grown damage becomes."""
_APART = 0.45
"""Metres between the middles of two damages."""
_TRIES = 100


class Fate(StrEnum):
    """What became of a damage between two inspections."""

    UNCHANGED = "unchanged"
    GONE = "gone"
    NEW = "new"
    GROWN = "grown"


@dataclass(frozen=True, slots=True, kw_only=True)
class CarViews:
    """Photos of one car at two times.

    Attributes:
        before, after: the scenes of either time; all scenes of one time have the same damages in the same order.
        fates: what became of each damage, by its place in ``known``.
        known: all damages there ever were, as they first were.
        first_numbers, later_numbers: of the scenes' damages at either time their places in ``known``.
    """

    before: tuple[Scene, ...]
    after: tuple[Scene, ...]
    known: tuple[Damage, ...]
    fates: tuple[Fate, ...]
    first_numbers: tuple[int, ...]
    later_numbers: tuple[int, ...]


def random_views(seed: int, *, size: Size | None = None) -> CarViews:
    """A car at two times, six photos each: two of the whole side, two of a half, two of a damage from nearby.

    Args:
        seed: any non-negative number; the set depends on nothing else but the size.
        size: of the photos; 800 by 600 where None.
    """
    generator = np.random.default_rng([seed, 211])
    frame = size or Size(height=600, width=800)
    car = replace(random_scene(seed, size=frame, undamaged=True), seed=seed)
    known = _damages(generator, seed)
    fates = tuple(
        Fate(generator.choice([fate.value for fate in Fate], p=[0.4, 0.2, 0.25, 0.15])) for _ in range(len(known))
    )
    fates = tuple(
        Fate.UNCHANGED if fate is Fate.GROWN and not _can_grow(one) else fate
        for fate, one in zip(fates, known, strict=True)
    )
    first = tuple(number for number, fate in enumerate(fates) if fate is not Fate.NEW)
    later = tuple(number for number, fate in enumerate(fates) if fate is not Fate.GONE)
    grown = [_grown(generator, one) if fate is Fate.GROWN else one for one, fate in zip(known, fates, strict=True)]
    moved = random_scene(seed + 5_000_000, size=frame).surroundings
    return CarViews(
        before=tuple(_photographed(generator, car, tuple(known[number] for number in first))),
        after=tuple(
            _photographed(
                generator, replace(car, surroundings=moved), tuple(grown[number] for number in later), first=100
            )
        ),
        known=known,
        fates=fates,
        first_numbers=first,
        later_numbers=later,
    )


def _damages(generator: np.random.Generator, seed: int) -> tuple[Damage, ...]:
    """Five to eight damages all over the side, none of which hides another; single stone chips are left out."""
    wanted = int(generator.integers(5, 9))
    kept: list[Damage] = []
    for number in range(_TRIES):
        x = float(generator.uniform(0.5, 3.7))
        close = Camera(position=(x, 1.2, _FACE + 1.4), target=(x, 0.65, _FACE))
        for damage in draw_damages(generator, close, seed * _TRIES + number)[:1]:
            free = all(np.hypot(*np.subtract(_centre(damage), _centre(other))) > _APART for other in kept)
            if not isinstance(damage, PaintChip) and free and len(kept) < wanted:
                kept.append(damage)
    return tuple(kept)


def _centre(damage: Damage) -> tuple[float, float]:
    if isinstance(damage, Scratch) or hasattr(damage, "points"):
        x, y = np.mean(damage.points, axis=0)
        return float(x), float(y)
    return damage.centre


def _can_grow(damage: Damage) -> bool:
    return isinstance(damage, Dent | Scratch | PrimerPatch | Rust)


def _grown(generator: np.random.Generator, damage: Damage) -> Damage:
    """The damage with more of the same around it."""
    times = float(generator.uniform(*_GROWTH))
    match damage:
        case Dent():
            return replace(damage, radii=(damage.radii[0] * times, damage.radii[1] * times), depth=damage.depth * times)
        case PrimerPatch():
            return replace(damage, radii=(damage.radii[0] * times, damage.radii[1] * times))
        case Rust():
            return replace(damage, radius=damage.radius * times)
        case Scratch():
            x, y = _centre(damage)
            points = tuple((x + (px - x) * times, y + (py - y) * times) for px, py in damage.points)
            return replace(damage, points=points, spread=damage.spread * times)
    return damage


def _photographed(
    generator: np.random.Generator, car: Scene, damages: Sequence[Damage], *, first: int = 0
) -> Iterator[Scene]:
    """The car from six places by one phone, each photo with its own exposure, shake and noise."""
    near = [_centre(damages[int(generator.integers(len(damages)))])[0] for _ in range(2)] if damages else [1.2, 3.0]
    aims = ((2.1, 3.4), (2.1, 3.7), (1.2, 2.2), (3.0, 2.2), (near[0], 1.0), (near[1], 1.4))
    for number, (x, distance) in enumerate(aims, start=1):
        away = distance * float(generator.uniform(0.9, 1.15))
        aside = float(generator.uniform(-0.6, 0.6)) * away
        target = x + float(generator.uniform(-0.15, 0.15))
        camera = replace(
            car.camera,
            position=(target + aside, float(generator.uniform(1.1, 1.55)), _FACE + away),
            target=(min(max(target, 0.3), _LENGTH - 0.3), float(generator.uniform(0.58, 0.75)), _FACE),
            roll=float(generator.normal(0, 2.0)),
            exposure=float(generator.normal(0, 0.3)),
            white_balance=(float(generator.normal(1, 0.03)), float(generator.normal(1, 0.03))),
            mirrored=False,
            shot=first + number,
        )
        yield replace(car, camera=camera, damages=tuple(damages), seed=car.seed)
