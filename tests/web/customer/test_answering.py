from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from coachwork.cases.access import Scope
from coachwork.cases.case import DecisionKind, Facts
from coachwork.casework.service import Service
from coachwork.inspections.vehicle import Vehicle
from coachwork.storage.columns import now
from coachwork.storage.customer_tables import customer_links
from coachwork.web.customer.contents import result_for_customer, shown_result
from tests.web.customer.conftest import Opened, settlement

OFFER = {"revision": "1", "amount": "1234.50", "currency": "EUR"}
Open = Callable[..., Opened]


def kinds(own: Opened) -> list[str]:
    return [event.kind for event in own.service.cases.events(own.caller.tenant, own.case_id)]


def test_none_is_said_only_where_it_is_so(browser: TestClient, opened: Open) -> None:
    said = browser.get(opened().found(settlement(), verdict="none", damages=0).home).text
    assert "No damage was found" in said
    unsure = browser.get(opened().found(settlement("review"), verdict="uncertain", damages=0).home).text
    assert "No damage was found" not in unsure
    assert "cannot be said for sure" in unsure
    assert "bonnet" in unsure


def test_an_offer_is_accepted_once_and_said_again(browser: TestClient, opened: Open) -> None:
    own = opened().found(settlement())
    page = browser.get(own.home).text
    assert "We offer you 1,234.50 EUR." in page
    assert "Deductible" not in page
    assert "-150.00 EUR" in page
    for _ in range(2):
        assert browser.post(f"{own.home}/accept", data=OFFER).headers["location"] == own.home
    assert kinds(own).count("customer.accepted") == 1
    page = browser.get(own.home).text
    assert "You accepted 1,234.50 EUR" in page
    assert "Accept the offer" not in page
    assert browser.get(f"{own.home}/object").headers["location"] == own.home


@pytest.mark.parametrize(
    ("told", "status"),
    [
        (OFFER | {"amount": "99999.00"}, 412),
        (OFFER | {"revision": "7"}, 412),
        (OFFER | {"revision": "x"}, 412),
        ({}, 412),
    ],
)
def test_what_was_not_offered_is_not_accepted(
    browser: TestClient, opened: Open, told: dict[str, str], status: int
) -> None:
    own = opened().found(settlement())
    assert browser.post(f"{own.home}/accept", data=told).status_code == status
    assert "customer.accepted" not in kinds(own)


@pytest.mark.parametrize("route", ["review", "total loss", "not covered, for a person to decide"])
def test_a_person_looks_first_and_nothing_is_denied(browser: TestClient, opened: Open, route: str) -> None:
    own = opened().found(settlement(route))
    page = browser.get(own.home).text
    assert "A person looks at your case first" in page
    assert "without obligation: 1,234.50 EUR, between 900.00 and 1,500.00 EUR" in page
    assert "/accept" not in page
    assert browser.post(f"{own.home}/accept", data=OFFER).status_code == 422


def test_a_suspicion_is_told_to_nobody(browser: TestClient, opened: Open) -> None:
    own = opened().found(settlement("review"))
    page = browser.get(own.home).text
    assert "SECRET" not in page
    assert "fraud" not in page.lower()
    result = result_for_customer(own.service.cases.result(own.caller.tenant, own.case_id))
    assert "SECRET" not in str(result)
    neutral = [holds for rule, holds in shown_result(result).rules if rule == "no-sign-of-fraud"]
    assert neutral == [None]


@pytest.mark.parametrize(
    ("kind", "amount", "text"),
    [
        (DecisionKind.OFFER, "800.00", "We offer you 800.00 EUR."),
        (DecisionKind.DECLINE, None, "No payment"),
        (DecisionKind.MORE_PHOTOS, None, "Please send more photos"),
        (DecisionKind.SURVEY, None, "An expert should look"),
        (DecisionKind.CLOSE, None, "The case is closed"),
    ],
)
def test_what_a_person_decided_is_said_with_the_reason(
    browser: TestClient, opened: Open, kind: DecisionKind, amount: str | None, text: str
) -> None:
    own = opened().found(settlement("review"))
    own.decided(kind, amount, reason="<i>because</i>")
    page = browser.get(own.home).text
    assert text in page
    assert "&lt;i&gt;because&lt;/i&gt;" in page
    assert "I do not agree" in page
    assert "1,384.50" not in page, "the program's figures count no more once a person decided"


def test_an_objection_is_kept_once_and_shown_as_text(browser: TestClient, opened: Open) -> None:
    own = opened().found(settlement("review"))
    assert browser.get(f"{own.home}/object").status_code == 200
    told = {"revision": "1", "key": "k1", "text": "too little <script>alert(1)</script>"}
    for _ in range(2):
        assert browser.post(f"{own.home}/object", data=told).headers["location"] == own.home
    assert kinds(own).count("customer.objected") == 1
    page = browser.get(own.home).text
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert(1)" not in page
    more = browser.post(f"{own.home}/object", data=told | {"key": "k2", "photos": "yes"})
    assert more.headers["location"] == f"{own.home}/photos"


@pytest.mark.parametrize("text", ["", "   ", "x" * 4001])
def test_an_objection_without_words_or_with_too_many_comes_back(browser: TestClient, opened: Open, text: str) -> None:
    own = opened().found(settlement())
    answer = browser.post(f"{own.home}/object", data={"revision": "1", "text": text})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert "customer.objected" not in kinds(own)


def test_pictures_are_encoded_anew_and_the_cases_own(browser: TestClient, opened: Open) -> None:
    own = opened().found(settlement())
    answer = browser.get(f"{own.home}/pictures/1")
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.content.startswith(b"\xff\xd8")
    assert browser.get(f"{own.home}/pictures/2").status_code == 404
    assert browser.get(f"{own.home}/pictures/0").status_code == 422
    assert browser.get(f"{opened().home}/pictures/1").status_code == 409, "no results yet"


PATHS = ("", "/tell", "/photos", "/state", "/views", "/object", "/pictures/1", "/report.pdf")
CHANGES = ("/tell", "/photos", "/complete", "/accept", "/object", "/uploads")


@pytest.mark.parametrize("end", ["other", "expired", "revoked", "cut", "long"])
def test_a_link_that_is_not_good_opens_nothing(browser: TestClient, opened: Open, end: str) -> None:
    own = opened().found(settlement())
    link = own.service.customers.links.find(own.home.removeprefix("/c/"))
    if end == "expired":
        with own.service.database.writing() as connection:
            past = now() - timedelta(seconds=1)
            connection.execute(update(customer_links).where(customer_links.c.id == link.id).values(ends=past))
    elif end == "revoked":
        own.service.customers.links.revoke(link.tenant, link.case, by="t")
    home = {"other": "/c/" + "A" * 43, "cut": own.home[:-1], "long": own.home + "A" * 30}.get(end, own.home)
    answers = [browser.get(home + path) for path in PATHS]
    answers += [browser.post(home + path, data=OFFER) for path in CHANGES]
    assert {answer.status_code for answer in answers} <= {404, 422}
    assert all(own.case_id not in answer.text and "1,234.50" not in answer.text for answer in answers)
    assert kinds(own)[-1] in {"case.ready", "link.revoked"}


def test_a_link_is_no_key_and_leads_to_no_other_case(browser: TestClient, opened: Open) -> None:
    own, other = opened(), opened(Facts(reference="SECRET", vehicle=Vehicle(make="SECRET")))
    photo = other.photo()
    token = own.home.removeprefix("/c/")
    bearer = {"Authorization": f"Bearer {token}", "Accept": "*/*"}
    assert browser.get(f"/v1/inspections/{other.case_id}", headers=bearer).status_code == 401
    assert browser.get(f"{own.home}/photos/{photo.id}/thumbnail").status_code == 404
    upload = browser.post(f"{other.home}/uploads", json={"bytes": 3}, headers={"Accept": "*/*"}).json()["id"]
    part = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream", "Accept": "*/*"}
    assert browser.patch(f"{own.home}/uploads/{upload}", content=b"abc", headers=part).status_code == 404
    assert "SECRET" not in browser.get(f"{own.home}/photos").text


def test_guessing_links_is_slowed_down(browser: TestClient) -> None:
    assert browser.get("/c/guess").status_code == 404
    answers = {browser.get(f"/c/guess{number}").status_code for number in range(200)}
    assert answers == {404, 429}


def test_programs_read_what_customers_said(browser: TestClient, opened: Open, idle: Service) -> None:
    own = opened().found(settlement())
    browser.post(f"{own.home}/object", data={"revision": "1", "text": "no"})
    browser.post(f"{own.home}/accept", data=OFFER)
    key = idle.keys.make(own.caller.tenant, "k", [Scope.READ])[1]
    told = browser.get(
        f"/v1/inspections/{own.case_id}/answers", headers={"Authorization": f"Bearer {key}", "Accept": "*/*"}
    ).json()
    assert [(one["kind"], one["text"]) for one in told] == [("object", "no"), ("accept", "")]
    assert told[1]["offer"] == {"amount": "1234.50", "currency": "EUR", "decision": None}
