"""Sets of photos with known identities of damages, and how well views are put together on them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import numpy as np

from coachwork.assessments.assessment import AssessingModel, Assessment, Damage
from coachwork.assessments.verdict import Verdict
from coachwork.assessments.views import CarDamage, Correspondences
from coachwork.geometry.box import Box
from coachwork.geometry.mask import mask_from_rle
from coachwork.photos.correspondence import PhotoPoints, correspondence
from coachwork.photos.quality import measure_quality
from coachwork.photos.reading import Photo
from coachwork.taxonomy import DamageType

Identities = Mapping[tuple[int, int], int]
"""(photo, damage) -> which damage of the car it is; those that are none are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Pairs of views.

    Attributes:
        together: pairs that were put together.
        same: pairs that show one damage.
        both: pairs that do and were.
    """

    together: int = 0
    same: int = 0
    both: int = 0

    def __add__(self, other: "Count") -> "Count":
        return Count(together=self.together + other.together, same=self.same + other.same, both=self.both + other.both)

    @property
    def words(self) -> str:
        """Precision and recall, with the pairs they rest on."""
        precision = f"{self.both / self.together:.3f}" if self.together else "-"
        recall = f"{self.both / self.same:.3f}" if self.same else "-"
        return f"precision {precision} ({self.both}/{self.together})  recall {recall} ({self.both}/{self.same})"


def count_pairs(merged: Sequence[CarDamage], identities: Identities) -> Count:
    """Compares what was put together with what belongs together, over all pairs of views with an identity."""
    group = {(view.photo, view.damage): number for number, one in enumerate(merged) for view in one.views}
    together = same = both = 0
    for first, second in combinations(sorted(identities), 2):
        told, true = group[first] == group[second], identities[first] == identities[second]
        together, same, both = together + told, same + true, both + (told and true)
    return Count(together=together, same=same, both=both)


def annotated(photo: Photo, shapes: Sequence[Mapping[str, object]]) -> Assessment:
    """The truth about a photo as an assessment; the probability tells nothing."""
    damages = []
    for shape in shapes:
        mask = mask_from_rle(shape["mask"])  # type: ignore[arg-type]
        box = mask.box if mask.area else Box(x_min=0, y_min=0, x_max=1, y_max=1)
        damages.append(Damage(type=DamageType(str(shape["type"])), score=0.9, box=box, mask=mask))
    return Assessment(
        file=photo.name,
        sha256=photo.sha256,
        size=photo.size,
        quality=replace(measure_quality(photo.pixels, photo.size), usable=True, reasons=()),
        verdict=Verdict.DAMAGED if damages else Verdict.NONE,
        damage_probability=0.9 if damages else 0.0,
        damages=tuple(damages),
        model=AssessingModel(name="truth", digest="0" * 64, thresholds=dict.fromkeys(DamageType, 0.5)),
    )


def matched(found: Assessment, truth: Assessment, *, least: float = 0.3) -> dict[int, int]:
    """Damage of an assessment -> damage of the truth: same type, boxes or masks that overlap by `least` (IoU)."""
    pairs = []
    for one, damage in enumerate(found.damages):
        for other, real in enumerate(truth.damages):
            overlap = _iou(damage, real)
            if damage.type is real.type and overlap >= least:
                pairs.append((overlap, one, other))
    taken: dict[int, int] = {}
    for _, one, other in sorted(pairs, reverse=True):
        if one not in taken and other not in taken.values():
            taken[one] = other
    return taken


def _iou(damage: Damage, real: Damage) -> float:
    if damage.mask is None or real.mask is None:
        return 0.0
    one, other = damage.mask.full(), real.mask.full()
    both = int(np.logical_and(one, other).sum())
    return both / max(int(one.sum()) + int(other.sum()) - both, 1)


def all_correspondences(points: Sequence[PhotoPoints]) -> Correspondences:
    """Of every pair of photos."""
    pairs = {
        (one, other): correspondence(points[one], points[other]) for one, other in combinations(range(len(points)), 2)
    }
    return {pair: shared for pair, shared in pairs.items() if shared is not None}


def read_truth(folder: Path) -> dict[str, list[dict[str, object]]]:
    """File of a set, from its folder -> its shapes."""
    told: dict[str, list[dict[str, object]]] = json.loads((folder / "truth.json").read_text(encoding="utf-8"))["photos"]
    return told


def read_fates(folder: Path) -> list[str]:
    """What became of each damage of a set between its two times."""
    told: list[str] = json.loads((folder / "truth.json").read_text(encoding="utf-8"))["fates"]
    return told
