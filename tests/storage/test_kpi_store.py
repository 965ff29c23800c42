from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from coachwork.cases.case import CasePhoto, DecisionKind, Facts
from coachwork.cases.corrections import Correction, CorrectionKind, Mark
from coachwork.cases.identity import new_id
from coachwork.cases.outcome import CaseOutcome, OutcomeKind
from coachwork.cases.people import Person, Role
from coachwork.claims.settlement import Route
from coachwork.geometry.size import Size
from coachwork.inspections.vehicle import Vehicle
from coachwork.kpis.record import CaseRecord
from coachwork.storage.answer_store import AnswerStore
from coachwork.storage.case_store import CaseStore
from coachwork.storage.columns import now
from coachwork.storage.correction_store import CorrectionStore
from coachwork.storage.database import Database
from coachwork.storage.kpi_store import KpiStore
from coachwork.storage.outcome_store import OutcomeStore
from coachwork.storage.people_store import PeopleStore
from coachwork.taxonomy import DamageType
from tests.storage.test_case_store import decision as made_decision

SETTLEMENT = {
    "route": Route.AUTO_OFFER.value,
    "payout": {"lower": "600", "likely": "700", "upper": "800", "currency": "EUR"},
    "policy": {"deductible": "300", "limit": None},
    "fraud": None,
}
ESTIMATE = {"total": {"likely": "1000.00", "currency": "EUR"}, "total_loss": {"outcome": "no"}}
PRICED = {"estimate": ESTIMATE, "settlement": SETTLEMENT, "damages": [{"name": "damage 1"}]}


@pytest.fixture
def person(database: Database, tenant: str) -> Person:
    return PeopleStore(database).add(tenant, "anna", Role.HANDLER)[0]


def decide(cases: CaseStore, tenant: str, case: str, **told: Any) -> None:
    cases.decide(tenant, case, made_decision(cases.case(tenant, case), **told))


def photo(number: int, *, usable: bool = True) -> CasePhoto:
    return CasePhoto(
        id=new_id("photo"),
        place=0,
        sha256=f"{number:064x}",
        name="a.jpg",
        media_type="image/jpeg",
        bytes=10,
        size=Size(height=600, width=800),
        usable=usable,
        advice=(),
        added=now(),
    )


def inspection(*probabilities: float) -> dict[str, Any]:
    boxes = [{"type": "dent", "box": [10.0 * n, 10.0, 10.0 * n + 8, 40.0]} for n in range(len(probabilities))]
    return {
        "photos": [{"photo": {"sha256": f"{1:064x}"}, "damages": boxes}],
        "damages": [
            {
                "type": "dent",
                "part": None,
                "severity": ["minor"],
                "probability": probability,
                "views": [{"photo": 0, "damage": n}],
            }
            for n, probability in enumerate(probabilities)
        ],
    }


def ready(cases: CaseStore, tenant: str, seen: dict[str, Any], facts: Facts | None = None) -> str:
    """A case with two photos, one of them no good, and results."""
    case = cases.open_case(tenant, facts or Facts(), by="tests")
    cases.add_photo(tenant, case.id, photo(1), by="tests")
    cases.add_photo(tenant, case.id, photo(2, usable=False), by="tests")
    handed = cases.submit(tenant, case.id, by="tests", enqueue=lambda *_: None)
    cases.keep_inspection(handed, seen)
    cases.publish(handed, estimate=ESTIMATE, settlement=SETTLEMENT, by="coachwork")
    return case.id


def records(database: Database, tenant: str) -> list[CaseRecord]:
    return list(KpiStore(database).records(tenant, now() - timedelta(days=1)))


def test_a_tenant_without_cases_has_no_records(database: Database, tenant: str) -> None:
    assert records(database, tenant) == []


def test_a_case_that_goes_on_is_told_as_far_as_it_came(database: Database, cases: CaseStore, tenant: str) -> None:
    facts = Facts(vehicle=Vehicle(market_value=Decimal(9500), currency="EUR"))
    case = ready(cases, tenant, inspection(0.9), facts)
    (found,) = records(database, tenant)
    assert (found.id, found.photos, found.unusable, found.failures) == (case, 2, 1, 0)
    assert found.own is not None
    assert (found.own.repair, found.own.payout, found.own.deductible) == (
        Decimal("1000.00"),
        Decimal(700),
        Decimal(300),
    )
    assert (found.own.route, found.own.limit, found.own.total_loss) == (Route.AUTO_OFFER, None, False)
    assert (found.ending, found.accepted, found.judged, found.touched) == (None, None, None, False)
    assert found.market_value == (Decimal(9500), "EUR")
    assert len(found.work_s) == 1
    assert found.ready is not None
    assert KpiStore(database).records("other", datetime(2020, 1, 1, tzinfo=UTC)) == []
    assert KpiStore(database).records(tenant, now() + timedelta(hours=1)) == []


def test_corrections_change_what_stands_and_not_what_the_program_proposed(
    database: Database, cases: CaseStore, tenant: str, person: Person
) -> None:
    case = ready(cases, tenant, inspection(0.9, 0.8, 0.2))
    store = CorrectionStore(database, cases)
    wrong = Correction(kind=CorrectionKind.DELETE, revision=1, damage=f"{1:064x}"[:16] + ":dent:10,10,18,40")
    corrected = store.keep(case, wrong, person, priced=lambda *_: PRICED | {"estimate": ESTIMATE | {"total": {}}})
    mark = Mark(sha256=f"{1:064x}", outline=((1, 1), (9, 1), (9, 9)))
    added = Correction(kind=CorrectionKind.ADD, revision=corrected.revision, type=DamageType.SCRATCH, mark=mark)
    store.keep(case, added, person, priced=lambda *_: PRICED)
    (found,) = records(database, tenant)
    assert found.own is not None
    assert found.own.repair == 1000
    assert found.corrected
    assert found.touched
    assert found.judged is not None
    assert (found.judged.photos, found.judged.missed) == (1, 1)
    assert found.judged.found == ((0.9, True), (0.8, False))  # of 0.2 nobody said anything


def test_an_offer_that_stands_ends_a_case_and_a_request_for_photos_does_not(database: Database, tenant: str) -> None:
    cases = CaseStore(database, four_eyes_above=Decimal(500))
    case = ready(cases, tenant, inspection(0.9))
    decide(cases, tenant, case, kind=DecisionKind.MORE_PHOTOS, amount=None, currency=None)
    decide(cases, tenant, case, amount="650")
    (found,) = records(database, tenant)
    assert (found.asked_again, found.ending) == (True, None)  # the offer waits for a second person
    decide(cases, tenant, case, amount="450")
    (found,) = records(database, tenant)
    assert found.ending is not None
    assert (found.ending.kind, found.ending.offered, found.ending.by_person) == (DecisionKind.OFFER, Decimal(450), True)


def test_a_customer_who_accepts_what_the_program_offers_ends_a_case(
    database: Database, cases: CaseStore, tenant: str
) -> None:
    case = ready(cases, tenant, inspection(0.9))
    AnswerStore(database, cases).accept(tenant, case, revision=1, amount="700", currency="EUR")
    (found,) = records(database, tenant)
    assert found.ending is not None
    assert (found.accepted, found.ending.kind, found.touched) == (True, None, False)


def test_failed_work_and_real_amounts_are_told(database: Database, cases: CaseStore, tenant: str) -> None:
    case = cases.open_case(tenant, Facts(), by="tests")
    cases.add_photo(tenant, case.id, photo(1), by="tests")
    cases.fail(cases.submit(tenant, case.id, by="t", enqueue=lambda *_: None), "broken", by="coachwork")
    store = OutcomeStore(database, cases)
    for amount in (800, 900):
        bill = CaseOutcome(kind=OutcomeKind.REPAIR, amount=Decimal(amount), currency="EUR", on=date(2026, 3, 1))
        store.keep(tenant, case.id, bill, by="t")
    (found,) = records(database, tenant)
    assert (found.failures, found.work_s, found.own) == (1, (), None)
    assert found.outcomes[OutcomeKind.REPAIR].amount == 900
