import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from coachwork.api.app import create_app
from coachwork.cases.access import Scope
from coachwork.cases.case import Case
from coachwork.casework.service import Service
from tests.api.conftest import settings
from tests.web.workbench_cases import ready_case

BELOW = re.compile(r"/v1/inspections/\{inspection\}/([^/{}]+)")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Service:
    """A service whose worker does not run."""
    return Service(settings(tmp_path_factory.mktemp("links")))


@pytest.fixture(scope="module")
def case(desk: Service) -> Case:
    return ready_case(desk)


@pytest.fixture(scope="module")
def reader(desk: Service, case: Case) -> Iterator[TestClient]:
    """A client whose key allows reading alone."""
    key = desk.keys.make(case.tenant, "reader", (Scope.READ,))[1]
    with TestClient(create_app(desk, works=False), headers={"Authorization": f"Bearer {key}"}) as client:
        yield client


def named(app: TestClient, method: str) -> set[str]:
    """What the API has below an inspection for a method."""
    paths = app.get("/openapi.json").json()["paths"]
    found = ((BELOW.fullmatch(path), told) for path, told in paths.items())
    return {match[1] for match, told in found if match is not None and method in told}


def test_every_link_of_a_worked_case_leads_somewhere(reader: TestClient, case: Case) -> None:
    links = reader.get(f"/v1/inspections/{case.id}").json()["links"]
    answers = {name: reader.get(path) for name, path in links.items()}
    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(links, 200)
    assert answers["self"].json()["id"] == case.id
    assert answers["valuation"].json()["schema"] == "coachwork.valuation/1"
    assert answers["report.pdf"].content[:5] == answers["valuation.pdf"].content[:5] == b"%PDF-"


def test_links_and_actions_name_all_that_there_is(reader: TestClient, case: Case) -> None:
    told = reader.get(f"/v1/inspections/{case.id}").json()
    assert set(told["links"]) - {"self"} == named(reader, "get")
    assert set(told["actions"]) == named(reader, "post")
    (listed,) = reader.get("/v1/inspections").json()["inspections"]
    assert listed == told
