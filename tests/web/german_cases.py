"""A whole case of each kind whose results say as much as they can, for tests of pages in German."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from coachwork.cases.access import Caller, Scope
from coachwork.cases.case import Case, CasePhoto, CaseResult, Facts, Purpose
from coachwork.cases.comparison import Comparison
from coachwork.casework.pricing import priced_case
from coachwork.casework.service import Service
from coachwork.casework.standing_inspection import standing_inspection
from coachwork.claims.body_colour import BodyColour, colour_signals
from coachwork.claims.camera_signals import SentPhoto, camera_signals
from coachwork.claims.claim_files import Cause, Loss
from coachwork.claims.fraud_json import findings_to_json
from coachwork.claims.fraud_signals import Check, FraudFindings
from coachwork.claims.number_plates import plate_signals
from coachwork.inspections.number_plates import PlateReading
from coachwork.inspections.vehicle import Vehicle
from coachwork.photos.exif import CameraNotes
from coachwork.reasons import said, with_reasons
from coachwork.taxonomy import CarPart, DamageType
from tests.web.workbench_cases import PHOTOS, open_case

CAR = Vehicle(make="Volkswagen", model="Golf", year=2019, plate="B-AB 12", market_value=Decimal(9500))
LOSS = Loss(on=date(2026, 11, 2), cause=Cause.PARKING, injured=False, place=(52.5, 13.4))


def whole_case(service: Service, purpose: Purpose, reference: str) -> Case:
    """A case with results; of a claim with signs of fraud."""
    opened = open_case(service, facts=Facts(reference=reference, purpose=purpose, vehicle=CAR, loss=LOSS))
    case = service.cases.submit(opened.tenant, opened.id, by="tests", enqueue=lambda *_: None)
    photos = service.cases.photos(case.tenant, case.id)
    signals = findings_to_json(_signs(photos)) if purpose is Purpose.CLAIM else None
    inspection = _inspection(photos)
    service.cases.keep_inspection(case, inspection, signals)
    found = priced_case(case, inspection, [], service.prices, signals)
    service.cases.publish(case, estimate=found.estimate, settlement=found.settlement, by="tests")
    return service.cases.case(case.tenant, case.id)


def whole_comparison(service: Service) -> Comparison:
    """A comparison of two rentals in which a damage is new, one uncertain and one gone, by a list of charges."""
    before, after = (whole_case(service, Purpose.RENTAL, "R-17") for _ in range(2))
    one = service.market.comparisons.make(
        before.tenant, before=before.id, after=after.id, by="tests", charges="uk-typical"
    )
    sides: dict[str, Any] = {}
    for side, case in (("before", before), ("after", after)):
        result: CaseResult = service.cases.result(case.tenant, case.id)
        sides[side] = {"revision": case.revision, "inspection": standing_inspection(result)}
    assert service.market.comparisons.publish(one, {"changes": _changes(), **sides}, by="w")
    return service.market.comparisons.comparison(one.tenant, one.id)


def caller(service: Service) -> Caller:
    """Whoever sends photos."""
    return Caller(tenant=service.keys.tenant("default"), name="tests", scopes=frozenset(Scope))


def _signs(photos: Sequence[CasePhoto]) -> FraudFindings:
    first, second = PHOTOS
    early = CameraNotes(taken=datetime(2026, 10, 1, 9, 30), software="GIMP 2.10", latitude=48.1, longitude=11.6)  # noqa: DTZ001 (cameras name no zone)
    sent = [
        SentPhoto(name=first, notes=early, thumbnail_likeness=0.1),
        SentPhoto(name=second, notes=CameraNotes(), is_png=True),
    ]
    plates = [
        PlateReading(name=name, text=text, sureness=0.99) for name, text in ((first, "MXY123"), (second, "HHZZ99"))
    ]
    colours = [BodyColour(name=name, chroma=40, hue=hue, share=0.3) for name, hue in ((first, 30), (second, 280))]
    signals = [*camera_signals(sent, LOSS), *plate_signals(plates, "B-AB 12"), *colour_signals(colours)]
    return FraudFindings.of("", {one.name: one.sha256 for one in photos}, [Check.COPIES, Check.CAMERA], signals)


def _inspection(photos: Sequence[CasePhoto]) -> dict[str, Any]:
    again = said("verdict.again", reasons=[said("quality.blurred")])
    seen: list[dict[str, Any]] = [
        {
            "photo": {"file": one.name, "sha256": one.sha256, "width": one.size.width, "height": one.size.height},
            "verdict": "damaged",
            "advice": [again],
            "quality": {"reasons": [said("quality.blurred")], "brightness": 0.5},
            "damages": [{"type": "dent", "box": [100.0, 120.0, 420.0, 400.0], "mask": None}],
        }
        for one in photos
    ]
    seen[0]["damages"] += [
        {"type": kind, "box": [500.0, 300.0 + 40 * row, 800.0, 360.0 + 40 * row], "mask": None}
        for row, kind in enumerate(("scratch", "broken_lamp", "crack"))
    ]
    told = {"severity": ["minor"], "size_mm": None, "evidence": []}
    rows = [
        ("dent", "front_left_door", 0.93, [{"photo": 0, "damage": 0}, {"photo": 1, "damage": 0}]),
        ("scratch", None, 0.2, [{"photo": 0, "damage": 1}]),
        ("broken_lamp", "front_bumper", 0.95, [{"photo": 0, "damage": 2}]),
        ("crack", "rear_bumper", 0.9, [{"photo": 0, "damage": 3}]),
    ]
    damages = [
        told | {"type": kind, "part": part, "probability": sure, "views": views} for kind, part, sure, views in rows
    ]
    advice = [said("advice.of_photo", photo=photos[0].name, advice=again), said("advice.unseen", parts=[CarPart.ROOF])]
    return with_reasons(
        {
            "schema": "coachwork.inspection/1",
            "verdict": "damaged",
            "advice": advice,
            "unseen": ["roof"],
            "coverage": [
                {"part": "bonnet", "sight": "well", "photos": [0]},
                {"part": "roof", "sight": "not", "photos": []},
            ],
            "photos": seen,
            "damages": damages,
            "models": [],
        }
    )


def _changes() -> dict[str, Any]:
    grown = said("change.grown_alone", covers=said("change.covers", growth=Decimal("1.72")))
    whys = [
        ("new", "dent", [], [0], said("change.not_on_part", part=CarPart.FRONT_LEFT_DOOR, photo=1, time="before")),
        ("uncertain", "scratch", [1], [1], grown),
        ("gone", "dent", [0], [], said("change.not_at_place", points=31, photo=2, time="now")),
        ("not comparable", "broken_lamp", [], [2], said("change.not_seen", time="before")),
        ("unchanged", "crack", [3], [3], said("change.close", type=DamageType.CRACK, photo=1, time="now")),
        ("not comparable", "broken_lamp", [2], [], said("change.not_seen", time="now")),
    ]
    changes = [
        {"state": state, "type": kind, "part": None if kind == "scratch" else "front_left_door", "before": before}
        | {"after": after, "why": why, "growth": None, "evidence": [], "sighting": None}
        for state, kind, before, after, why in whys
    ]
    counts = {"new": 1, "grown": 0, "uncertain": 1, "not comparable": 2, "unchanged": 1, "gone": 1}
    warning = said("two_cars.differ", what="plate", before="B-AB 12", after="M-XY 3")
    return with_reasons({"warnings": [warning], "counts": counts, "changes": changes})
