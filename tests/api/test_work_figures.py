from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families as families
from sqlalchemy import insert
from sqlalchemy.exc import OperationalError

from coachwork.api.app import create_app
from coachwork.api.work_figures import BUCKETS_S
from coachwork.cases.case import CasePhoto, Facts
from coachwork.cases.identity import new_id
from coachwork.casework.figures import kpis_of
from coachwork.casework.service import Service
from coachwork.geometry.size import Size
from coachwork.kpis.report import last_months
from coachwork.storage.columns import now
from coachwork.storage.loop_tables import pipeline_runs
from coachwork.storage.operations_store import MONITORING, OperationsStore
from tests.api.conftest import settings

Told = dict[tuple[str, str], float]


@pytest.fixture
def own(tmp_path: Path) -> Service:
    return Service(settings(tmp_path))


def told(client: TestClient) -> Told:
    """Name and the value of the last label -> figure."""
    return {
        (sample.name, list(sample.labels.values())[-1] if sample.labels else ""): sample.value
        for family in families(client.get("/metrics").text)
        for sample in family.samples
    }


def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coachwork.api.work_figures._FRESH_S", 0.0)


def handed_over(service: Service, number: int) -> None:
    tenant = service.keys.tenant("default")
    case = service.cases.open_case(tenant, Facts(), by="t")
    photo = CasePhoto(
        id=new_id("photo"),
        place=0,
        sha256=f"{number:064x}",
        name="a",
        media_type="image/jpeg",
        bytes=1,
        size=Size(height=4, width=4),
        usable=True,
        advice=(),
        added=now(),
    )
    service.cases.add_photo(tenant, case.id, photo, by="t")
    handed = service.cases.submit(tenant, case.id, by="t", enqueue=lambda *_: None)
    if number == 1:
        service.cases.keep_inspection(handed, {"photos": [], "damages": []})
        service.cases.publish(handed, estimate={}, settlement=None, by="t")
    elif number == 2:
        service.cases.fail(handed, "broken", by="t")


def test_a_new_service_has_no_cases_and_no_drift(own: Service) -> None:
    client = TestClient(create_app(own, works=False))
    found = told(client)
    assert found["coachwork_database_up", ""] == 1
    assert found["coachwork_cases", "open"] == 0
    assert found["coachwork_work_oldest_seconds", ""] == 0
    assert found["coachwork_work_seconds_bucket", "+Inf"] == 0
    assert found["coachwork_signals_total", "dropped"] == 0
    assert ("coachwork_drift_level", "") not in found


def test_work_that_ends_is_counted_from_the_first_look_on(own: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh(monkeypatch)
    handed_over(own, 1)
    client = TestClient(create_app(own, works=False))
    assert told(client)["coachwork_work_seconds_count", ""] == 0
    for number in (1, 1, 2, 3):
        handed_over(own, number)
    found = told(client)
    assert (found["coachwork_work_seconds_count", ""], found["coachwork_work_failures_total", ""]) == (2, 1)
    assert found["coachwork_work_seconds_bucket", "30.0"] == 2
    assert {state: found["coachwork_cases", state] for state in ("ready", "failed", "working")} == {
        "ready": 3,
        "failed": 1,
        "working": 1,
    }
    assert found["coachwork_work_oldest_seconds", ""] > 0
    assert told(client)["coachwork_work_seconds_count", ""] == 2


def test_the_last_check_of_drift_that_saw_enough_counts(own: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh(monkeypatch)
    moment = now()
    for number, level in enumerate(("drift", "beyond_threshold", "ok", "too_few")):
        row = {"pipeline": MONITORING, "key": str(number), "state": "done", "why": "", "begun": moment}
        row |= {"alive": moment, "ended": moment, "result": {"level": level, "photos": 10}}
        with own.database.writing() as connection:
            connection.execute(insert(pipeline_runs).values(row))
    found = told(TestClient(create_app(own, works=False)))
    assert found["coachwork_drift_level", ""] == 0
    assert found["coachwork_drift_checked_seconds", ""] == pytest.approx(moment.timestamp())
    report = kpis_of(own.database, "t", last_months(2, datetime.now(UTC).date()), moment=moment)
    (row_of_drift,) = [one for one in report.rows if one.kpi.name == "drift"]
    assert (row_of_drift.whole.value, row_of_drift.whole.count) == (2.0, 30)


def test_a_database_that_does_not_answer_takes_no_other_figures_along(
    own: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_self: OperationsStore) -> None:
        raise OperationalError("select 1", {}, OSError())  # noqa: EM101, TRY003

    monkeypatch.setattr(OperationsStore, "standing", broken)
    found = told(TestClient(create_app(own, works=False)))
    assert found["coachwork_database_up", ""] == 0
    assert found["coachwork_signals_total", "dropped"] == 0
    assert ("coachwork_cases", "open") not in found


def test_the_pipeline_and_the_buckets_are_what_others_rest_on() -> None:
    monitoring = pytest.importorskip("coachwork.pipelines.loop.monitoring")
    assert monitoring.PIPELINE == MONITORING
    assert list(BUCKETS_S) == sorted(BUCKETS_S)
