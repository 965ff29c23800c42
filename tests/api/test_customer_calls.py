import hashlib
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.test_inspections import DAMAGED, opened

PART = {"Content-Type": "application/offset+octet-stream"}


def begun(client: TestClient, case: str, data: bytes, **more: Any) -> dict[str, Any]:
    body = {"name": "a.jpg", "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()} | more
    answer = client.post(f"/v1/inspections/{case}/uploads", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def part(client: TestClient, case: str, upload: str, offset: int, data: bytes) -> Any:
    headers = PART | {"Upload-Offset": str(offset)}
    return client.patch(f"/v1/inspections/{case}/uploads/{upload}", content=data, headers=headers)


def test_a_photo_comes_in_parts_and_goes_on_where_it_broke_off(client: TestClient) -> None:
    case, data = opened(client), DAMAGED.read_bytes()
    upload = begun(client, case, data)["id"]
    first = part(client, case, upload, 0, data[:10_000])
    assert (first.status_code, first.json()["offset"], first.json()["photo"]) == (200, 10_000, None)
    moved = part(client, case, upload, 0, data[:10_000])
    assert (moved.status_code, moved.json()["type"], moved.json()["offset"]) == (
        409,
        "urn:coachwork:problem:upload-moved",
        10_000,
    )
    head = client.head(f"/v1/inspections/{case}/uploads/{upload}")
    assert (head.headers["upload-offset"], head.headers["upload-length"]) == ("10000", str(len(data)))
    assert begun(client, case, data) == {"id": upload, "bytes": len(data), "offset": 10_000, "photo": None, "put": None}
    last = part(client, case, upload, 10_000, data[10_000:])
    assert last.json()["photo"]["sha256"] == hashlib.sha256(data).hexdigest()
    assert part(client, case, upload, len(data), b"").json()["photo"] == last.json()["photo"], "a lost answer"
    assert len(client.get(f"/v1/inspections/{case}/photos").json()) == 1


def test_what_came_otherwise_than_told_is_not_kept(client: TestClient) -> None:
    case, data = opened(client), DAMAGED.read_bytes()
    upload = begun(client, case, data, sha256="0" * 64)["id"]
    answer = part(client, case, upload, 0, data)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:coachwork:problem:upload-refused")
    assert client.head(f"/v1/inspections/{case}/uploads/{upload}").status_code == 404
    assert client.get(f"/v1/inspections/{case}/photos").json() == []


def test_what_is_no_photo_is_refused_when_it_is_whole(client: TestClient) -> None:
    case, data = opened(client), b"<html><script>alert(1)</script></html>"
    upload = begun(client, case, data)["id"]
    answer = part(client, case, upload, 0, data)
    assert (answer.status_code, answer.json()["reason"]) == (422, "not_a_photo")
    assert client.head(f"/v1/inspections/{case}/uploads/{upload}").status_code == 404


@pytest.mark.parametrize("body", [{"bytes": 0}, {"bytes": -1}, {"bytes": 129 * 2**20}, {"bytes": 1, "sha256": "x"}, {}])
def test_uploads_that_cannot_be_are_not_begun(client: TestClient, body: dict[str, Any]) -> None:
    assert client.post(f"/v1/inspections/{opened(client)}/uploads", json=body).status_code == 422


def test_strangers_see_neither_links_nor_answers_nor_uploads(client: TestClient, stranger: str) -> None:
    case = opened(client)
    upload = begun(client, case, b"abc")["id"]
    client.headers["Authorization"] = f"Bearer {stranger}"
    own = f"/v1/inspections/{case}"
    assert client.post(f"{own}/link").status_code == 404
    assert client.delete(f"{own}/link").status_code == 404
    assert client.get(f"{own}/answers").status_code == 404
    assert client.post(f"{own}/uploads", json={"bytes": 3}).status_code == 404
    assert client.head(f"{own}/uploads/{upload}").status_code == 404
    assert part(client, case, upload, 0, b"abc").status_code == 404


def test_a_link_is_told_with_its_address_and_end(client: TestClient) -> None:
    case = opened(client)
    answer = client.post(f"/v1/inspections/{case}/link", json={"days": 3})
    assert answer.status_code == 201
    assert answer.json()["url"].startswith("http://testserver/c/")
    assert client.post(f"/v1/inspections/{case}/link", json={"days": 0}).status_code == 422
    assert client.post(f"/v1/inspections/{case}/link").status_code == 201
    assert client.delete(f"/v1/inspections/{case}/link").status_code == 204
    assert client.get(f"/v1/inspections/{case}/answers").json() == []
