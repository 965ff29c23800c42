import io
import re

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from coachwork.cases.case import Case
from coachwork.cases.listing import Terms
from coachwork.casework.service import Service
from tests.web.conftest import PAGE
from tests.web.market.conftest import CAR, Signed, whole_listing


@pytest.fixture
def stranger(app: TestClient) -> TestClient:
    """A browser of somebody who never signed in."""
    return TestClient(app.app, headers=PAGE, follow_redirects=False, raise_server_exceptions=False)


def shared(anna: Signed, case: Case, **form: str) -> str:
    answer = anna.send(f"/workbench/listings/{case.id}/links", **({"days": "7", "amounts": "1"} | form))
    found = re.search(r'href="http://testserver(/r/[^"]+)"', answer.text)
    assert found is not None, answer.text
    return found[1]


def test_whoever_has_the_link_reads_the_report_and_nothing_of_the_seller(
    anna: Signed, stranger: TestClient, listing: Case
) -> None:
    home = shared(anna, listing)
    page = stranger.get(home)
    assert page.status_code == 200
    assert "Volkswagen Golf" in page.text
    assert "Off the price" in page.text
    for secret in (CAR.plate, CAR.vin, "seller", listing.id, "anna", "crushed-door", "claim"):
        assert secret not in page.text, secret
    picture = stranger.get(f"{home}/pictures/1.jpg")
    opened = Image.open(io.BytesIO(picture.content))
    assert opened.format == "JPEG"
    assert not dict(opened.getexif())
    for answer in (page, picture):
        assert answer.headers["cache-control"] == "no-store, private"
        assert "noindex" in answer.headers["x-robots-tag"]
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "set-cookie" not in answer.headers
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "noindex" in page.text
    german = stranger.get(home, headers={"Accept-Language": "de"})
    assert "Zustandsbericht" in german.text
    assert "Abzug vom Preis" in german.text


def test_amounts_are_left_out_where_they_were_not_shared(anna: Signed, stranger: TestClient, listing: Case) -> None:
    text = stranger.get(shared(anna, listing, amounts="")).text
    assert "Off the price" not in text
    assert "Step of grade" not in text
    assert "Grade" in text


def test_the_link_leads_to_one_case_and_changes_nothing(anna: Signed, stranger: TestClient, listing: Case) -> None:
    home = shared(anna, listing)
    assert stranger.get(f"{home}/pictures/99.jpg").status_code == 404
    assert stranger.get(f"{home}/pictures/0.jpg").status_code in {404, 422}
    assert stranger.post(home).status_code == 405
    assert stranger.get(f"/c/{home[3:]}").status_code == 404
    bearer = stranger.get(f"/v1/inspections/{listing.id}", headers={"Authorization": f"Bearer {home[3:]}"})
    assert bearer.status_code == 401
    assert stranger.get(f"/workbench/listings/{listing.id}").status_code == 303


def test_links_that_were_withdrawn_or_never_were_show_nothing(
    anna: Signed, eve: Signed, stranger: TestClient, market: Service, *, listing: Case
) -> None:
    home = shared(anna, listing)
    link = market.market.links.find(home[3:])
    withdraw = f"/workbench/listings/{listing.id}/links/{link.id}/withdraw"
    assert eve.send(withdraw).status_code == 404
    assert stranger.post(withdraw).status_code == 303
    assert anna.browser.post(withdraw, data={"csrf": "x"}).status_code == 403
    assert stranger.get(home).status_code == 200
    assert anna.send(withdraw).status_code == 303
    for path in (home, f"{home}/pictures/1.jpg", f"{home}/report.pdf", "/r/nothing", f"/r/{'x' * 200}"):
        answer = stranger.get(path)
        assert answer.status_code == 404
        assert "Volkswagen" not in answer.text
    assert "withdrawn" in anna.browser.get(f"/workbench/listings/{listing.id}").text
    assert eve.send(f"/workbench/listings/{listing.id}/links", days="7").status_code == 404


def test_links_that_are_guessed_are_slowed_down(stranger: TestClient) -> None:
    assert 429 in {stranger.get(f"/r/guess{number}").status_code for number in range(80)}


def test_the_pdf_names_nobody(market: Service) -> None:
    case = whole_listing(market, proven=True)
    made = market.condition_report(case.tenant, case.id, Terms(), shared=True)
    page = re.sub(r"data:[^\"')]+", "", made.page.decode())
    assert "Golf" in page
    for secret in ("Doe", CAR.plate, CAR.vin, case.facts.reference, case.id):
        assert secret not in page, secret
    assert made.pdf.startswith(b"%PDF")


def test_a_report_of_what_is_not_assessed_yet_is_told_of(
    anna: Signed, stranger: TestClient, market: Service, listing: Case
) -> None:
    home = shared(anna, listing)
    market.cases.change_facts(listing.tenant, listing.id, listing.facts, by="tests")
    assert stranger.get(home).status_code == 409
