"""Whoever speaks of damage 2 speaks of the same damage, wherever they read its number."""

import re
from decimal import Decimal
from typing import Any

import pytest
from fastapi.testclient import TestClient

from coachwork.cases.access import Scope
from coachwork.cases.case import Case
from coachwork.cases.corrections import Correction, CorrectionKind, standing_damages
from coachwork.casework.reporting import document_of
from coachwork.casework.service import Service
from coachwork.reports.car.contents import report_contents
from coachwork.web.customer.contents import shown_result
from coachwork.web.strings import strings
from coachwork.web.workbench.case_view import case_view
from coachwork.web.workbench.words import Words
from tests.web.workbench_cases import PASSWORD, person, ready_case


@pytest.fixture(scope="module")
def corrected(service: Service) -> Case:
    """A case whose dent, damage 1, a handler deleted; the scratch is left."""
    case, nora = ready_case(service), person(service, "nora")
    told = service.cases.result(case.tenant, case.id)
    dent = standing_damages(told.inspection, []).damages[0]
    deleted = Correction(kind=CorrectionKind.DELETE, revision=told.revision, damage=dent.key)
    return service.desk.correct(nora, case.id, deleted)


def test_customers_handlers_reports_and_estimates_agree(service: Service, corrected: Case) -> None:
    result = service.cases.result(corrected.tenant, corrected.id)
    told = [(one.number, one.kind.value) for one in shown_result(result).damages]
    assert told == [(2, "scratch")]
    report = report_contents(document_of(result))
    assert [(one.number, one.what) for one in report.damages] == [(2, "scratch")]
    assert [one.damages for one in report.photos] == [(2,), ()]
    nora = next(one for one in service.people.all(corrected.tenant) if one.login == "nora")
    view = case_view(service, nora, corrected.id)
    assert [(one.number, one.damage.deleted) for one in view.damages] == [(1, True), (2, False)]
    assert [(one.number, one.likely) for one in view.photos[0].drawn] == [(1, True), (2, False)]
    assert [one["name"] for one in result.estimate["damages"]] == ["damage 2"]


def test_the_api_and_the_pages_say_the_same_number(service: Service, browser: TestClient, corrected: Case) -> None:
    key = service.keys.make(corrected.tenant, "numbers", (Scope.READ,))[1]

    def asked(name: str) -> Any:
        path = f"/v1/inspections/{corrected.id}/{name}"
        return browser.get(path, headers={"Authorization": f"Bearer {key}"}).json()

    assert [(one["number"], one["type"]) for one in asked("result")["inspection"]["damages"]] == [
        (1, "dent"),
        (2, "scratch"),
    ]
    assert [(one["number"], one["name"]) for one in asked("result")["damages"]] == [(2, "damage 2")]
    assert [(one["number"], one["deleted"]) for one in asked("corrections")["damages"]] == [(1, True), (2, False)]
    browser.post("/login", data={"login": "nora", "password": PASSWORD})
    page = browser.get(f"/workbench/cases/{corrected.id}").text
    rows = re.findall(r'<tbody[^>]*data-damage="(\d+)"', page)
    assert rows == ["1", "2"], page[:2000]
    _, token = service.customers.links.make(corrected.tenant, corrected.id, by="tests", days=1)
    told = browser.get(f"/c/{token}").text
    assert re.findall(r'class="mark" aria-hidden="true">(\d+)<', told) == ["2"]


def test_the_trail_of_a_case_says_which_damage_was_meant(browser: TestClient, corrected: Case) -> None:
    browser.post("/login", data={"login": "nora", "password": PASSWORD})
    page = browser.get(f"/workbench/cases/{corrected.id}").text
    assert "Damage 1: deleted" in re.sub(r"\s+", " ", page)


def test_an_amount_without_a_currency_is_told_alone() -> None:
    words = Words(strings("en"))
    assert words.money(Decimal(9500), None) == "9,500.00"
    assert words.money("9500", "EUR") == "9,500.00\u00a0EUR"
