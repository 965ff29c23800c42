"""Documents of inspections made from photos on disk, without a model."""

import hashlib
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import simplejpeg

from coachwork.assessments.assessment import Assessment, PartModel, SeverityModel
from coachwork.assessments.severity import DamageSeverity
from coachwork.assessments.verdict import Verdict
from coachwork.claims.claim_files import Loss, read_insurance, sample_insurance_path
from coachwork.claims.settlement import settle
from coachwork.estimates.card_reading import read_rate_card, sample_card_path
from coachwork.estimates.case_json import CarCase
from coachwork.estimates.estimate import make_estimate
from coachwork.estimates.inspected import repair_damages
from coachwork.inspections.coverage import SeenPart
from coachwork.inspections.inspection import InspectedPhoto, Inspection, inspect_car
from coachwork.inspections.vehicle import Body, Paint, Vehicle
from coachwork.reports.car.document import inspection_document
from coachwork.taxonomy import CarPart, DamageType, Severity
from coachwork.valuation.policy_toml import read_policy, sample_policy_path
from coachwork.valuation.scheme_toml import find_scheme
from coachwork.valuation.valuation import value_car
from tests.assessments.test_views import DOOR, FRAME, HERE, damage, photo

DAY = date(2026, 11, 21)
SEVERE = DamageSeverity(levels=(Severity.MODERATE, Severity.SEVERE), guess=Severity.SEVERE)
VEHICLE = Vehicle(make="Škoda", model="Fabia", year=2019, body=Body.ESTATE, paint=Paint.METALLIC, plate="M-ÄÖ 12")


def write_photo(path: Path, seed: int = 0) -> str:
    """A noisy photo of the frame's size; gives its digest."""
    pixels = np.random.default_rng(seed).integers(0, 255, (FRAME.height, FRAME.width, 3), dtype=np.uint8)
    data = bytes(simplejpeg.encode_jpeg(pixels, colorspace="RGB"))
    path.write_bytes(data)
    return hashlib.sha256(data).hexdigest()


def assessed(path: Path, assessment: Assessment, seed: int = 0) -> InspectedPhoto:
    """The assessment as one of a photo that is written there."""
    parts = PartModel(name="parts", digest="1" * 64, limits=("cannot see: roof",))
    severity = SeverityModel(name="severity", digest="", coverage=0.9)
    told = replace(
        assessment,
        file=str(path),
        sha256=write_photo(path, seed),
        part_model=parts,
        severity_model=severity,
    )
    return InspectedPhoto(assessment=told, parts=(SeenPart(part=DOOR, share=0.2),))


def damaged_car(folder: Path, names: tuple[str, ...] = ("links.jpg", "rechts.jpg")) -> Inspection:
    """A likely dent on the door and a possible scratch on an unknown part on the first photo, nothing on others."""
    dent = replace(damage(HERE, part=DOOR, score=0.9), probability=0.81, severity=SEVERE)
    scratch = replace(damage((200, 50, 260, 60), DamageType.SCRATCH, score=0.2, masked=False), probability=0.1)
    first = assessed(folder / names[0], photo(dent, scratch))
    rest = [
        assessed(folder / name, replace(photo(), verdict=Verdict.NONE), seed)
        for seed, name in enumerate(names[1:], start=1)
    ]
    return inspect_car([first, *rest], {}, known_parts=(DOOR, CarPart.BONNET, CarPart.WHEEL), vehicle=VEHICLE)


def whole_document(inspection: Inspection, *, settled: bool = False, vehicle: Vehicle = VEHICLE) -> dict[str, Any]:
    """The document with an estimate by the sample card; also settled and valued, where that is asked."""
    card, damages = read_rate_card(sample_card_path()), repair_damages(inspection)
    case = CarCase(damages=damages, coverage=inspection.coverage, verdict=inspection.verdict)
    return inspection_document(
        inspection,
        on=DAY,
        estimate=make_estimate(damages, card, vehicle),
        settlement=settle(case, loss=Loss(), policy=read_insurance(sample_insurance_path()), card=card, vehicle=vehicle)
        if settled
        else None,
        valuation=value_car(
            case,
            scheme=find_scheme("nama"),
            policy=read_policy(sample_policy_path()),
            card=card,
            vehicle=vehicle,
            on=DAY,
        )
        if settled
        else None,
    )
