import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from fastapi.testclient import TestClient

from coachwork.cases.case import Facts
from coachwork.casework.service import Service
from coachwork.claims.claim_files import Cause
from coachwork.inspections.vehicle import Vehicle
from coachwork.settings import read_settings
from coachwork.web.app import create_app
from coachwork.web.customer.forms import FIELDS, form_of, read_form
from tests.web.conftest import PAGE
from tests.web.customer.conftest import Opened

TODAY = date(2026, 6, 1)


def test_a_form_without_anything_tells_nothing() -> None:
    assert read_form({}, known=Facts(), today=TODAY, with_reference=True).facts == Facts()


def test_a_form_is_read_and_filled_in_again() -> None:
    told = {
        "on": "2026-05-30",
        "cause": "hail",
        "injured": "no",
        "drivable": "yes",
        "make": " Volks  wagen ",
        "year": "2019",
        "plate": "b-xy 1",
        "vin": "1m8gdm9a xkp042788",
        "reference": "P 7",
    }
    facts = read_form(told, known=Facts(), today=TODAY, with_reference=True).facts
    assert facts is not None
    assert facts.vehicle is not None
    assert (facts.vehicle.make, facts.vehicle.plate, facts.vehicle.vin) == (
        "Volks wagen",
        "B-XY 1",
        "1M8GDM9AXKP042788",
    )
    assert (facts.loss.cause, facts.loss.injured, facts.loss.drivable) == (Cause.HAIL, False, True)
    again = read_form(form_of(facts).values, known=Facts(), today=TODAY, with_reference=True)
    assert again.facts == facts


@pytest.mark.parametrize(
    ("field", "text", "problem"),
    [
        ("on", "yesterday", "day"),
        ("on", str(TODAY + timedelta(days=2)), "future"),
        ("year", "19", "year"),
        ("year", "٢٠١٩", "year"),
        ("year", "2999", "year"),
        ("vin", "nonsense", "vin"),
        ("make", "x" * 101, "long"),
        ("cause", "meteor", "choice"),
        ("injured", "maybe", "choice"),
    ],
)
def test_what_does_not_fit_is_told_by_its_field(field: str, text: str, problem: str) -> None:
    form = read_form({field: text}, known=Facts(), today=TODAY, with_reference=True)
    assert (form.facts, form.problems) == (None, {field: problem})
    assert form.values[field] == text


def test_a_customer_changes_nothing_that_was_not_asked() -> None:
    known = Facts(reference="theirs", vehicle=Vehicle(make="VW", currency="EUR", two_tone=True))
    facts = read_form({"make": "Opel", "reference": "mine"}, known=known, today=TODAY, with_reference=False).facts
    assert facts is not None
    assert facts.vehicle is not None
    assert (facts.reference, facts.vehicle.make, facts.vehicle.two_tone) == ("theirs", "Opel", True)


def test_a_case_is_opened_and_leads_to_its_private_link(browser: TestClient, idle: Service) -> None:
    assert "What happened?" in browser.get("/new").text
    answer = browser.post("/new", data={"cause": "parking", "make": "VW"})
    assert answer.status_code == 303
    home = answer.headers["location"].removesuffix("/photos?new=1")
    link = idle.customers.links.find(home.removeprefix("/c/"))
    assert idle.cases.case(link.tenant, link.case).facts.loss.cause is Cause.PARKING
    page = browser.get(answer.headers["location"])
    assert f"http://testserver{home}" in page.text
    assert page.headers["cache-control"] == "no-store"
    assert "noindex" in page.text
    assert f"http://testserver{home}" not in browser.get(f"{home}/photos").text


def test_a_form_that_does_not_fit_comes_back_as_it_was(browser: TestClient) -> None:
    answer = browser.post("/new", data={"year": "19", "make": "<script>alert(1)</script>"})
    assert answer.status_code == 422
    assert "four digits" in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text
    assert "<script>alert(1)" not in answer.text


def test_a_form_that_is_sent_twice_opens_one_case(browser: TestClient, idle: Service) -> None:
    key = re.findall(r'name="key" value="([^"]+)"', browser.get("/new").text)[0]
    homes = [browser.post("/new", data={"make": make, "key": key}).headers["location"] for make in ("A", "A", "B")]
    first, again, other = (idle.customers.links.find(home.split("/")[2]).case for home in homes)
    assert first == again != other


def test_many_cases_from_one_address_have_to_wait(browser: TestClient) -> None:
    answers = [browser.post("/new", data={}) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [303] * 10 + [429]
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert "a little fast" in answers[-1].text


def test_where_nobody_may_there_is_no_form(idle: Service, tmp_path_factory: pytest.TempPathFactory) -> None:
    closed = Service(read_settings({"COACHWORK_DATA_DIR": str(tmp_path_factory.mktemp("closed"))}))
    client = TestClient(create_app(closed, works=False), headers=PAGE)
    assert (client.get("/new").status_code, client.post("/new", data={}).status_code) == (404, 404)
    assert 'href="/new"' not in client.get("/").text
    assert idle.settings.public_tenant


def test_an_invited_customer_tells_what_happened_first(browser: TestClient, opened: Callable[..., Opened]) -> None:
    own = opened(Facts(reference="claim 7"))
    assert browser.get(own.home).headers["location"] == f"{own.home}/tell"
    assert 'name="reference"' not in browser.get(f"{own.home}/tell").text
    answer = browser.post(f"{own.home}/tell", data={"cause": "hail", "reference": "other"})
    assert answer.headers["location"] == f"{own.home}/photos"
    assert (own.case.facts.loss.cause, own.case.facts.reference) == (Cause.HAIL, "claim 7")
    assert browser.post(f"{own.home}/tell", data={"year": "x"}).status_code == 422


def test_telling_again_does_not_open_a_case_with_results(browser: TestClient, opened: Callable[..., Opened]) -> None:
    own = opened().found()
    assert browser.get(f"{own.home}/tell").headers["location"] == own.home
    browser.post(f"{own.home}/tell", data=dict.fromkeys(FIELDS, "") | {"cause": "fire"})
    assert (own.case.state.value, own.case.facts.loss.cause) == ("ready", None)
