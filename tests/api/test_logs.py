import json
import logging

import pytest
from fastapi.testclient import TestClient

from coachwork.api.logs import JsonLines, TextLines


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, logger="coachwork.requests")
    return caplog


def test_each_request_is_a_line_with_its_case(client: TestClient, lines: pytest.LogCaptureFixture) -> None:
    case = client.post("/v1/inspections", json={}).json()["id"]
    client.get(f"/v1/inspections/{case}")
    client.get("/health")
    told = [(record.getMessage().rsplit(" ", 2)[0], vars(record)["case"]) for record in lines.records]
    assert told == [("POST /v1/inspections 201", None), (f"GET /v1/inspections/{case} 200", case)]


def test_what_opens_a_door_is_in_no_line(running: TestClient, lines: pytest.LogCaptureFixture) -> None:
    for path in ("/c/secretsecret", "/c/secretsecret/photos?also=secret", "/first/secretsecret", "/link/secretsecret"):
        running.get(path, headers={"Authorization": "Bearer secretsecret"})
    assert len(lines.records) == 4
    assert "secret" not in lines.text


def test_a_line_of_json_holds_what_a_call_added() -> None:
    record = logging.makeLogRecord({"msg": "done %d", "args": (3,), "levelname": "INFO", "name": "n", "case": "case_1"})
    told = json.loads(JsonLines().format(record))
    assert (told["message"], told["level"], told["case"]) == ("done 3", "info", "case_1")
    assert "request" not in told


def test_a_fault_keeps_its_trace_on_one_line() -> None:
    try:
        raise ZeroDivisionError  # noqa: TRY301
    except ZeroDivisionError as fault:
        record = logging.makeLogRecord({"msg": "broke", "exc_info": (type(fault), fault, fault.__traceback__)})
    line = JsonLines().format(record)
    assert "\n" not in line
    assert "ZeroDivisionError" in json.loads(line)["trace"]
    assert "ZeroDivisionError" in TextLines().format(record)
