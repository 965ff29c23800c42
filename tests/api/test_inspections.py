import io
import time
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from coachwork.cases.access import Scope
from coachwork.casework.service import Service

SAMPLES = Path(__file__).parents[2] / "src" / "coachwork" / "samples"
DAMAGED = SAMPLES / "crushed-door.jpg"


def opened(client: TestClient, **facts: Any) -> str:
    answer = client.post("/v1/inspections", json=facts)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def finished(client: TestClient, case: str) -> dict[str, Any]:
    """The result, once there is one."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        answer = client.get(f"/v1/inspections/{case}/result")
        if answer.status_code == 200:
            return dict(answer.json())
        assert answer.json()["type"] == "urn:coachwork:problem:not-ready", answer.text
        time.sleep(0.1)
    pytest.fail("the work did not end within two minutes")


def test_there_are_no_inspections_of_a_new_tenant(running: TestClient, stranger: str) -> None:
    answer = running.get("/v1/inspections", headers={"Authorization": f"Bearer {stranger}"})
    assert answer.json() == {"inspections": [], "next": None}


def test_from_a_photo_to_a_proposal_and_a_decision(client: TestClient) -> None:
    case = opened(
        client, reference="claim 7", vehicle={"make": "VW", "market_value": "9500"}, loss={"cause": "parking"}
    )
    added = client.post(f"/v1/inspections/{case}/photos", files=[("photo", ("a.jpg", DAMAGED.read_bytes()))])
    assert added.status_code == 201
    assert [(one["place"], one["usable"], one["new"]) for one in added.json()] == [(1, True, True)]
    assert client.post(f"/v1/inspections/{case}/complete").status_code == 202
    result = finished(client, case)
    assert result["inspection"]["verdict"] == "damaged"
    assert result["inspection"]["vehicle"]["make"] == "VW"
    assert result["estimate"]["total"]
    assert result["settlement"]["route"] == "review", "by a sample card nothing is offered"
    report = client.get(f"/v1/inspections/{case}/report.pdf")
    assert report.content.startswith(b"%PDF-")
    page = client.get(f"/v1/inspections/{case}/report.html")
    assert "VW" in page.text
    assert "script-src" not in page.headers["content-security-policy"]
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    decided = client.post(
        f"/v1/inspections/{case}/decisions",
        json={"kind": "offer", "revision": result["revision"], "amount": "120.50", "currency": "EUR", "reason": "fair"},
    )
    assert decided.status_code == 201
    assert decided.json()["by"] == "key tests"
    assert client.get(f"/v1/inspections/{case}").json()["state"] == "decided"
    kinds = [event["kind"] for event in client.get(f"/v1/inspections/{case}/events").json()]
    assert kinds == ["case.opened", "photo.added", "case.submitted", "case.ready", "case.decided"]


def test_a_listing_gets_an_estimate_and_no_settlement(client: TestClient) -> None:
    case = opened(client, purpose="listing")
    client.post(f"/v1/inspections/{case}/photos", files=[("photo", ("a.jpg", DAMAGED.read_bytes()))])
    client.post(f"/v1/inspections/{case}/complete")
    assert finished(client, case)["settlement"] is None


def test_a_repeated_request_with_its_key_is_done_once(client: TestClient) -> None:
    headers = {"Idempotency-Key": "once"}
    first = client.post("/v1/inspections", json={"reference": "x"}, headers=headers)
    again = client.post("/v1/inspections", json={"reference": "x"}, headers=headers)
    assert first.json()["id"] == again.json()["id"]
    other = client.post("/v1/inspections", json={"reference": "y"}, headers=headers)
    assert (other.status_code, other.json()["type"]) == (422, "urn:coachwork:problem:idempotency-key-reused")


def test_the_same_photo_again_is_told_and_not_added(client: TestClient) -> None:
    case = opened(client)
    files = [("photo", ("a.jpg", DAMAGED.read_bytes()))]
    client.post(f"/v1/inspections/{case}/photos", files=files)
    assert client.post(f"/v1/inspections/{case}/photos", files=files).json()[0]["new"] is False
    assert len(client.get(f"/v1/inspections/{case}/photos").json()) == 1


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("evil.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
        ("page.html", b"<html><script>alert(1)</script></html>"),
        ("bomb.zip", b"PK\x03\x04" + b"\0" * 64),
        ("cut.jpg", DAMAGED.read_bytes()[:2000]),
        ("empty.jpg", b""),
    ],
)
def test_what_is_no_photo_is_refused_and_not_kept(client: TestClient, name: str, data: bytes) -> None:
    case = opened(client)
    answer = client.post(f"/v1/inspections/{case}/photos", files=[("photo", (name, data))])
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:coachwork:problem:photo"
    assert client.get(f"/v1/inspections/{case}/photos").json() == []


def test_a_dark_photo_is_taken_with_advice(client: TestClient) -> None:
    dark = io.BytesIO()
    Image.open(DAMAGED).point([value // 16 for value in range(256)] * 3).save(dark, "JPEG")
    answer = client.post(f"/v1/inspections/{opened(client)}/photos", files=[("photo", ("d.jpg", dark.getvalue()))])
    photo = answer.json()[0]
    assert photo["usable"] is False
    assert "dark" in photo["advice"][0]


def test_nobody_hands_over_a_case_without_photos(client: TestClient) -> None:
    answer = client.post(f"/v1/inspections/{opened(client)}/complete")
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:coachwork:problem:refused")


def test_a_reader_that_knows_the_version_gets_nothing(client: TestClient) -> None:
    case = opened(client)
    tag = client.get(f"/v1/inspections/{case}").headers["etag"]
    assert client.get(f"/v1/inspections/{case}", headers={"If-None-Match": tag}).status_code == 304
    changed = client.put(f"/v1/inspections/{case}", json={"reference": "new"}, headers={"If-Match": tag})
    assert changed.json()["facts"]["reference"] == "new"
    late = client.put(f"/v1/inspections/{case}", json={"reference": "late"}, headers={"If-Match": tag})
    assert (late.status_code, late.json()["type"]) == (412, "urn:coachwork:problem:changed")


def test_pages_reach_every_inspection_once(client: TestClient) -> None:
    made = {opened(client) for _ in range(5)}
    seen: list[str] = []
    page: dict[str, Any] = {"next": ""}
    while page["next"] is not None:
        query = {"limit": 2} | ({"cursor": page["next"]} if page["next"] else {})
        page = client.get("/v1/inspections", params=query).json()
        seen += [one["id"] for one in page["inspections"]]
    assert len(seen) == len(set(seen))
    assert made <= set(seen)


def test_another_tenant_is_told_that_there_is_nothing(client: TestClient, stranger: str) -> None:
    case = opened(client)
    headers = {"Authorization": f"Bearer {stranger}"}
    for path in ("", "/photos", "/result", "/report.pdf", "/report.html", "/decisions", "/events"):
        answer = client.get(f"/v1/inspections/{case}{path}", headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (404, "urn:coachwork:problem:unknown-inspection"), path
    files = [("photo", ("a.jpg", DAMAGED.read_bytes()))]
    assert client.post(f"/v1/inspections/{case}/photos", files=files, headers=headers).status_code == 404
    assert client.post(f"/v1/inspections/{case}/complete", headers=headers).status_code == 404


def test_an_erased_inspection_is_gone_and_its_receipt_tells_nothing_of_it(client: TestClient, service: Service) -> None:
    case = opened(client, reference="secret reference")
    assert client.delete(f"/v1/inspections/{case}", params={"why": "asked for"}).status_code == 403
    _, text = service.keys.make(service.keys.tenant("default"), "eraser", [Scope.ERASE])
    headers = {"Authorization": f"Bearer {text}"}
    assert client.delete(f"/v1/inspections/{case}", headers=headers).status_code == 422
    erased = client.delete(f"/v1/inspections/{case}", params={"why": "asked for"}, headers=headers)
    assert (erased.status_code, erased.json()["inspection"], erased.json()["by"]) == (200, case, "key eraser")
    assert "secret" not in erased.text
    assert client.get(f"/v1/inspections/{case}").status_code == 404
    assert client.delete(f"/v1/inspections/{case}", params={"why": "w"}, headers=headers).status_code == 404


def test_a_key_does_no_more_than_its_scopes_allow(running: TestClient, service: Service) -> None:
    _, text = service.keys.make(service.keys.tenant("default"), "reader", [Scope.READ])
    headers = {"Authorization": f"Bearer {text}"}
    assert running.get("/v1/inspections", headers=headers).status_code == 200
    answer = running.post("/v1/inspections", json={}, headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:coachwork:problem:not-allowed")
    assert running.post("/v1/assess", files={"photo": DAMAGED.read_bytes()}, headers=headers).status_code == 403


@pytest.mark.parametrize(
    "facts",
    [
        {"vehicle": {"vin": "TOO SHORT"}},
        {"vehicle": {"market_value": "-1"}},
        {"vehicle": {"market_value": "NaN"}},
        {"vehicle": {"year": 1700}},
        {"loss": {"cause": "meteor"}},
        {"loss": {"on": "31.12.2025"}},
        {"unknown": 1},
        {"reference": "x" * 201},
    ],
)
def test_facts_that_cannot_be_are_refused(client: TestClient, facts: dict[str, Any]) -> None:
    answer = client.post("/v1/inspections", json=facts)
    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:coachwork:problem:invalid", answer.text
