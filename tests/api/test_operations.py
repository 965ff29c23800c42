from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from coachwork.api.app import create_app
from coachwork.api.rate_limit import RateLimit, TooManyRequests
from coachwork.casework.reporting import CaseReport
from coachwork.casework.service import Service
from tests.api.conftest import ALL, settings
from tests.api.test_inspections import DAMAGED


def test_it_is_alive_and_ready(running: TestClient) -> None:
    assert running.get("/health").json()["status"] == "ok"
    told = running.get("/ready").json()
    assert {name: told[name] for name in ("ready", "database", "photos")} == dict.fromkeys(
        ("ready", "database", "photos"), True
    )
    assert (told["release"]["revision"], told["release"]["challenger"], told["release"]["problem"]) == (0, None, "")
    assert " shipped (" in told["release"]["champion"]


def test_it_is_not_ready_where_photos_cannot_be_kept(
    running: TestClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service.photo_store, "answers", lambda: False)
    answer = running.get("/ready")
    assert (answer.status_code, answer.json()["photos"]) == (503, False)


@pytest.mark.parametrize("gone", [OperationalError, InterfaceError])
def test_a_database_that_does_not_answer_is_no_fault_and_asks_to_send_again(
    client: TestClient, service: Service, monkeypatch: pytest.MonkeyPatch, gone: type[DBAPIError]
) -> None:
    fault = gone("select", {}, Exception("server closed the connection unexpectedly"))

    def away(*_args: object, **_options: object) -> None:
        raise fault

    monkeypatch.setattr(service.cases, "open_case", away)
    answer = client.post("/v1/inspections", json={})
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:coachwork:problem:database-away")
    assert answer.headers["retry-after"] == "2"


def test_figures_name_routes_and_never_ids(client: TestClient) -> None:
    case = client.post("/v1/inspections", json={}).json()["id"]
    client.get(f"/v1/inspections/{case}")
    text = client.get("/metrics").text
    assert 'coachwork_requests_total{method="GET",route="/v1/inspections/{inspection}",status="200"}' in text
    assert case not in text


def test_without_a_key_nothing_is_told(running: TestClient) -> None:
    for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic eDp5"}):
        answer = running.get("/v1/inspections", headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (401, "urn:coachwork:problem:unknown-key")
        assert answer.headers["www-authenticate"] == "Bearer"


def test_a_request_keeps_its_id(running: TestClient) -> None:
    assert running.get("/nothing", headers={"X-Request-Id": "abcdefgh-1"}).json()["request_id"] == "abcdefgh-1"
    odd = running.get("/nothing", headers={"X-Request-Id": "<script>"})
    assert odd.json()["request_id"] == odd.headers["x-request-id"] != "<script>"


def test_one_photo_is_assessed_while_one_waits(client: TestClient) -> None:
    answer = client.post("/v1/assess", files={"photo": ("a.jpg", DAMAGED.read_bytes())})
    assert answer.status_code == 200
    assert answer.json()["verdict"] == "damaged"


def test_a_request_that_is_too_long_is_refused_however_it_tells_its_length(tmp_path: Path) -> None:
    service = Service(settings(tmp_path, COACHWORK_MOST_UPLOAD_MB="1"))
    key = service.keys.make(service.keys.tenant("t"), "k", ALL)[1]
    client = TestClient(create_app(service, works=False), headers={"Authorization": f"Bearer {key}"})
    long = b"x" * (2**20 + 1)
    assert client.post("/v1/assess", files={"photo": long}).status_code == 413
    long = b'--b\r\nContent-Disposition: form-data; name="photo"; filename="a"\r\n\r\n' + long
    pieces = (long[n : n + 65536] for n in range(0, len(long), 65536))
    answer = client.post("/v1/assess", content=pieces, headers={"Content-Type": "multipart/form-data; boundary=b"})
    assert answer.status_code == 413
    assert answer.json()["type"] == "urn:coachwork:problem:too-long"


def test_a_key_that_asks_for_too_much_is_told_to_wait(tmp_path: Path) -> None:
    service = Service(settings(tmp_path, COACHWORK_REQUESTS_A_MINUTE="3"))
    key = service.keys.make(service.keys.tenant("t"), "k", ALL)[1]
    client = TestClient(create_app(service, works=False), headers={"Authorization": f"Bearer {key}"})
    answers = [client.get("/v1/inspections") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert int(answers[-1].headers["retry-after"]) >= 1


def test_a_bucket_fills_again_with_time() -> None:
    moment = [0.0]
    limit = RateLimit(a_minute=60, clock=lambda: moment[0])
    for _ in range(60):
        limit.take("k")
    with pytest.raises(TooManyRequests):
        limit.take("k")
    limit.take("other")
    moment[0] = 2.0
    limit.take("k")
    limit.take("k")
    with pytest.raises(TooManyRequests):
        limit.take("k")


def test_a_fault_is_told_without_its_insides(
    client: TestClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object, **_options: object) -> None:
        raise ZeroDivisionError("secret")  # noqa: EM101

    monkeypatch.setattr(service.cases, "cases", broken)
    answer = client.get("/v1/inspections")
    assert (answer.status_code, answer.json()["type"]) == (500, "urn:coachwork:problem:fault")
    assert "secret" not in answer.text


def test_what_is_not_installed_is_said_so(
    client: TestClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "report", lambda *_: CaseReport(page=b"", printed=None))
    answer = client.get(f"/v1/inspections/case_{'0' * 26}/report.pdf")
    assert (answer.status_code, answer.json()["type"]) == (501, "urn:coachwork:problem:not-installed")
    assert "coachwork[pdf]" in answer.json()["detail"]
