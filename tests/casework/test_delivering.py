"""Webhooks are told of what happens, signed, again where they do not answer, and never in private networks."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from coachwork.api.app import create_app
from coachwork.cases.access import Scope
from coachwork.casework import delivering
from coachwork.casework.service import Service
from tests.api.conftest import ALL, settings


class Receiver:
    """A server that keeps what it is told, and answers what the test wants."""

    def __init__(self) -> None:
        self.told: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.told.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(receiver.answers.pop(0) if receiver.answers else 204)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_args: Any) -> None:
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/hook"

    def await_count(self, count: int) -> None:
        until = time.monotonic() + 60
        while len(self.told) < count and time.monotonic() < until:
            time.sleep(0.05)
        assert len(self.told) >= count


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    own = Receiver()
    yield own
    own.server.shutdown()
    own.server.server_close()


def client_of(folder: Path, **more: str) -> TestClient:
    service = Service(settings(folder, **more))
    key = service.keys.make(service.keys.tenant("t"), "k", (*ALL, Scope.WEBHOOKS))[1]
    return TestClient(create_app(service), headers={"Authorization": f"Bearer {key}"})


def log_of(client: TestClient, hook: str, state: str) -> list[dict[str, Any]]:
    until = time.monotonic() + 60
    found: list[dict[str, Any]] = []
    while time.monotonic() < until:
        found = client.get(f"/v1/webhooks/{hook}/deliveries").json()
        if found and all(one["state"] == state for one in found):
            return found
        time.sleep(0.05)
    pytest.fail(f"no delivery became {state}: {found}")


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivering, "WAITS_S", (0.1, 0.1))


def test_events_that_are_asked_for_are_told_signed_and_logged(tmp_path: Path, receiver: Receiver) -> None:
    with client_of(tmp_path, COACHWORK_PRIVATE_WEBHOOKS="1") as client:
        assert client.get("/v1/webhooks").json() == []
        hook = client.post("/v1/webhooks", json={"url": receiver.url, "kinds": ["case.opened"]}).json()
        case = client.post("/v1/inspections", json={"reference": "a"}).json()["id"]
        client.put(f"/v1/inspections/{case}", json={"reference": "b"})
        receiver.await_count(1)
        headers, body = receiver.told[0]
        assert json.loads(body)["type"] == "case.opened"
        assert json.loads(body)["data"]["inspection"] == case
        key = base64.b64decode(hook["secret"].removeprefix("whsec_"))
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        assert headers["webhook-signature"] == f"v1,{wanted}"
        log = log_of(client, hook["id"], "delivered")
        assert [(one["kind"], one["attempts"], one["status"]) for one in log] == [("case.opened", 1, 204)]
        assert client.get("/v1/webhooks").json()[0]["secret"] is None


def test_a_receiver_that_fails_is_told_again_with_the_same_id(tmp_path: Path, receiver: Receiver) -> None:
    receiver.answers = [503]
    with client_of(tmp_path, COACHWORK_PRIVATE_WEBHOOKS="1") as client:
        hook = client.post("/v1/webhooks", json={"url": receiver.url, "kinds": ["case.opened"]}).json()["id"]
        client.post("/v1/inspections", json={})
        receiver.await_count(2)
        assert receiver.told[0][0]["webhook-id"] == receiver.told[1][0]["webhook-id"]
        assert log_of(client, hook, "delivered")[0]["attempts"] == 2


def test_a_receiver_that_never_takes_it_is_given_up(tmp_path: Path, receiver: Receiver) -> None:
    receiver.answers = [500] * 10
    with client_of(tmp_path, COACHWORK_PRIVATE_WEBHOOKS="1") as client:
        hook = client.post("/v1/webhooks", json={"url": receiver.url, "kinds": ["case.opened"]}).json()["id"]
        client.post("/v1/inspections", json={})
        given_up = log_of(client, hook, "given_up")[0]
        assert (given_up["attempts"], given_up["problem"]) == (3, "the receiver answered 500")
    assert len(receiver.told) == 3


def test_a_removed_webhook_is_told_nothing_more(tmp_path: Path, receiver: Receiver) -> None:
    with client_of(tmp_path, COACHWORK_PRIVATE_WEBHOOKS="1") as client:
        hook = client.post("/v1/webhooks", json={"url": receiver.url, "kinds": ["case.opened"]}).json()["id"]
        assert client.delete(f"/v1/webhooks/{hook}").status_code == 204
        client.post("/v1/inspections", json={})
        assert client.get(f"/v1/webhooks/{hook}/deliveries").json() == []
        assert client.delete(f"/v1/webhooks/{hook}").status_code == 404
    assert receiver.told == []


def test_private_addresses_are_never_reached(tmp_path: Path, receiver: Receiver) -> None:
    port = receiver.url.rsplit(":", 1)[1]
    with client_of(tmp_path) as client:
        assert client.post("/v1/webhooks", json={"url": receiver.url, "kinds": ["case.opened"]}).status_code == 422
        hook = client.post("/v1/webhooks", json={"url": f"https://localhost:{port}", "kinds": ["case.opened"]}).json()
        client.post("/v1/inspections", json={})
        assert "private network" in log_of(client, hook["id"], "given_up")[0]["problem"]
    assert receiver.told == []


@pytest.mark.parametrize("url", ["ftp://example.org/", "https://user:secret@example.org/", "nonsense", "https://"])
def test_addresses_that_are_none_are_refused(tmp_path: Path, url: str) -> None:
    service = Service(settings(tmp_path))
    key = service.keys.make(service.keys.tenant("t"), "k", [Scope.WEBHOOKS])[1]
    client = TestClient(create_app(service, works=False), headers={"Authorization": f"Bearer {key}"})
    assert client.post("/v1/webhooks", json={"url": url, "kinds": ["case.ready"]}).status_code == 422
