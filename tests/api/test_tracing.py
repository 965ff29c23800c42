"""A case's way from its request to its result as one trace, sent by OTLP/HTTP to a receiver on loopback."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from coachwork import tracing
from coachwork.cases.access import Scope
from coachwork.casework.service import Service
from coachwork.errors import MissingExtra
from coachwork.web.app import create_app
from tests.api.conftest import settings
from tests.api.test_inspections import DAMAGED

_TRACE = "0af7651916cd43dd8448eb211c80319c"
_PRIVATE = ("a private reference", "B-PRIV 77", "secret-name.jpg", "somebody@example.org", "a private password")


@contextmanager
def receiver() -> Iterator[tuple[str, list[bytes]]]:
    """An OTLP receiver: its address, and the bodies that came."""
    bodies: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/traces"
            assert self.headers["content-type"] == "application/x-protobuf"
            bodies.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", bodies
    finally:
        server.shutdown()
        server.server_close()


def spans_in(bodies: list[bytes]) -> list[dict[str, Any]]:
    """What was sent, as plain values."""
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest  # noqa: PLC0415

    found = []
    for body in bodies:
        request = ExportTraceServiceRequest.FromString(body)
        for scope in (one for resource in request.resource_spans for one in resource.scope_spans):
            for span in scope.spans:
                told = {one.key: one.value.string_value or one.value.int_value for one in span.attributes}
                found.append(
                    {
                        "name": span.name,
                        "trace": span.trace_id.hex(),
                        "id": span.span_id.hex(),
                        "parent": span.parent_span_id.hex(),
                        "status": span.status.code,
                        "events": len(span.events),
                    }
                    | told
                )
    return found


@pytest.fixture
def traced(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bytes]]:
    pytest.importorskip("opentelemetry.sdk", reason="needs the telemetry extra")
    with receiver() as (address, bodies):
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
        monkeypatch.setenv("OTEL_SERVICE_NAME", "coachwork-in-tests")
        tracing.start("0")
        yield bodies
        tracing.stop()


def test_a_cases_whole_way_is_one_trace(tmp_path: Path, traced: list[bytes]) -> None:
    service = Service(settings(tmp_path))
    key = service.keys.make(service.keys.tenant("default"), "tests", tuple(Scope))[1]
    facts = {"reference": _PRIVATE[0], "vehicle": {"plate": _PRIVATE[1]}}
    shown = {"Authorization": f"Bearer {key}"}
    with TestClient(create_app(service), raise_server_exceptions=False) as client:
        case = client.post("/v1/inspections", json=facts, headers=shown).json()["id"]
        own = f"/v1/inspections/{case}"
        client.post(f"{own}/photos", files=[("photo", (_PRIVATE[2], DAMAGED.read_bytes()))], headers=shown)
        link = client.post(f"{own}/link", headers=shown).json()["url"].rsplit("/", 1)[1]
        client.get(f"/c/{link}")
        client.post("/login", data={"login": _PRIVATE[3], "password": _PRIVATE[4]})
        client.post(f"{own}/complete", headers=shown | {"traceparent": f"00-{_TRACE}-b7ad6b7169203331-01"})
        client.get("/health")
        until = time.monotonic() + 60
        while client.get(own, headers=shown).json()["state"] == "working" and time.monotonic() < until:
            time.sleep(0.2)
        assert client.get(own, headers=shown).json()["state"] == "ready"
    tracing.stop()
    spans = spans_in(traced)
    names = {span["name"] for span in spans}
    assert {"POST /v1/inspections", "GET /c/{token}", "POST /login", "work on case", "step price"} <= names
    assert "GET /health" not in names
    of_trace = {span["id"]: span for span in spans if span["trace"] == _TRACE}
    by_name = {span["name"]: span for span in of_trace.values()}
    submit = by_name["POST /v1/inspections/{inspection}/complete"]
    assert (submit["parent"], submit["coachwork.case"]) == ("b7ad6b7169203331", case)
    assert submit["http.response.status_code"] == 202
    assert len(submit["coachwork.request"]) == 16
    work = by_name["work on case"]
    assert of_trace[work["parent"]]["name"] == submit["name"]
    assert (work["coachwork.case"], by_name["step inspect"]["parent"]) == (case, work["id"])
    model = next(span for span in of_trace.values() if span["name"] == "model run")
    assert model["parent"] == by_name["step inspect"]["id"]
    statement = next(span for span in of_trace.values() if span["name"] == "UPDATE cases")
    assert statement["db.system.name"] in {"sqlite", "postgresql"}
    assert all(span["parent"] for span in spans if "db.operation.name" in span), "no statement is a trace of its own"
    sent = b"".join(traced)
    for secret in (*_PRIVATE, key.partition(".")[2], link):
        assert secret.encode() not in sent
    assert b"coachwork-in-tests" in sent
    assert all(span["events"] == 0 for span in spans), "errors are told by their kind alone"


def test_faults_are_marked_and_told_by_their_kind(traced: list[bytes]) -> None:
    def fail() -> None:
        with tracing.span("step", case="case_x"):
            message = "something private"
            raise ValueError(message)

    with pytest.raises(ValueError, match="private"):
        fail()
    tracing.stop()
    (span,) = spans_in(traced)
    assert (span["name"], span["status"], span["error.type"]) == ("step", 2, "ValueError")
    assert b"something private" not in b"".join(traced)


@pytest.mark.parametrize("told", ["", "nonsense", "00-" + "0" * 32 + "-" + "0" * 16 + "-01", "00-xyz-1-01", "é"])
def test_a_parent_that_is_none_begins_a_trace(traced: list[bytes], told: str) -> None:
    with tracing.span("a", parent=told):
        carried = tracing.carried()
    tracing.stop()
    (span,) = spans_in(traced)
    assert span["parent"] == ""
    assert carried.startswith(f"00-{span['trace']}-{span['id']}-0")


def test_a_receiver_that_is_away_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("opentelemetry.sdk", reason="needs the telemetry extra")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    tracing.start("0")
    begun = time.monotonic()
    with tracing.span("a"):
        pass
    assert time.monotonic() - begun < 1
    tracing.stop()


def test_nothing_is_loaded_or_sent_unless_it_is_asked_for() -> None:
    told = "import coachwork.casework.service, coachwork.web.app, sys; from coachwork import tracing\n"
    told += "with tracing.span('a') as s: s.rename('b'); s.tell({}); s.failed()\n"
    told += "assert tracing.carried() == '' and tracing.begin_within('a', {}) is None and not tracing.is_on()\n"
    told += "print(sorted(name for name in sys.modules if name.startswith('opentelemetry.sdk')))"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == "[]"


def test_the_extra_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.resources", None)
    with pytest.raises(MissingExtra, match="telemetry"):
        tracing.start("0")
    assert not tracing.is_on()
