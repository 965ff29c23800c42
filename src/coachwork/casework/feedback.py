"""What people corrected as annotations: photos of corrected cases with the damages as they stand, in COCO's format.

Only photos of cases in which a correction counts are taken: nobody is known to have looked at the others. On them stand
the damages that a person stated, and those that the model finds likely and nobody took away; what is only possible, and
what a person deleted, is left out. ``attributes`` of a shape say who stated it.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from coachwork.annotations.coco_writing import write_coco_file
from coachwork.annotations.export import export_of
from coachwork.cases.case import Case, CasePhoto, CaseState
from coachwork.cases.corrections import Correction, Seen, Standing, StandingDamage, standing_damages
from coachwork.cases.photo_bytes import PhotoBytes
from coachwork.cases.problems import CaseRefused
from coachwork.datasets.sample import DamageShape, Sample, Split
from coachwork.estimates.estimate_json import change_to_json
from coachwork.geometry.box import Box
from coachwork.geometry.mask import mask_from_rle
from coachwork.reports.car.damage_contents import LIKELY_FROM
from coachwork.storage.case_store import CaseStore
from coachwork.storage.correction_store import CorrectionStore
from coachwork.taxonomy import DamageType

ANNOTATIONS = "feedback.coco.json"
CORRECTIONS = "corrections.jsonl"
_AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What was exported.

    Attributes:
        cases, photos, shapes, corrections: how many.
    """

    cases: int
    photos: int
    shapes: int
    corrections: int


def export_feedback(
    tenant: str, to: Path, *, cases: CaseStore, corrections: CorrectionStore, photo_bytes: PhotoBytes
) -> Feedback:
    """Writes the corrected photos of a tenant, their annotations, and the corrections themselves, one a line.

    Args:
        tenant: whose.
        to: a folder that is made, or empty.
        cases: where they lie.
        corrections: where they lie.
        photo_bytes: where the photos lie.

    Raises:
        CaseRefused: the folder holds something, or cannot be written.
        PhotoStoreError: a photo cannot be read.
    """
    samples: dict[str, Sample] = {}
    told: list[dict[str, Any]] = []
    count = 0
    try:
        _make(to)
        for case in _with_results(cases, tenant):
            own = corrections.corrections(tenant, case.id)
            told += [_line(case, one) for one in own]
            inspection = cases.result(tenant, case.id).inspection
            standing = standing_damages(inspection, own)
            if standing.corrected:
                count += 1
                found = (_sample(case, one, inspection, standing) for one in cases.photos(tenant, case.id))
                samples = {one.sha256: one for one in found if one is not None} | samples
        for sample in samples.values():
            (to / sample.photo).write_bytes(photo_bytes.get(tenant, sample.sha256))
        export = export_of(tuple(samples.values()), to, lambda sample: to / sample.photo)
        write_coco_file(export, export.samples, to / ANNOTATIONS)
        (to / CORRECTIONS).write_text("".join(f"{json.dumps(one)}\n" for one in told), encoding="utf-8")
    except OSError as refused:
        message = f"{to} cannot be written: {refused.strerror}"
        raise CaseRefused(message) from refused
    shapes = sum(len(one.shapes) for one in samples.values())
    return Feedback(cases=count, photos=len(samples), shapes=shapes, corrections=len(told))


def _make(to: Path) -> None:
    if to.is_dir() and any(to.iterdir()):
        message = f"{to} holds something already: name a new folder"
        raise CaseRefused(message)
    (to / "photos").mkdir(parents=True)


def _with_results(cases: CaseStore, tenant: str) -> Iterator[Case]:
    before: str | None = None
    while found := cases.cases(tenant, before=before, limit=_AT_ONCE):
        yield from (one for one in found if one.state in {CaseState.READY, CaseState.DECIDED})
        before = found[-1].id


def _line(case: Case, one: Correction) -> dict[str, Any]:
    return {
        "case": case.id,
        "reference": case.facts.reference,
        "number": one.number,
        "revision": one.revision,
        "kind": one.kind,
        "damage": one.damage,
        "undoes": one.undoes,
        "type": one.type,
        "part": one.part,
        "severity": one.severity,
        "work": None if one.work is None else change_to_json(one.work),
        "reason": one.reason,
        "by": one.by,
        "at": None if one.at is None else one.at.isoformat(),
    }


def _sample(case: Case, photo: CasePhoto, inspection: Mapping[str, Any], standing: Standing) -> Sample | None:
    """A photo with its shapes; None where it was not looked at."""
    places = [place for place, one in enumerate(inspection["photos"]) if one["photo"]["sha256"] == photo.sha256]
    if not places:
        return None
    kept = [one for one in standing.damages if not one.deleted and _counts(one)]
    shapes = [_shape(one, seen, inspection) for one in kept for seen in one.views if seen.photo == places[0]]
    name = f"{case.id}-{photo.place:03d}.{photo.media_type.partition('/')[2].replace('jpeg', 'jpg')}"
    return Sample(
        photo=f"photos/{name}",
        sha256=photo.sha256,
        size=photo.size,
        source="feedback",
        name=name,
        split=Split.TRAIN,
        cluster=case.id,
        annotated=frozenset(DamageType),
        shapes=tuple(shapes),
    )


def _counts(damage: StandingDamage) -> bool:
    return bool(damage.by) or (damage.probability or 0.0) >= LIKELY_FROM


def _shape(damage: StandingDamage, seen: Seen, inspection: Mapping[str, Any]) -> DamageShape:
    attributes = {"stated_by": "person" if damage.by else "model", "part": damage.part.value if damage.part else ""}
    severity = damage.severity[0] if len(damage.severity) == 1 else None
    if seen.mark is not None:
        x_min, y_min, x_max, y_max = seen.mark.box
        polygons = (np.asarray(seen.mark.outline, dtype=np.float64),)
        box = Box(x_min=x_min, y_min=y_min, x_max=x_max, y_max=y_max)
        return DamageShape(type=damage.type, box=box, polygons=polygons, severity=severity, attributes=attributes)
    told = inspection["photos"][seen.photo]["damages"][seen.damage]
    x_min, y_min, x_max, y_max = told["box"]
    return DamageShape(
        type=damage.type,
        box=Box(x_min=x_min, y_min=y_min, x_max=x_max, y_max=y_max),
        rle=None if told["mask"] is None else mask_from_rle(told["mask"]),
        severity=severity,
        attributes=attributes,
    )
