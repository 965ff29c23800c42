"""Requests made up from the service's own OpenAPI document: none may find a fault, or an answer that it does not tell.

Examples are few here; with `--slow` there are many more.
"""

import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.types import ASGIApp

from coachwork.cases.access import Scope
from coachwork.casework.service import Service
from coachwork.web.app import create_app
from tests.api.conftest import settings as service_settings
from tests.api.test_inspections import DAMAGED

_CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@schemathesis.serializer("application/offset+octet-stream")
def _bytes(_context: Any, value: Any) -> bytes:
    """A part of an upload as it is."""
    return value if isinstance(value, bytes) else bytes(getattr(value, "data", b"part"))


_PHASES = (Phase.explicit, Phase.generate)
_PUBLIC = frozenset({"/health", "/ready"})


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Service:
    """A service that slows nobody down."""
    folder = tmp_path_factory.mktemp("schema")
    return Service(service_settings(folder, COACHWORK_REQUESTS_A_MINUTE="1000000", COACHWORK_MOST_UPLOAD_MB="4"))


@pytest.fixture(scope="module")
def known(desk: Service) -> dict[str, str]:
    """Names of things that are there, so that made-up requests reach past "there is no such inspection"."""
    tenant = desk.keys.tenant("default")
    key = desk.keys.make(tenant, "schema", tuple(Scope))[1]
    return {"key": key}


@pytest.fixture(scope="module")
def app(desk: Service) -> Iterator[ASGIApp]:
    """The whole app; its worker does not run."""
    made = create_app(desk, works=False)
    with TestClient(made, raise_server_exceptions=False):
        yield made


@pytest.fixture(scope="module")
def api_schema(app: ASGIApp) -> Any:
    """The service's own document."""
    return schemathesis.openapi.from_asgi("/openapi.json", app)


def _fresh(app: ASGIApp, key: str, wanted: set[str]) -> dict[str, str]:
    """Names of an inspection with a photo, of an upload or a webhook that were made just now."""
    client = TestClient(app, headers={"Authorization": f"Bearer {key}"})
    if "webhook" in wanted:
        for one in client.get("/v1/webhooks").json():  # a tenant has a few of them at most
            client.delete(f"/v1/webhooks/{one['id']}")
        made = client.post("/v1/webhooks", json={"url": "https://example.org/", "kinds": ["case.ready"]})
        return {"webhook": made.json()["id"]}
    inspection = client.post("/v1/inspections", json={}).json()["id"]
    own = f"/v1/inspections/{inspection}"
    client.post(f"{own}/photos", files=[("photo", ("a.jpg", DAMAGED.read_bytes()))])
    found = {"inspection": inspection}
    if "upload" in wanted:
        found["upload"] = client.post(f"{own}/uploads", json={"bytes": 9}).json()["id"]
    return {name: one for name, one in found.items() if name in wanted}


def _search(api_schema: Any, check: Callable[[Any], None], *, examples: int) -> list[str]:
    """The operations of the document at which a check fails, with the shortest request that does."""
    problems = []
    for found in api_schema.get_all_operations():
        operation = found.ok()
        few = settings(
            max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck), phases=_PHASES
        )

        @few
        @given(case=operation.as_strategy())
        def tried(case: Any) -> None:
            check(case)

        try:
            tried()
        except (Exception, BaseExceptionGroup) as problem:  # noqa: BLE001  # told below, all operations together
            problems.append(f"{operation.method.upper()} {operation.path}: {_told(problem)}")
    return problems


def _told(problem: BaseException) -> str:
    return "".join(traceback.format_exception(problem))[-1500:]


def _checked(known: dict[str, str], app: ASGIApp) -> Callable[[Any], None]:
    def check(case: Any) -> None:
        wanted = set(case.path_parameters or {})
        for name, value in (_fresh(app, known["key"], wanted) if wanted else {}).items():
            case.path_parameters[name] = value
        case.call_and_validate(headers={"Authorization": f"Bearer {known['key']}"}, checks=_CHECKS)

    return check


def test_made_up_requests_find_no_fault(api_schema: Any, known: dict[str, str], app: ASGIApp) -> None:
    problems = _search(api_schema, _checked(known, app), examples=6)
    assert not problems, "\n".join(problems)


@pytest.mark.slow
def test_many_made_up_requests_find_no_fault(api_schema: Any, known: dict[str, str], app: ASGIApp) -> None:
    problems = _search(api_schema, _checked(known, app), examples=60)
    assert not problems, "\n".join(problems)


def test_nothing_but_what_is_public_answers_without_a_key(api_schema: Any) -> None:
    def check(case: Any) -> None:
        answer = case.call()
        public = case.operation.path in _PUBLIC
        if case.operation.path == "/v1/uploads/{token}":  # the address is the key
            assert answer.status_code == 404
            return
        assert answer.status_code == 200 if public else answer.status_code in {401, 422}, answer.status_code

    problems = _search(api_schema, check, examples=2)
    assert not problems, "\n".join(problems)
