from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from coachwork.casework.service import Service
from coachwork.settings import read_settings
from coachwork.web.app import create_app

PAGE = {"Accept": "text/html,application/xhtml+xml"}


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Service:
    """A service at which anybody may open a case."""
    folder = tmp_path_factory.mktemp("web")
    return Service(read_settings({"COACHWORK_DATA_DIR": str(folder), "COACHWORK_PUBLIC_TENANT": "public"}))


@pytest.fixture(scope="session")
def running(service: Service) -> Iterator[TestClient]:
    """A browser of the service, whose worker does not run; faults are answered, not raised."""
    with TestClient(
        create_app(service, works=False), raise_server_exceptions=False, headers=PAGE, follow_redirects=False
    ) as client:
        yield client


@pytest.fixture
def browser(running: TestClient) -> TestClient:
    """The same without cookies."""
    running.cookies.clear()
    return running
