import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from coachwork.api.app import create_app
from coachwork.cases.access import Scope
from coachwork.cases.people import Role
from coachwork.casework.service import Service
from coachwork.client import Coachwork, ServiceError
from tests.api.conftest import ALL, settings
from tests.api.test_inspections import DAMAGED


@pytest.fixture(scope="module")
def service_of(tmp_path_factory: pytest.TempPathFactory) -> Service:
    """The service that `served` serves."""
    return Service(settings(tmp_path_factory.mktemp("served")))


@pytest.fixture(scope="module")
def served(service_of: Service) -> Iterator[tuple[str, str]]:
    """Address and key of a service that listens."""
    service = service_of
    key = service.keys.make(service.keys.tenant("t"), "client", (*ALL, Scope.CORRECT))[1]
    server = uvicorn.Server(uvicorn.Config(create_app(service), port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", key
    server.should_exit = True
    thread.join()


def test_from_photos_to_a_report(served: tuple[str, str]) -> None:
    with Coachwork(*served) as coachwork:
        inspection = coachwork.open(reference="claim 7", loss={"cause": "parking"})
        assert [photo["new"] for photo in inspection.add(DAMAGED, DAMAGED.read_bytes())] == [True, False]
        result = inspection.finish()
        assert result["inspection"]["verdict"] == "damaged"
        assert inspection.report().startswith(b"%PDF-")
        inspection.decide("close", revision=result["revision"], reason="tried")
        assert coachwork.inspection(inspection.id).state()["state"] == "decided"
        assert coachwork.assess(DAMAGED)["verdict"] == "damaged"


def test_people_correct_and_write_to_the_customer(served: tuple[str, str], service_of: Service) -> None:
    service_of.people.add(service_of.keys.tenant("t"), "anna", Role.HANDLER)
    with Coachwork(*served) as coachwork:
        inspection = coachwork.open()
        inspection.add(DAMAGED)
        result = inspection.finish()
        damage = inspection.corrections()["damages"][0]
        after = inspection.correct("anna", "change", revision=result["revision"], damage=damage["key"], part="roof")
        assert after["revision"] == result["revision"] + 1
        assert inspection.corrections()["damages"][0]["part"] == "roof"
        with pytest.raises(ServiceError) as late:
            inspection.correct("anna", "confirm", revision=result["revision"], damage=damage["key"])
        assert late.value.status == 412
        assert inspection.write("Please, the rear.", views=["rear"])["sender"] == "desk"
        assert [one["text"] for one in inspection.messages()] == ["Please, the rear."]


def test_refusals_are_errors_with_their_reason(served: tuple[str, str], tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("no photo")
    with Coachwork(*served) as coachwork:
        inspection = coachwork.open()
        with pytest.raises(ServiceError, match="this is a text file") as refused:
            inspection.add(tmp_path / "a.txt")
        assert (refused.value.status, refused.value.problem) == (422, "photo")
        assert refused.value.request_id
        with pytest.raises(ServiceError, match="no photos"):
            inspection.finish()
    with Coachwork(served[0], "wrong") as stranger, pytest.raises(ServiceError) as unknown:
        stranger.open()
    assert unknown.value.problem == "unknown-key"


def test_a_service_that_is_not_there_is_told() -> None:
    with (
        Coachwork("http://127.0.0.1:1", "k", attempts=2) as coachwork,
        pytest.raises(ServiceError, match="does not answer"),
    ):
        coachwork.open()


def test_a_busy_service_is_asked_again_with_the_same_key() -> None:
    keys: list[str] = []

    class Busy(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            keys.append(self.headers["idempotency-key"])
            body = b'{"id": "case_x"}' if len(keys) > 2 else b""
            self.send_response(201 if body else 503)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Busy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with Coachwork(f"http://127.0.0.1:{server.server_address[1]}", "k") as coachwork:
            assert coachwork.open().id == "case_x"
    finally:
        server.shutdown()
        server.server_close()
    assert len(keys) == 3
    assert len(set(keys)) == 1


def test_a_buckets_internal_error_is_asked_again_and_a_services_fault_is_not() -> None:
    asked: list[str] = []

    class Failing(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            asked.append(self.command)
            self.send_response(500 if len(asked) < 3 else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_POST = do_PUT  # noqa: N815

        def log_message(self, *_args: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Failing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        with Coachwork(url, "k") as coachwork:
            coachwork.put(f"{url}/bucket/photo", b"bytes", {})
            assert asked == ["PUT"] * 3
            asked.clear()
            with pytest.raises(ServiceError):
                coachwork.open()
            assert asked == ["POST"]
    finally:
        server.shutdown()
        server.server_close()
