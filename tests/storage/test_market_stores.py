from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, update

from coachwork.cases.case import Case, CaseState, Facts, Purpose
from coachwork.cases.comparison import Comparison, ComparisonState, MarkKind, PairMark, UnknownComparison
from coachwork.cases.listing import Terms, UnknownLot, UnknownReport
from coachwork.cases.problems import CaseChanged, CaseNotReady, CaseRefused, KeyReused, UnknownCase
from coachwork.inspections.vehicle import Vehicle
from coachwork.storage.case_store import CaseStore
from coachwork.storage.case_writing import RequestKey
from coachwork.storage.columns import now
from coachwork.storage.comparison_store import ComparisonStore
from coachwork.storage.database import Database
from coachwork.storage.erasing import Eraser
from coachwork.storage.key_store import KeyStore
from coachwork.storage.listing_store import ListingStore, WantedListings
from coachwork.storage.market_tables import report_links
from coachwork.storage.photo_store import PhotoStore
from coachwork.storage.report_link_store import ReportLinkStore
from coachwork.storage.tables import cases as case_table

CHANGE = {"state": "new", "type": "dent", "part": None, "before": [], "after": [0], "why": "w", "growth": None}
FOUND: dict[str, Any] = {
    "changes": {"counts": {"new": 1, "gone": 0}, "changes": [CHANGE | {"evidence": [], "sighting": None}]},
    "before": {"revision": 1, "inspection": {}},
    "after": {"revision": 1, "inspection": {}},
}


@pytest.fixture
def other(database: Database) -> str:
    return KeyStore(database).tenant("other")


@pytest.fixture
def listings(database: Database) -> ListingStore:
    return ListingStore(database)


@pytest.fixture
def queued() -> list[Comparison]:
    return []


@pytest.fixture
def comparisons(database: Database, cases: CaseStore, queued: list[Comparison]) -> ComparisonStore:
    def enqueue(_connection: Connection, one: Comparison) -> None:
        queued.append(one)

    return ComparisonStore(database, cases, enqueue=enqueue)


@pytest.fixture
def opened(database: Database, cases: CaseStore) -> Callable[..., Case]:
    def make(tenant: str, reference: str = "c", *, state: CaseState = CaseState.READY, **facts: Any) -> Case:
        told = Facts(reference=reference, **({"purpose": Purpose.RENTAL} | facts))
        case = cases.open_case(tenant, told, by="t")
        with database.writing() as connection:
            connection.execute(update(case_table).where(case_table.c.id == case.id).values(state=state.value))
        return cases.case(tenant, case.id)

    return make


def test_a_tenants_terms_are_the_defaults_until_somebody_chose(listings: ListingStore, tenant: str, other: str) -> None:
    assert listings.terms(tenant) == Terms()
    for terms in (Terms(scheme="naaa"), Terms(charges="uk-typical")):
        listings.set_terms(tenant, terms, by="anna")
        assert listings.terms(tenant) == terms
    assert listings.terms(other) == Terms()


def test_lots_have_one_name_each_and_belong_to_their_tenant(
    listings: ListingStore, tenant: str, other: str, opened: Callable[..., Case]
) -> None:
    lot = listings.make_lot(tenant, " auction  48 ", by="anna")
    assert listings.make_lot(tenant, "auction 48", by="bob") == lot
    assert listings.make_lot(other, "auction 48", by="eve").id != lot.id
    case, second = opened(tenant), listings.make_lot(tenant, "b", by="anna")
    listings.put_into_lot(tenant, lot.id, case.id)
    listings.put_into_lot(tenant, second.id, case.id)
    assert [(one.name, one.listings) for one in listings.lots(tenant)] == [("b", 1), ("auction 48", 0)]
    for name in (" ", "x" * 201):
        with pytest.raises(CaseRefused):
            listings.make_lot(tenant, name, by="anna")
    with pytest.raises(UnknownLot):
        listings.put_into_lot(other, lot.id, case.id)
    with pytest.raises(UnknownCase):
        listings.put_into_lot(tenant, lot.id, opened(other).id)


def test_the_queue_holds_a_tenants_listings_a_page_at_a_time(
    listings: ListingStore, tenant: str, other: str, opened: Callable[..., Case]
) -> None:
    assert listings.page(tenant, WantedListings()) == []
    golf = Vehicle(make="Volkswagen", model="Golf", plate="B-AB 12")
    first = opened(tenant, "4711", purpose=Purpose.LISTING, vehicle=golf)
    second = opened(tenant, "4712", purpose=Purpose.LISTING, state=CaseState.OPEN)
    opened(tenant, "4713"), opened(other, "4714", purpose=Purpose.LISTING)
    lot = listings.make_lot(tenant, "lot", by="anna")
    listings.put_into_lot(tenant, lot.id, first.id)

    def found(**wanted: Any) -> list[str]:
        return [one.case.id for one in listings.page(tenant, WantedListings(**wanted), limit=5)]

    assert found() == [second.id, first.id]
    assert found(after=second.id) == [first.id]
    assert found(lot=lot.id) == found(text="golf") == found(text="b-ab") == found(text=first.id) == [first.id]
    assert found(state=CaseState.OPEN) == found(text="4712") == [second.id]
    assert found(text="%") == []
    assert listings.page(tenant, WantedListings(lot=lot.id))[0].lot == "lot"
    counts = listings.counts(tenant)
    assert (counts[CaseState.READY], counts[CaseState.OPEN], counts[CaseState.FAILED]) == (1, 1, 0)


def test_links_to_reports_end_and_are_withdrawn(
    database: Database, cases: CaseStore, tenant: str, other: str, opened: Callable[..., Case]
) -> None:
    links, case = ReportLinkStore(database, cases), opened(tenant)
    terms = Terms(scheme="naaa")
    link, token = links.make(tenant, case.id, by="anna", days=3, terms=terms, amounts=False)
    assert links.find(token) == link
    for wrong in ("", token[:-1], token + "x", "x" * 500):
        with pytest.raises(UnknownReport):
            links.find(wrong)
    with pytest.raises(UnknownCase):
        links.withdraw(other, case.id, link.id, by="eve")
    with pytest.raises(UnknownCase):
        links.all(other, case.id)
    with pytest.raises(UnknownReport):
        links.withdraw(tenant, opened(tenant).id, link.id, by="anna")
    links.withdraw(tenant, case.id, link.id, by="anna")
    links.withdraw(tenant, case.id, link.id, by="anna")
    with pytest.raises(UnknownReport):
        links.find(token)
    assert links.all(tenant, case.id)[0].withdrawn is not None
    _, second = links.make(tenant, case.id, by="anna", days=1, terms=terms, amounts=True)
    with database.writing() as connection:
        connection.execute(update(report_links).values(ends=now() - timedelta(seconds=1)))
    with pytest.raises(UnknownReport):
        links.find(second)
    for days in (0, 367):
        with pytest.raises(CaseRefused):
            links.make(tenant, case.id, by="anna", days=days, terms=terms, amounts=True)
    kinds = [one.kind for one in cases.events(tenant, case.id)]
    assert kinds == ["case.opened", "report.shared", "report.withdrawn", "report.shared"]


def test_a_comparison_begins_when_both_cases_have_results_and_ends_once(
    database: Database,
    cases: CaseStore,
    comparisons: ComparisonStore,
    queued: list[Comparison],
    *,
    tenant: str,
    opened: Callable[..., Case],
) -> None:
    before, after = opened(tenant), opened(tenant, state=CaseState.OPEN)
    one = comparisons.make(tenant, before=before.id, after=after.id, by="anna")
    assert (one.state, one.reference, queued) == (ComparisonState.WAITING, "c", [])
    with database.writing() as connection:
        connection.execute(update(case_table).where(case_table.c.id == after.id).values(state="ready"))
        cases.tell(connection, after, "case.ready", "t", {})
    number = cases.events(tenant, after.id)[-1].number
    with database.writing() as connection:
        comparisons.begin(connection, number)
        comparisons.begin(connection, number)
    assert [each.id for each in queued] == [one.id]
    begun = queued[0]
    assert comparisons.find(begun.id, begun.version) == begun
    assert comparisons.find(begun.id, begun.version + 1) is None
    assert comparisons.publish(begun, FOUND, by="w") is True
    assert comparisons.publish(begun, FOUND, by="w") is False
    assert comparisons.fail(begun, "p", by="w") is False
    assert comparisons.comparison(tenant, one.id).state is ComparisonState.READY
    assert cases.events(tenant, after.id)[-1].detail["counts"] == {"new": 1}


def test_a_comparison_whose_case_was_changed_meanwhile_waits_again(
    database: Database, comparisons: ComparisonStore, queued: list[Comparison], tenant: str, opened: Callable[..., Case]
) -> None:
    before, after = opened(tenant), opened(tenant)
    comparisons.make(tenant, before=before.id, after=after.id, by="anna")
    with database.writing() as connection:
        connection.execute(update(case_table).where(case_table.c.id == after.id).values(state="open"))
    comparisons.wait(queued[0])
    assert comparisons.comparison(tenant, queued[0].id).state is ComparisonState.WAITING
    with database.writing() as connection:
        connection.execute(update(case_table).where(case_table.c.id == after.id).values(state="ready"))
    comparisons.wait(queued[0])
    assert len(queued) == 1, "an earlier version is not worked on again"
    assert comparisons.working() == []


def test_repeated_requests_make_one_comparison(
    comparisons: ComparisonStore, tenant: str, other: str, opened: Callable[..., Case]
) -> None:
    before, after, strange = opened(tenant), opened(tenant), opened(other)
    request = RequestKey(key="k", digest="d")
    made = [comparisons.make(tenant, before=before.id, after=after.id, by="a", request=request) for _ in range(2)]
    assert made[0].id == made[1].id
    with pytest.raises(KeyReused):
        comparisons.make(tenant, before=before.id, after=after.id, by="a", request=replace(request, digest="e"))
    with pytest.raises(CaseRefused):
        comparisons.make(tenant, before=before.id, after=before.id, by="a")
    for pair in ((strange.id, after.id), (before.id, strange.id)):
        with pytest.raises(UnknownCase):
            comparisons.make(tenant, before=pair[0], after=pair[1], by="a")
    with pytest.raises(UnknownComparison):
        comparisons.comparison(other, made[0].id)
    assert [one.id for one in comparisons.page(tenant)] == [made[0].id]
    assert comparisons.page(tenant, before=made[0].id) == []
    assert comparisons.page(tenant, text="nothing") == []
    assert comparisons.page(other) == []


def test_what_people_say_is_kept_with_its_event(
    cases: CaseStore,
    comparisons: ComparisonStore,
    queued: list[Comparison],
    *,
    tenant: str,
    other: str,
    opened: Callable[..., Case],
) -> None:
    before, after = opened(tenant), opened(tenant)
    one = comparisons.make(tenant, before=before.id, after=after.id, by="anna")
    mark = PairMark(kind=MarkKind.NOT_SAME, revision=0, after=(0,), reason="looked")
    with pytest.raises(CaseNotReady):
        comparisons.mark(tenant, one.id, mark, by="anna")
    found = {
        **FOUND,
        "changes": {**FOUND["changes"], "changes": [FOUND["changes"]["changes"][0] | {"state": "uncertain"}]},
    }
    comparisons.publish(queued[0], found, by="w")
    with pytest.raises(UnknownComparison):
        comparisons.mark(other, one.id, mark, by="eve")
    assert comparisons.mark(tenant, one.id, mark, by="anna").revision == 1
    with pytest.raises(CaseChanged):
        comparisons.mark(tenant, one.id, mark, by="bob")
    kept = comparisons.marks(tenant, one.id)
    assert [(each.kind, each.after, each.by, each.reason) for each in kept] == [
        (MarkKind.NOT_SAME, (0,), "anna", "looked")
    ]
    event = cases.events(tenant, after.id)[-1]
    assert (event.kind, event.by, event.detail["reason"]) == ("comparison.corrected", "anna", "looked")


def test_pairs_of_one_contract_that_nobody_compared_are_found(
    comparisons: ComparisonStore, tenant: str, opened: Callable[..., Case]
) -> None:
    first, _, last = (opened(tenant, "R1") for _ in range(3))
    opened(tenant, "R2"), opened(tenant, "R1", purpose=Purpose.CLAIM)
    assert [(one.id, two.id) for one, two in comparisons.uncompared(tenant)] == [(first.id, last.id)]
    comparisons.make(tenant, before=first.id, after=last.id, by="anna")
    assert comparisons.uncompared(tenant) == []


@pytest.mark.parametrize("side", [0, 1])
def test_a_comparison_is_erased_with_either_of_its_cases(
    database: Database,
    cases: CaseStore,
    comparisons: ComparisonStore,
    queued: list[Comparison],
    tenant: str,
    *,
    opened: Callable[..., Case],
    side: int,
    tmp_path: Any,
) -> None:
    pair = opened(tenant), opened(tenant)
    one = comparisons.make(tenant, before=pair[0].id, after=pair[1].id, by="anna")
    comparisons.publish(queued[0], FOUND, by="w")
    ReportLinkStore(database, cases).make(tenant, pair[side].id, by="a", days=1, terms=Terms(), amounts=True)
    store = ListingStore(database)
    store.put_into_lot(tenant, store.make_lot(tenant, "l", by="a").id, pair[side].id)
    eraser = Eraser(database, PhotoStore(str(tmp_path / "photos")), tmp_path / "registers")
    gone = eraser.erase(tenant, pair[side].id, by="Ada", why="asked for").rows
    assert {name: gone[name] for name in ("comparisons", "lot_listings", "report_links")} == dict.fromkeys(
        ("comparisons", "lot_listings", "report_links"), 1
    )
    with pytest.raises(UnknownComparison):
        comparisons.comparison(tenant, one.id)
    assert cases.case(tenant, pair[1 - side].id).id == pair[1 - side].id
