"""Work that nobody knows of is found again, and work that cannot be done says why."""

import time
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from coachwork.api.app import create_app
from coachwork.cases.case import Case, CaseState, Facts
from coachwork.casework.service import Service
from tests.api.conftest import ALL, settings
from tests.api.test_inspections import DAMAGED


def ended(service: Service, case: Case) -> Case:
    until = time.monotonic() + 60
    while (now := service.cases.case(case.tenant, case.id)).state is CaseState.WORKING and time.monotonic() < until:
        time.sleep(0.1)
    return now


def submitted_without_queue(service: Service, *, queued: bool = False) -> Case:
    """A case that is to be worked on, of which the queue knows nothing, as after a restore."""
    tenant = service.keys.tenant("t")
    caller = service.keys.caller(service.keys.make(tenant, "k", ALL)[1])
    case = service.cases.open_case(tenant, Facts(), by="a")
    service.add_photo(caller, case.id, DAMAGED.read_bytes(), "a.jpg")
    if queued:
        return service.submit(caller, case.id)
    return service.cases.submit(tenant, case.id, by="a", enqueue=lambda *_: None)


def test_a_case_that_the_queue_does_not_know_is_worked_on_at_the_next_start(tmp_path: Path) -> None:
    service = Service(settings(tmp_path))
    case = submitted_without_queue(service)
    with TestClient(create_app(service)):
        assert ended(service, case).state is CaseState.READY


def test_a_case_whose_photo_is_lost_fails_with_the_reason(tmp_path: Path) -> None:
    service = Service(settings(tmp_path))
    case = submitted_without_queue(service)
    photo = service.cases.photos(case.tenant, case.id)[0]
    service.photo_store.drop(case.tenant, photo.sha256)
    with TestClient(create_app(service)):
        failed = ended(service, case)
    assert failed.state is CaseState.FAILED
    assert "restore it from the backup" in failed.problem


def test_a_store_that_fails_for_a_moment_does_not_fail_the_case(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = Service(settings(tmp_path))
    case = submitted_without_queue(service)
    faults, get = [OSError(5, "Input/output error")], service.photo_store.get

    def unsteady(tenant: str, sha256: str) -> bytes:
        if faults:
            raise faults.pop()
        return get(tenant, sha256)

    monkeypatch.setattr(service.photo_store, "get", unsteady)
    with TestClient(create_app(service)):
        assert ended(service, case).state is CaseState.READY
    assert faults == []


def test_a_photo_of_another_claim_sends_a_claim_to_a_person(tmp_path: Path) -> None:
    service = Service(settings(tmp_path))
    with TestClient(create_app(service)):
        first = ended(service, submitted_without_queue(service, queued=True))
        second = ended(service, submitted_without_queue(service, queued=True))
    found = []
    for case in (first, second):
        settlement = service.cases.result(case.tenant, case.id).settlement
        assert settlement is not None
        found.append(next(one for one in settlement["rules"] if one["rule"] == "no-sign-of-fraud"))
    assert [one["holds"] for one in found] == [True, False]
    assert first.id in found[1]["why"]
