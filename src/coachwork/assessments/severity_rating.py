"""The damages of a photo with how severe each of them is."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from coachwork.assessments.assessment import Damage
from coachwork.assessments.severity import DamageSeverity, SeverityRule
from coachwork.assessments.severity_features import SeverityView, measures_of
from coachwork.geometry.size import Size


def rated(damages: Sequence[Damage], pixels: NDArray[np.uint8], size: Size, rule: SeverityRule) -> tuple[Damage, ...]:
    """The damages with their severity; the part that a damage lies on is made use of where it is known.

    Args:
        damages: of one photo, pixels of the upright photo at full resolution.
        pixels: (h, w, 3) uint8 RGB of the upright photo, full size or reduced.
        size: of the upright photo at full resolution.
        rule: by which severity is told.
    """
    if not damages:
        return ()
    view = SeverityView.of(pixels, size)
    return tuple(replace(damage, severity=_severity(damage, view, rule)) for damage in damages)


def damage_measures(damage: Damage, view: SeverityView) -> dict[str, float]:
    """The measures of a damage, see `measures_of`."""
    area = None if damage.part is None else damage.part.area_px
    return measures_of(view, box=damage.box, mask=damage.mask, part_area_px=area)


def _severity(damage: Damage, view: SeverityView, rule: SeverityRule) -> DamageSeverity:
    if damage.type not in rule.kinds:
        return rule.severity(damage.type, {})
    return rule.severity(damage.type, damage_measures(damage, view))
