from datetime import date
from decimal import Decimal

import pytest

from coachwork.cases.case import Facts
from coachwork.cases.outcome import CaseOutcome, OutcomeKind
from coachwork.cases.problems import CaseRefused, UnknownCase
from coachwork.storage.case_store import CaseStore
from coachwork.storage.database import Database
from coachwork.storage.outcome_store import OutcomeStore

BILL = CaseOutcome(
    kind=OutcomeKind.REPAIR, amount=Decimal("812.40"), currency="EUR", on=date(2026, 3, 2), paid=Decimal("512.40")
)


@pytest.fixture
def store(database: Database, cases: CaseStore) -> OutcomeStore:
    return OutcomeStore(database, cases)


def test_a_new_case_has_none(store: OutcomeStore, cases: CaseStore, tenant: str) -> None:
    case = cases.open_case(tenant, Facts(), by="tests")
    assert store.all(tenant, case.id) == []


def test_what_is_told_twice_is_kept_once_and_a_correction_is_added(
    store: OutcomeStore, cases: CaseStore, tenant: str
) -> None:
    case = cases.open_case(tenant, Facts(reference="claim 7"), by="tests")
    first, new = store.keep(tenant, case.id, BILL, by="anna")
    again, twice = store.keep(tenant, case.id, BILL, by="import")
    assert (new, twice, again) == (True, False, first)
    later = CaseOutcome(kind=OutcomeKind.REPAIR, amount=Decimal(900), currency="EUR", on=date(2026, 3, 9))
    store.keep(tenant, case.id, later, by="anna")
    assert [one.amount for one in store.all(tenant, case.id)] == [Decimal("812.40"), Decimal(900)]
    assert (first.by, first.paid) == ("anna", Decimal("512.40"))
    assert [one.kind for one in cases.events(tenant, case.id)].count("outcome.recorded") == 2


def test_another_tenants_case_is_none(store: OutcomeStore, cases: CaseStore, tenant: str) -> None:
    case = cases.open_case(tenant, Facts(), by="tests")
    with pytest.raises(UnknownCase):
        store.keep("other", case.id, BILL, by="eve")
    with pytest.raises(UnknownCase):
        store.case_named("other", case.id)


def test_a_case_is_found_by_its_reference_as_long_as_it_is_the_only_one(
    store: OutcomeStore, cases: CaseStore, tenant: str
) -> None:
    case = cases.open_case(tenant, Facts(reference="claim 7"), by="tests")
    assert store.case_named(tenant, "claim 7") == store.case_named(tenant, case.id) == case.id
    cases.open_case(tenant, Facts(reference="claim 7"), by="tests")
    with pytest.raises(UnknownCase, match="several"):
        store.case_named(tenant, "claim 7")


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"amount": Decimal(-1)}, "between 0"),
        ({"amount": Decimal("NaN")}, "between 0"),
        ({"currency": "eur"}, "three letters"),
        ({"kind": OutcomeKind.SALE}, "only of repairs"),
        ({"note": "x" * 501}, "longer than"),
    ],
)
def test_what_no_bill_says_is_refused(fields: dict[str, object], why: str) -> None:
    told = {"kind": OutcomeKind.REPAIR, "amount": Decimal(1), "currency": "EUR", "on": date(2026, 3, 2)}
    with pytest.raises(CaseRefused, match=why):
        CaseOutcome(**{**told, "paid": Decimal(1), **fields})  # type: ignore[arg-type]
