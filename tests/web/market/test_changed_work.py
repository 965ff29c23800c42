from decimal import Decimal
from typing import Any

import pytest
from fastapi.testclient import TestClient

from coachwork.cases.case import Case, Facts, Purpose
from coachwork.cases.corrections import Correction, CorrectionKind
from coachwork.cases.people import Person
from coachwork.casework.market import valued_document
from coachwork.casework.service import Service
from coachwork.estimates.rules import Operation
from coachwork.estimates.work_changes import WorkChange, WorkDeed
from coachwork.taxonomy import Item
from tests.web.market.conftest import CAR, Signed
from tests.web.market.test_shared import shared
from tests.web.workbench_cases import ready_case

REASON = "Mr Doe's workshop quoted it"


@pytest.fixture
def by_anna(market: Service) -> Person:
    tenant = market.keys.tenant("default")
    return next(one for one in market.people.all(tenant) if one.login == "anna")


def change_a_line(service: Service, person: Person, case: Case, hours: str = "40") -> Case:
    """The first line with hours takes others, by hand."""
    result = service.cases.result(case.tenant, case.id)
    lines = result.estimate["plans"]["likely"]["lines"]
    line = next(one for one in lines if one["hours"] is not None)
    work = WorkChange(
        deed=WorkDeed.CHANGE,
        item=Item(line["item"]),
        place=line["place"],
        operation=Operation(line["operation"]),
        hours=Decimal(hours),
    )
    told = Correction(kind=CorrectionKind.WORK, revision=result.revision, work=work, reason=REASON)
    return service.desk.correct(person, case.id, told)


def total(estimate: dict[str, Any]) -> Decimal:
    return Decimal(estimate["total"]["likely"])


def test_hours_by_hand_enter_the_valuation_and_its_summary_at_once(
    market: Service, listing: Case, by_anna: Person
) -> None:
    terms = market.market.valuer.terms(listing.tenant)
    before = market.market.valuer.value(listing.tenant, listing.id)
    first = market.market.summary(listing.tenant, market.cases.case(listing.tenant, listing.id), terms)
    changed = change_a_line(market, by_anna, listing)
    after = market.market.valuer.value(listing.tenant, listing.id)
    result = market.cases.result(listing.tenant, listing.id)
    assert after.etag != before.etag
    assert after.valuation["estimate"] == result.estimate
    assert total(after.valuation["estimate"]) > total(before.valuation["estimate"])
    assert Decimal(after.valuation["deduction"]["likely"]) > Decimal(before.valuation["deduction"]["likely"])
    summary = market.market.summary(listing.tenant, changed, terms)
    assert first is not None
    assert summary is not None
    assert (first.likely, summary.likely) == (
        before.valuation["deduction"]["likely"],
        after.valuation["deduction"]["likely"],
    )
    undone = Correction(
        kind=CorrectionKind.UNDO, revision=changed.revision, undoes=after.valuation["estimate"]["changes"][0]["number"]
    )
    market.desk.correct(by_anna, listing.id, undone)
    assert market.market.valuer.value(listing.tenant, listing.id).valuation["lines"] == before.valuation["lines"]


def test_hours_by_hand_enter_the_settlement_at_once(market: Service, by_anna: Person) -> None:
    case = ready_case(market, facts=Facts(reference="claim 9", purpose=Purpose.CLAIM, vehicle=CAR))
    before = market.cases.result(case.tenant, case.id).settlement
    change_a_line(market, by_anna, case)
    after = market.cases.result(case.tenant, case.id).settlement
    assert before is not None
    assert after is not None
    assert Decimal(after["payout"]["likely"]) > Decimal(before["payout"]["likely"])
    assert after["estimate"]["changes"][0]["reason"] == REASON


def test_a_shared_report_says_what_was_changed_but_not_who_did_so_and_why(
    market: Service, listing: Case, by_anna: Person
) -> None:
    change_a_line(market, by_anna, listing)
    own, shared = (
        valued_document(market.market.valuer.value(listing.tenant, listing.id, anonymous=told), shared=told)
        for told in (False, True)
    )
    assert REASON in str(own["estimate"])
    assert REASON not in str(shared)
    assert "anna" not in str(shared)
    assert any("by hand, 40 h" in line["why"] for line in shared["estimate"]["plans"]["likely"]["lines"])


def test_neither_page_nor_print_of_a_shared_report_tells_who_and_why(
    market: Service, app: TestClient, anna: Signed, *, listing: Case, by_anna: Person
) -> None:
    change_a_line(market, by_anna, listing)
    home = shared(anna, listing)
    assert REASON not in app.get(home).text
    link = market.market.links.find(home[3:])
    made = market.condition_report(link.tenant, link.case, link.terms, shared=True)
    assert REASON.encode() not in made.page
    assert b"by hand, 40 h" in made.page
