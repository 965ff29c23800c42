from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from coachwork.api.app import create_app
from coachwork.cases.access import Scope
from coachwork.casework.service import Service
from coachwork.settings import ServiceSettings, read_settings

ALL = (Scope.ASSESS, Scope.READ, Scope.WRITE, Scope.DECIDE)


def settings(folder: Path, **more: str) -> ServiceSettings:
    return read_settings({"COACHWORK_DATA_DIR": str(folder)} | more)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Service:
    """A service whose worker runs, as long as the client is open."""
    return Service(settings(tmp_path_factory.mktemp("service")))


@pytest.fixture(scope="module")
def key(service: Service) -> str:
    return service.keys.make(service.keys.tenant("default"), "tests", ALL)[1]


@pytest.fixture(scope="module")
def running(service: Service) -> Iterator[TestClient]:
    """A client of the running service that shows no key; faults are answered, not raised."""
    with TestClient(create_app(service), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def client(running: TestClient, key: str) -> Iterator[TestClient]:
    """A client with a key that allows everything but originals."""
    running.headers["Authorization"] = f"Bearer {key}"
    yield running
    running.headers.pop("Authorization", None)


@pytest.fixture
def stranger(service: Service) -> str:
    """The key of another tenant."""
    return service.keys.make(service.keys.tenant("other"), "strangers", ALL)[1]
