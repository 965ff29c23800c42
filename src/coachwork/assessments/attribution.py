"""Which part of the car a damage lies on, from what a part model found in the same photo.

A damage belongs to the part that holds most of its pixels, and to none where no part holds enough of them: a damage
on a wing must not pass for one of the door beside it because the part model knows no wings. Lamps, mirrors, glass and
wheels lie upon other parts (a door reaches behind its mirror), so they go first where they hold half of the damage.
On a close photo, which shows hardly any other part, nothing is told: a patch of paint may be of any panel.
What a damage is says a part of its own: a broken lamp is one of the lamps that it touches.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from coachwork.assessments.assessment import Damage, DamagedPart
from coachwork.detections import Detections
from coachwork.geometry.box import Box
from coachwork.geometry.mask import Mask
from coachwork.geometry.overlap import mask_intersections
from coachwork.geometry.size import Size
from coachwork.taxonomy import CarPart, DamageType

LEAST_PARTS = 3
"""A photo in which fewer different parts are found is too close to tell one panel from another; a model that knows
fewer must find all that it knows."""

LEAST_SHARE = 0.3
"""A part must hold this share of a damage's pixels; below it, the damage lies on something that was not found."""

FITTED_SHARE = 0.5
"""A part that lies upon others goes before them where it holds this share."""

TOUCHING_SHARE = 0.1
"""A part that the damage's type names must hold this share."""

LAMPS = frozenset({CarPart.LEFT_HEADLAMP, CarPart.RIGHT_HEADLAMP, CarPart.LEFT_TAIL_LAMP, CarPart.RIGHT_TAIL_LAMP})
GLASS = frozenset({CarPart.WINDSCREEN, CarPart.REAR_WINDOW})
FITTED = LAMPS | GLASS | {CarPart.LEFT_MIRROR, CarPart.RIGHT_MIRROR, CarPart.WHEEL}
"""Parts that lie upon others, or before them."""

NAMED: Mapping[DamageType, frozenset[CarPart]] = {
    DamageType.BROKEN_LAMP: LAMPS,
    DamageType.BROKEN_GLASS: GLASS,
    DamageType.FLAT_TIRE: frozenset({CarPart.WHEEL}),
}
"""Damage types that say on which parts they lie."""


def attributed(damages: Sequence[Damage], parts: Detections) -> tuple[Damage, ...]:
    """The damages with the part that each lies on, or with an unknown one.

    Args:
        damages: of one photo.
        parts: what a part model found in the same photo, those alone that are sure enough to be reported.

    Raises:
        ValueError: the detections are not of parts.
    """
    found = _masks(parts)
    named = [(CarPart(parts.types[int(label)]), mask.area) for label, mask in zip(parts.labels, found, strict=True)]
    if len({part for part, _ in named}) < min(LEAST_PARTS, len(parts.types)):
        return tuple(replace(damage, part=DamagedPart(part=None, share=0.0)) for damage in damages)
    shared = mask_intersections([_pixels(damage, parts.size) for damage in damages], found)
    return tuple(
        replace(damage, part=_part(damage.type, row / max(_pixels(damage, parts.size).area, 1), named))
        for damage, row in zip(damages, shared, strict=True)
    )


def _part(kind: DamageType, shares: NDArray[np.float64], named: Sequence[tuple[CarPart, int]]) -> DamagedPart:
    """The part of a damage of which each found part, with its pixels, holds a share (M,) in 0..1."""
    rules = (
        (NAMED.get(kind, frozenset()), TOUCHING_SHARE),
        (FITTED, FITTED_SHARE),
        (frozenset(CarPart), LEAST_SHARE),
    )
    for wanted, least in rules:
        fitting = [(float(share), *part) for share, part in zip(shares, named, strict=True) if part[0] in wanted]
        best = max(fitting, key=lambda one: one[0], default=(0.0, None, None))
        if best[0] >= least:
            return DamagedPart(part=best[1], share=best[0], area_px=best[2])
    return DamagedPart(part=None, share=0.0)


def _masks(parts: Detections) -> Sequence[Mask]:
    if parts.masks is not None:
        return parts.masks
    return [_filled(Box(x_min=b[0], y_min=b[1], x_max=b[2], y_max=b[3]), parts.size) for b in parts.boxes.tolist()]


def _pixels(damage: Damage, frame: Size) -> Mask:
    """The damage's pixels; where only its box is known, all of the box."""
    return _filled(damage.box, frame) if damage.mask is None else damage.mask


def _filled(box: Box, frame: Size) -> Mask:
    inside = box.clipped(frame)
    left, top = int(inside.x_min), int(inside.y_min)
    rows, columns = max(round(inside.y_max) - top, 1), max(round(inside.x_max) - left, 1)
    crop = np.ones((min(rows, frame.height - top), min(columns, frame.width - left)), dtype=np.bool_)
    return Mask(crop=crop, x=left, y=top, frame=frame)
