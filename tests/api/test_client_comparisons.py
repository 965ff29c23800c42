import threading
import time
from collections.abc import Iterator

import httpx2
import pytest
import uvicorn

from coachwork.casework.service import Service
from coachwork.client import Coachwork, ServiceError
from coachwork.web.app import create_app
from tests.api.conftest import ALL, settings
from tests.api.test_marketplace import photo


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Address and key of a service that listens, with its pages."""
    service = Service(settings(tmp_path_factory.mktemp("served")))
    key = service.keys.make(service.keys.tenant("t"), "client", ALL)[1]
    server = uvicorn.Server(uvicorn.Config(create_app(service), port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", key
    server.should_exit = True
    thread.join()


def test_a_program_compares_values_and_shares(served: tuple[str, str]) -> None:
    with Coachwork(*served) as coachwork:
        before, after = (coachwork.open(reference="R-1", purpose="rental") for _ in range(2))
        before.add(photo("undamaged-door.jpg"))
        after.add(photo("crushed-door.jpg"))
        comparison = coachwork.compare(before, after, charges="uk-typical")
        assert comparison.state()["state"] == "waiting"
        for inspection in (before, after):
            inspection.finish()
        told = coachwork.comparison(comparison.id).wait()
        assert told["state"] == "ready"
        assert told["charges"]["list"]["name"] == "uk-typical"
        lone = next(one for one in told["standing"] if one["after"])
        kind = "grown" if lone["before"] else "not_same"
        if lone["state"] != "new":
            said = comparison.mark(kind, revision=0, reason="seen", before=lone["before"], after=lone["after"])
            assert said["revision"] == 1
        assert after.valuation(scheme="bvrla")["scheme"]["name"] == "bvrla"
        with pytest.raises(ServiceError, match="no grading scheme"):
            after.valuation(scheme="nobody")
        link = after.share(days=1, amounts=False)
        assert httpx2.get(link).status_code == 200
        with pytest.raises(ServiceError, match="no list of return charges"):
            coachwork.compare(before, after, charges="nobody")


def test_waiting_ends_with_a_sentence(served: tuple[str, str]) -> None:
    with Coachwork(*served) as coachwork:
        comparison = coachwork.compare(coachwork.open(), coachwork.open())
        with pytest.raises(ServiceError, match="is not ready after 0 s"):
            comparison.wait(patience_s=0)
