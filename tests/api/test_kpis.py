import csv
import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from coachwork.api.app import create_app
from coachwork.casework.service import Service
from coachwork.kpis.catalogue import KPIS
from coachwork.kpis.costs import CostsFileError
from tests.api.conftest import ALL, settings

BILL = {"kind": "repair", "amount": "812.40", "currency": "EUR", "on": "2026-03-02", "paid": "512.40"}


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    """A client of a service whose worker does not run, with costs."""
    folder = tmp_path_factory.mktemp("figures")
    (folder / "costs.toml").write_text('[costs]\ncurrency = "EUR"\na_photo = 0.5\n', encoding="utf-8")
    service = Service(settings(folder, COACHWORK_COSTS=str(folder / "costs.toml")))
    key = service.keys.make(service.keys.tenant("t"), "k", ALL)[1]
    return TestClient(create_app(service, works=False), headers={"Authorization": f"Bearer {key}"})


def test_what_a_case_came_to_is_kept_once_and_listed(figures: TestClient) -> None:
    case = figures.post("/v1/inspections", json={}).json()["id"]
    address = f"/v1/inspections/{case}/outcomes"
    first, again = figures.post(address, json=BILL), figures.post(address, json=BILL)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    (listed,) = figures.get(address).json()
    assert (listed["amount"], listed["paid"], listed["by"]) == ("812.40", "512.40", "key k")
    assert [one["kind"] for one in figures.get(f"/v1/inspections/{case}/events").json()][-1] == "outcome.recorded"


@pytest.mark.parametrize(
    "changed", [{"amount": "-1"}, {"currency": "euro"}, {"kind": "theft"}, {"kind": "sale"}, {"extra": 1}, {"on": "x"}]
)
def test_what_no_bill_says_is_refused(figures: TestClient, changed: dict[str, object]) -> None:
    case = figures.post("/v1/inspections", json={}).json()["id"]
    assert figures.post(f"/v1/inspections/{case}/outcomes", json=BILL | changed).status_code == 422


def test_kpis_are_told_with_their_definitions_and_as_a_table(figures: TestClient) -> None:
    figures.post("/v1/inspections", json={})
    told = figures.get("/v1/kpis").json()
    assert (told["schema"], len(told["months"])) == ("coachwork.kpis/1", 12)
    assert told["months"][-1] == f"{datetime.now(UTC):%Y-%m}"
    found = {one["name"]: one for one in told["kpis"]}
    assert found.keys() == {kpi.name for kpi in KPIS}
    assert found["inspections"]["whole"]["value"] >= 1
    assert found["straight_through"]["whole"]["missing"] == "too_few"
    assert found["cost"]["whole"]["currency"] == "EUR"
    answer = figures.get("/v1/kpis.csv", params={"first": "2026-01", "last": "2026-02"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert {line["month"] for line in csv.DictReader(io.StringIO(answer.text))} == {
        "2026-01",
        "2026-02",
        "2026-01..2026-02",
    }


@pytest.mark.parametrize(
    "months",
    [
        {"first": "2026-02", "last": "2026-01"},
        {"first": "2001-01"},
        {"last": "2026-13"},
        {"last": "9999-12"},
        {"last": "0001-01"},
    ],
)
def test_months_that_are_none_are_refused(figures: TestClient, months: dict[str, str]) -> None:
    answer = figures.get("/v1/kpis", params=months)
    assert answer.status_code == 422
    assert "month" in answer.json()["detail"]


def test_another_tenants_cases_do_not_count(figures: TestClient) -> None:
    service: Service = figures.app.state.service  # type: ignore[attr-defined]
    figures.post("/v1/inspections", json={})
    other = service.keys.make(service.keys.tenant("other"), "o", ALL)[1]
    told = figures.get("/v1/kpis", headers={"Authorization": f"Bearer {other}"}).json()
    assert [one["whole"]["value"] for one in told["kpis"] if one["name"] == "inspections"] == [0.0]


def test_a_service_does_not_start_on_a_broken_file_of_costs(tmp_path: Path) -> None:
    (tmp_path / "costs.toml").write_text("[costs]\n", encoding="utf-8")
    with pytest.raises(CostsFileError, match="currency"):
        Service(settings(tmp_path, COACHWORK_COSTS=str(tmp_path / "costs.toml")))
