"""What somebody could send instead of a photo, by the ways in which photos come; photos that are more than that."""

import gzip
import io
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from tests.security.conftest import Estate

_HTML = b"<!doctype html><script>alert(document.cookie)</script>"
_SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><image href="http://169.254.169.254/"/></svg>'


def _photo(kind: str = "JPEG", size: tuple[int, int] = (640, 480)) -> bytes:
    made = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(made, kind)
    return made.getvalue()


def _zip_bomb() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", b"\0" * 50_000_000)
    return made.getvalue()


def _png(width: int, height: int, rows: bytes = b"") -> bytes:
    """A PNG that says that it is so large, whatever it holds."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


_NO_PHOTOS: dict[str, Callable[[], bytes]] = {
    "html": lambda: _HTML,
    "svg": lambda: _SVG,
    "svg with a byte order mark": lambda: b"\xef\xbb\xbf" + _SVG,
    "gzipped svg": lambda: gzip.compress(_SVG),
    "xml that names a file": lambda: b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    "zip bomb": _zip_bomb,
    "pdf": lambda: b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript>>>>endobj",
    "program": lambda: b"\x7fELF" + b"\0" * 500,
    "gif": lambda: b"GIF89a" + b"\1\0\1\0" * 20,
    "postscript": lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) (r) file",
    "nothing": lambda: b"",
    "a jpeg's first bytes": lambda: b"\xff\xd8\xff\xe0" + _HTML,
    "a png of a terapixel": lambda: _png(1_000_000, 1_000_000),
    "a png that decompresses a thousandfold": lambda: _png(60_000, 60_000, zlib.compress(b"\0" * 60_000_000, 9)),
    "a jpeg cut in half": lambda: _photo()[:2000],
}


def _by_form(client: TestClient, case: str, data: bytes) -> int:
    path = f"/v1/inspections/{case}/photos"
    return client.post(path, files=[("photo", ("a.jpg", data, "image/jpeg"))]).status_code


def _in_parts(client: TestClient, case: str, data: bytes) -> int:
    begun = client.post(f"/v1/inspections/{case}/uploads", json={"bytes": max(len(data), 1)})
    headers = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    path = f"/v1/inspections/{case}/uploads/{begun.json()['id']}"
    return client.patch(path, content=data or b"?", headers=headers).status_code


@pytest.mark.parametrize("send", [_by_form, _in_parts])
@pytest.mark.parametrize("make", _NO_PHOTOS.values(), ids=_NO_PHOTOS.keys())
def test_what_is_no_photo_is_refused_soon_and_in_little_memory(
    estate: Estate, make: Callable[[], bytes], send: Callable[[TestClient, str, bytes], int]
) -> None:
    client, data = estate.client("victim"), make()
    case = client.post("/v1/inspections", json={}).json()["id"]
    tracemalloc.start()
    status = send(client, case, data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert status in {413, 422}
    assert peak < 60 * 2**20
    assert client.get(f"/v1/inspections/{case}/photos").json() == []


@pytest.mark.parametrize("send", [_by_form, _in_parts])
@pytest.mark.parametrize("tail", [_HTML, _zip_bomb()[-2000:], b"<?php system($_GET['c']); ?>"])
def test_photos_that_are_more_than_that_are_shown_as_photos_alone(
    estate: Estate, tail: bytes, send: Callable[[TestClient, str, bytes], int]
) -> None:
    """Such a file is a photo to one program and a page to another: what is shown is encoded anew, and says its type."""
    client = estate.client("victim")
    case = client.post("/v1/inspections", json={}).json()["id"]
    comment = b"\xff\xfe" + struct.pack(">H", len(tail) + 2) + tail
    data = _photo()
    data = data[:2] + comment + data[2:] + tail
    assert send(client, case, data) in {200, 201}
    photo = client.get(f"/v1/inspections/{case}/photos").json()[0]["id"]
    shown = estate.browser("victim-handler").get(f"/workbench/cases/{case}/photos/{photo}/small.jpg")
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert tail[:24] not in shown.content
    Image.open(io.BytesIO(shown.content)).verify()


_NAMES = [
    "../../etc/passwd",
    "a\r\nSet-Cookie: x=1",
    "<img src=x onerror=alert(1)>.jpg",
    "\x00.jpg",
    "x" * 5000,
    "\u202egpj.exe",
]


@pytest.mark.parametrize("name", _NAMES)
def test_a_files_name_is_nothing_but_words(estate: Estate, name: str) -> None:
    client = estate.client("victim")
    case = client.post("/v1/inspections", json={}).json()["id"]
    answer = client.post(f"/v1/inspections/{case}/photos", files=[("photo", (name, _photo(), "image/jpeg"))])
    assert answer.status_code in {201, 400, 422}
    page = estate.browser("victim-handler").get(f"/workbench/cases/{case}")
    assert "<img src=x" not in page.text
    assert "set-cookie" not in answer.headers
    kept = [path.name for path in estate.service.settings.data_dir.rglob("*") if "passwd" in path.name]
    assert kept == []


def test_a_request_that_is_too_long_is_refused_however_it_tells_its_length(estate: Estate) -> None:
    client = estate.client("victim")
    case = client.post("/v1/inspections", json={}).json()["id"]
    most = estate.service.settings.most_upload_mb * 2**20
    told = client.post(f"/v1/inspections/{case}/photos", headers={"Content-Length": str(most + 1)}, content=b"x")
    assert told.status_code == 413

    def endless() -> object:
        for _ in range(most // 2**20 + 2):
            yield b"\0" * 2**20

    headers = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    upload = client.post(f"/v1/inspections/{case}/uploads", json={"bytes": 9}).json()["id"]
    answer = client.patch(f"/v1/inspections/{case}/uploads/{upload}", content=endless(), headers=headers)  # type: ignore[arg-type]
    assert answer.status_code == 413


def test_deeply_nested_and_strange_json_is_refused(estate: Estate) -> None:
    client = estate.client("victim")
    headers = {"Content-Type": "application/json"}
    for body in (b"[" * 100_000, b'{"a":' * 50_000, b'{"reference": "\\ud800"}', b"{", b"\xff\xfe", b"NaN", b"1e999"):
        answer = client.post("/v1/inspections", content=body, headers=headers)
        assert answer.status_code in {400, 422}, body[:20]


@pytest.mark.parametrize(
    "more",
    [
        {"id": "case_x"},
        {"tenant": "other"},
        {"state": "decided"},
        {"version": 9},
        {"opened": "2020-01-01"},
        {"by": "me"},
    ],
)
def test_nobody_assigns_what_is_not_told(estate: Estate, more: dict[str, object]) -> None:
    client = estate.client("victim")
    assert client.post("/v1/inspections", json={"reference": "a"} | more).status_code == 422
    case = client.post("/v1/inspections", json={}).json()["id"]
    assert client.put(f"/v1/inspections/{case}", json={"reference": "a"} | more).status_code == 422
    told = {"kind": "close", "revision": 1, "reason": "x", "by": "boss", "approval": "not_needed"}
    assert client.post(f"/v1/inspections/{case}/decisions", json=told).status_code == 422
