"""Half a year of cases, made by the service's own functions and then moved back in time."""

import random
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import update

from coachwork.cases.case import CasePhoto, CaseState, DecisionKind, Facts, Purpose
from coachwork.cases.corrections import Correction, CorrectionKind
from coachwork.cases.identity import new_id
from coachwork.cases.outcome import CaseOutcome, OutcomeKind
from coachwork.cases.people import Person
from coachwork.casework.pricing import priced_case
from coachwork.casework.service import Service
from coachwork.claims.claim_files import Cause, Loss
from coachwork.geometry.size import Size
from coachwork.inspections.vehicle import Vehicle
from coachwork.storage.columns import now
from coachwork.storage.customer_tables import customer_answers
from coachwork.storage.outcome_store import OutcomeStore
from coachwork.storage.outcome_tables import outcomes
from coachwork.storage.tables import cases, decisions, events

TYPES = ("dent", "scratch", "crack")
PARTS = ("front_left_door", "front_bumper", "bonnet")


def seed(service: Service, person: Person, *, count: int = 160, days: int = 180, dice: int = 7) -> None:
    """Cases of the person's tenant: corrected, decided, billed; the later ones better than the earlier ones."""
    chance = random.Random(dice)
    for number in range(count):
        progress = number / count
        case = _ready(service, person.tenant, chance, number)
        age = timedelta(days=days * (1 - progress), minutes=chance.randrange(600))
        hours = _handle(service, person, case, chance, progress)
        _move(service, case, age, hours)


def _ready(service: Service, tenant: str, chance: random.Random, number: int) -> str:
    listed = number % 8 == 7
    car = Vehicle(make="Volkswagen", model="Golf", market_value=Decimal(chance.randrange(9000, 20000)), currency="USD")
    told = Facts(
        reference=f"{'car' if listed else 'claim'} {number}",
        purpose=Purpose.LISTING if listed else Purpose.CLAIM,
        vehicle=car,
        loss=Loss(cause=Cause.PARKING, injured=False, drivable=True),
    )
    case = service.cases.open_case(tenant, told, by="tests")
    for place in range(chance.randrange(4, 9)):
        service.cases.add_photo(tenant, case.id, _photo(number, place, usable=chance.random() > 0.03), by="tests")
    handed = service.cases.submit(tenant, case.id, by="tests", enqueue=lambda *_: None)
    if chance.random() < 0.02:
        service.cases.fail(handed, "a photo could not be read", by="tests")
        return case.id
    inspection = _inspection(service, tenant, case.id, chance)
    service.cases.keep_inspection(handed, inspection)
    found = priced_case(handed, inspection, [], service.prices)
    service.cases.publish(handed, estimate=found.estimate, settlement=found.settlement, by="tests")
    return case.id


def _photo(number: int, place: int, *, usable: bool) -> CasePhoto:
    return CasePhoto(
        id=new_id("photo"),
        place=0,
        sha256=f"{number * 100 + place:064x}",
        name=f"{place}.jpg",
        media_type="image/jpeg",
        bytes=100,
        size=Size(height=900, width=1200),
        usable=usable,
        advice=() if usable else ("too dark",),
        added=now(),
    )


def _inspection(service: Service, tenant: str, case: str, chance: random.Random) -> dict[str, Any]:
    photos = service.cases.photos(tenant, case)
    seen = [
        {
            "photo": {"file": one.name, "sha256": one.sha256, "width": one.size.width, "height": one.size.height},
            "verdict": "damaged",
            "damages": [],
        }
        for one in photos
    ]
    damages = []
    for place in range(chance.randrange(1, 5)):
        photo: Any = seen[place % len(seen)]
        kind = chance.choice(TYPES)
        photo["damages"].append({"type": kind, "box": [50.0 * place, 40.0, 50.0 * place + 40, 90.0], "mask": None})
        damages.append(
            {
                "type": kind,
                "part": chance.choice(PARTS),
                "severity": ["minor"],
                "size_mm": None,
                "evidence": [],
                "probability": round(chance.uniform(0.4, 0.98), 2),
                "views": [{"photo": place % len(seen), "damage": len(photo["damages"]) - 1}],
            }
        )
    return {
        "schema": "coachwork.inspection/1",
        "verdict": "damaged",
        "advice": [],
        "unseen": [],
        "coverage": [{"part": "bonnet", "sight": "well", "photos": [0]}],
        "photos": seen,
        "damages": damages,
        "models": [],
    }


def _handle(service: Service, person: Person, case_id: str, chance: random.Random, progress: float) -> float:
    """Corrects, decides and bills a case; hours that it took until the decision."""
    case = service.cases.case(person.tenant, case_id)
    if case.state is not CaseState.READY:
        return 1.0
    result = service.cases.result(person.tenant, case_id)
    if chance.random() < 0.45 - 0.3 * progress:
        kind = CorrectionKind.DELETE if chance.random() < 0.4 else CorrectionKind.CONFIRM
        view = result.inspection["damages"][0]["views"][0]
        photo = result.inspection["photos"][view["photo"]]
        damage = photo["damages"][view["damage"]]
        key = f"{photo['photo']['sha256'][:16]}:{damage['type']}:{','.join(f'{edge:.0f}' for edge in damage['box'])}"
        case = service.desk.correct(person, case_id, Correction(kind=kind, revision=case.revision, damage=key))
    payout = Decimal(0) if result.settlement is None else Decimal(result.settlement["payout"]["likely"])
    repair = Decimal(result.estimate["total"]["likely"])
    if payout and chance.random() < 0.9:
        amount = payout if chance.random() < 0.7 else payout * Decimal("1.1")
        amount = amount.quantize(Decimal("0.01"))
        kind_of = DecisionKind.OFFER
        service.desk.decide(person, case_id, kind_of, revision=case.revision, amount=amount, reason="as estimated")
    if repair and chance.random() < 0.6:
        real = (repair * Decimal(str(chance.gauss(1.05, 0.15 * (1.3 - progress))))).quantize(Decimal("0.01"))
        _tell(service, person, case_id, real, sale=result.settlement is None)
    return chance.lognormvariate(2.2, 0.7)


def _tell(service: Service, person: Person, case_id: str, real: Decimal, *, sale: bool) -> None:
    case = service.cases.case(person.tenant, case_id)
    value = case.facts.vehicle.market_value if case.facts.vehicle else None
    amount = max(value - real, Decimal(1)) if sale and value is not None else max(real, Decimal(1))
    kind = OutcomeKind.SALE if sale else OutcomeKind.REPAIR
    outcome = CaseOutcome(kind=kind, amount=amount, currency="USD", on=now().date())
    OutcomeStore(service.database, service.cases).keep(person.tenant, case_id, outcome, by="tests")


def _move(service: Service, case_id: str, age: timedelta, hours: float) -> None:
    """Back in time: opened so long ago, handed over minutes later, decided after so many hours."""
    opened = now() - age
    after = {"case.submitted": 0.05, "case.ready": 0.06, "damage.corrected": hours * 0.9, "case.decided": hours}
    with service.database.writing() as connection:
        connection.execute(update(cases).where(cases.c.id == case_id).values(opened=opened))
        for kind, later in after.items():
            own = (events.c.case == case_id) & (events.c.kind == kind)
            connection.execute(update(events).where(own).values(at=opened + timedelta(hours=later)))
        billed = update(outcomes).where(outcomes.c.case == case_id)
        connection.execute(billed.values(on=(opened + timedelta(hours=hours)).date()))
        for table in (decisions, customer_answers):
            moved = update(table).where(table.c.case == case_id)
            connection.execute(moved.values(at=opened + timedelta(hours=hours)))
