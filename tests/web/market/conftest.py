import re
from collections.abc import Iterator
from decimal import Decimal
from importlib import resources
from typing import Any

import pytest
from fastapi.testclient import TestClient

from coachwork.cases.access import Caller, Scope
from coachwork.cases.case import Case, Facts, Purpose
from coachwork.cases.people import Role
from coachwork.casework.pricing import priced_case
from coachwork.casework.service import Service
from coachwork.inspections.vehicle import Vehicle
from coachwork.settings import read_settings
from coachwork.taxonomy import CarPart
from coachwork.web.app import create_app
from tests.web.conftest import PAGE
from tests.web.workbench_cases import PASSWORD, person, ready_case

CAR = Vehicle(make="Volkswagen", model="Golf", plate="B-AB 12", vin="WVWZZZ1KZAW000001", market_value=Decimal(9500))


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Service:
    """A service whose worker does not run, with people of two tenants."""
    made = Service(read_settings({"COACHWORK_DATA_DIR": str(tmp_path_factory.mktemp("market"))}))
    person(made, "anna")
    person(made, "boss", Role.SUPERVISOR)
    person(made, "eve", tenant="other")
    return made


@pytest.fixture(scope="module")
def app(market: Service) -> Iterator[TestClient]:
    with TestClient(create_app(market, works=False)) as client:
        yield client


class Signed:
    """A browser in which somebody is signed in."""

    def __init__(self, app: TestClient, login: str) -> None:
        self.browser = TestClient(app.app, headers=PAGE, follow_redirects=False, raise_server_exceptions=False)
        answer = self.browser.post("/login", data={"login": login, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        found = re.search(r'name="csrf" value="([0-9a-f]{64})"', self.browser.get("/workbench/account").text)
        assert found is not None
        self.csrf = found[1]

    def send(self, path: str, **fields: str) -> Any:
        return self.browser.post(path, data={"csrf": self.csrf} | fields)

    def script(self, path: str, body: Any = None, **more: Any) -> Any:
        """As the pages' scripts ask."""
        headers = {"X-Csrf": self.csrf, "Accept": "application/json"} | more.pop("headers", {})
        told = {"json": body} if body is not None else {}
        return self.browser.request(more.pop("method", "POST"), path, headers=headers, **told, **more)


@pytest.fixture
def anna(app: TestClient) -> Signed:
    return Signed(app, "anna")


@pytest.fixture
def boss(app: TestClient) -> Signed:
    return Signed(app, "boss")


@pytest.fixture
def eve(app: TestClient) -> Signed:
    return Signed(app, "eve")


@pytest.fixture
def listing(market: Service) -> Case:
    """A listing with a likely dent and a possible scratch."""
    facts = Facts(reference="the seller's 4711", purpose=Purpose.LISTING, vehicle=CAR)
    return ready_case(market, facts=facts)


def whole_listing(service: Service, *, proven: bool) -> Case:
    """A listing without damages, whose parts were all seen well, or not."""
    own = service.keys.tenant("default")
    case = service.cases.open_case(own, Facts(reference="offer 8831", purpose=Purpose.LISTING, vehicle=CAR), by="tests")
    data = (resources.files("coachwork") / "samples" / "undamaged-door.jpg").read_bytes()
    service.add_photo(Caller(tenant=own, name="tests", scopes=frozenset(Scope)), case.id, data, "Mrs Doe's car.jpg")
    case = service.cases.submit(own, case.id, by="tests", enqueue=lambda *_: None)
    photo = service.cases.photos(own, case.id)[0]
    parts = list(CarPart) if proven else [CarPart.BONNET]
    seen = {"file": photo.name, "sha256": photo.sha256, "width": photo.size.width, "height": photo.size.height}
    verdict = "none" if proven else "uncertain"
    inspection: dict[str, Any] = {
        "schema": "coachwork.inspection/1",
        "verdict": verdict,
        "advice": [],
        "unseen": [],
        "coverage": [{"part": part.value, "sight": "well", "photos": [0]} for part in parts],
        "photos": [{"photo": seen, "damages": [], "verdict": verdict, "advice": [], "quality": {"reasons": []}}],
        "damages": [],
        "models": [],
    }
    service.cases.keep_inspection(case, inspection)
    found = priced_case(case, inspection, [], service.prices)
    service.cases.publish(case, estimate=found.estimate, settlement=None, by="tests")
    return service.cases.case(own, case.id)
