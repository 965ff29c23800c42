"""No page of a whole case says anything in English to whoever reads German."""

import re
from collections.abc import Iterator
from enum import StrEnum
from html.parser import HTMLParser

import pytest
from fastapi.testclient import TestClient

from coachwork.assessments.verdict import Verdict
from coachwork.cases.access import Caller, Scope
from coachwork.cases.case import Case, Purpose
from coachwork.cases.comparison import Comparison
from coachwork.casework.service import Service
from coachwork.claims.claim_files import Cause
from coachwork.claims.fraud_signals import SignalKind
from coachwork.estimates.items import LabourClass, Material
from coachwork.estimates.refinish import Coat
from coachwork.estimates.rules import Operation
from coachwork.estimates.total_loss import TotalLoss
from coachwork.estimates.ways import WayKind
from coachwork.inspections.vehicle import Body, Paint
from coachwork.settings import read_settings
from coachwork.taxonomy import DamageType, Item, Severity
from coachwork.valuation.policy import Method
from coachwork.web.app import create_app
from coachwork.web.strings import strings
from tests.web.conftest import PAGE
from tests.web.german_cases import whole_case, whole_comparison
from tests.web.test_workbench import Worker
from tests.web.workbench_cases import open_case, person

NAMES = re.compile(
    r"Coachwork(?: sample(?: cover)?)?|Volkswagen Golf(?: 2019)?|B-AB 12|[\w.-]+\.jpg|R-17|claim 7|offer 12|default"
    r"|case_\w+|listing, make, [\w, ]+, currency",
)
ENGLISH = re.compile(
    r"\b(?:the|and|of|is|are|not|were|with|which|that|this|from|at least|than|for|no|by|to|as|may|be|car|photo|"
    r"damage|"
    r"damages|estimate|part|repair|replace|value|loss|policy|card)\b"
)
"""Words that no German text has."""

VOCABULARIES: dict[str, type[StrEnum]] = {
    "part": Item,
    "type": DamageType,
    "operation": Operation,
    "cause": Cause,
    "material": Material,
    "labour": LabourClass,
    "way": WayKind,
    "coat": Coat,
    "outcome": TotalLoss,
    "severity": Severity,
    "verdict": Verdict,
    "method": Method,
    "body": Body,
    "paint": Paint,
}


class Visible(HTMLParser):
    """What of a page people read, in pieces: texts, and the texts of labels and of what pictures show."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in {"script", "style"}
        self.texts += [
            value for name, value in attrs if name in {"alt", "aria-label", "title", "placeholder"} and value
        ]

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in {"script", "style"}

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if text and not self._hidden:
            self.texts.append(text)


def texts(browser: TestClient, path: str, language: str) -> list[str]:
    answer = browser.get(path, headers=PAGE | {"Accept-Language": language})
    assert f'<html lang="{language}"' in answer.text, path
    seen = Visible()
    seen.feed(answer.text)
    return [" ".join(NAMES.sub("", text).split()) for text in seen.texts]


def english(browser: TestClient, path: str) -> list[str]:
    """Texts of the German page that stand on the English one as well, or have English words in them."""
    same = set(texts(browser, path, "en"))
    german = texts(browser, path, "de")
    assert len(german) > 5, path
    return [
        text for text in german if ENGLISH.search(text) or (text in same and len(re.findall(r"[^\W\d_]{2,}", text)) > 2)
    ]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Service:
    folder = str(tmp_path_factory.mktemp("german"))
    made = Service(read_settings({"COACHWORK_DATA_DIR": folder, "COACHWORK_PUBLIC_TENANT": "default"}))
    person(made, "anna")
    return made


@pytest.fixture(scope="module")
def claim(desk: Service) -> Case:
    return whole_case(desk, Purpose.CLAIM, "claim 7")


@pytest.fixture(scope="module")
def listing(desk: Service) -> Case:
    return whole_case(desk, Purpose.LISTING, "offer 12")


@pytest.fixture(scope="module")
def rental(desk: Service) -> Comparison:
    return whole_comparison(desk)


@pytest.fixture(scope="module")
def app(desk: Service) -> Iterator[TestClient]:
    with TestClient(create_app(desk, works=False), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def anna(app: TestClient) -> TestClient:
    return Worker(app, "anna").browser


def test_every_word_that_reasons_are_made_of_is_told_in_german() -> None:
    german = strings("de")
    told = [f"{kind}.{one.value}" for kind, listed in VOCABULARIES.items() for one in listed]
    assert [one for one in told if f"workbench.{one}" not in german and f"trade.{one}" not in german] == []
    assert [one for one in SignalKind if f"desk.evidence.kind.{one.value}" not in german] == []


def test_the_check_finds_english(anna: TestClient, claim: Case) -> None:
    assert len([one for one in texts(anna, f"/workbench/cases/{claim.id}", "en") if ENGLISH.search(one)]) > 30


@pytest.mark.parametrize("path", ["", "/photos", "/tell", "/object"])
def test_a_customer_reads_german(app: TestClient, desk: Service, claim: Case, path: str) -> None:
    _, token = desk.customers.links.make(claim.tenant, claim.id, by="tests", days=1)
    assert english(app, f"/c/{token}{path}") == []


@pytest.mark.parametrize("path", ["", "/photos", "/tell"])
def test_a_customer_who_begins_reads_german(app: TestClient, desk: Service, path: str) -> None:
    opened = open_case(desk)
    _, token = desk.customers.links.make(opened.tenant, opened.id, by="tests", days=1)
    assert english(app, f"/c/{token}{path}") == []


@pytest.mark.parametrize("path", ["/", "/new", "/login", "/c/nothing", "/nothing/here", "/reports/nothing"])
def test_a_stranger_reads_german(app: TestClient, path: str) -> None:
    app.cookies.clear()
    assert english(app, path) == []


def test_a_handler_reads_german(anna: TestClient, claim: Case) -> None:
    for path in (f"/workbench/cases/{claim.id}", "/workbench", "/workbench/account", "/workbench/kpis"):
        assert not (found := english(anna, path)), (path, found)


@pytest.mark.parametrize("scheme", ["nama", "naaa", "bvrla"])
@pytest.mark.parametrize("method", ["ruhkopf_sahm", "bvsk", "17c", "share_of_repair"])
def test_a_dealer_reads_german(anna: TestClient, listing: Case, scheme: str, method: str) -> None:
    asked = f"scheme={scheme}&policy=sample&method={method}&charges=uk-typical"
    assert english(anna, f"/workbench/listings/{listing.id}?{asked}") == []


def test_whoever_rents_cars_out_reads_german(anna: TestClient, rental: Comparison) -> None:
    for path in (
        f"/workbench/rentals/{rental.id}",
        "/workbench/rentals",
        "/workbench/listings",
        "/workbench/listings/add",
    ):
        assert not (found := english(anna, path)), (path, found)


def test_what_is_refused_is_said_in_german(app: TestClient, claim: Case) -> None:
    worker = Worker(app, "anna")
    told = {"kind": "offer", "amount": "0", "reason": "because", "revision": str(claim.revision)}
    headers = {"Accept-Language": "de"}
    told["csrf"] = worker.csrf
    answer = worker.browser.post(f"/workbench/cases/{claim.id}/decisions", data=told, headers=PAGE | headers)
    assert answer.status_code == 422
    assert "Ein Angebot braucht einen Betrag über 0." in answer.text


def test_what_was_kept_before_reasons_had_codes_is_shown_as_it_was(
    anna: TestClient, desk: Service, listing: Case
) -> None:
    """And marked as English for browsers and screen readers."""
    own = Caller(tenant=listing.tenant, name="tests", scopes=frozenset(Scope))
    opened = open_case(desk)
    case = desk.cases.submit(own.tenant, opened.id, by="tests", enqueue=lambda *_: None)
    result = desk.cases.result(listing.tenant, listing.id)
    inspection = {key: value for key, value in result.inspection.items() if key != "reasons"}
    estimate = {key: value for key, value in (result.estimate or {}).items() if key != "reasons"}
    desk.cases.keep_inspection(case, inspection)
    desk.cases.publish(case, estimate=estimate, settlement=None, by="tests")
    page = anna.get(f"/workbench/cases/{case.id}", headers={"Accept-Language": "de"}).text
    assert '<span lang="en">the rate card is a sample: its figures are no offer</span>' in page
