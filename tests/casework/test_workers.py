"""Workers in processes of their own do the work, and one that is killed leaves nothing undone."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from coachwork.cases.case import CaseState, Facts
from coachwork.casework.service import Service
from coachwork.casework.workers import WorkerProcesses
from tests.api.conftest import ALL, settings
from tests.api.test_inspections import DAMAGED


def test_none_are_started_and_stopped_at_once() -> None:
    workers = WorkerProcesses(0, environment={})
    workers.start()
    assert workers.pids == {}
    workers.stop()


@pytest.mark.slow
def test_workers_end_with_a_service_that_is_killed(tmp_path: Path) -> None:
    """Else the next service's would share their names, and do the same work at the same time."""
    told = "import os, time; from coachwork.casework.workers import WorkerProcesses as W; "
    told += "w = W(1, environment=os.environ); w.start(); time.sleep(1); "
    told += "print(w.pids['local-1'], flush=True); time.sleep(99)"
    environment = os.environ | {"COACHWORK_DATA_DIR": str(tmp_path)}
    command = [sys.executable, "-c", told]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as service:  # noqa: S603
        assert service.stdout is not None
        worker = int(service.stdout.readline())
        time.sleep(5)
        assert _runs(worker)
        service.kill()
    until = time.monotonic() + 20
    while _runs(worker) and time.monotonic() < until:
        time.sleep(0.1)
    assert not _runs(worker)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.slow
def test_a_killed_worker_comes_again_under_its_name_and_ends_what_it_began(tmp_path: Path) -> None:
    service = Service(settings(tmp_path))
    caller = service.keys.caller(service.keys.make(service.keys.tenant("t"), "k", ALL)[1])
    workers = WorkerProcesses(1, environment=os.environ | {"COACHWORK_DATA_DIR": str(tmp_path)})
    workers.start()
    try:
        cases = []
        for number in range(4):
            case = service.cases.open_case(caller.tenant, Facts(reference=str(number)), by="a")
            service.add_photo(caller, case.id, DAMAGED.read_bytes(), "a.jpg")
            cases.append(service.submit(caller, case.id).id)
        until = time.monotonic() + 120
        while _ready(service, caller.tenant, cases) < 1 and time.monotonic() < until:
            time.sleep(0.1)
        os.kill(workers.pids["local-1"], signal.SIGKILL)
        while _ready(service, caller.tenant, cases) < len(cases) and time.monotonic() < until:
            time.sleep(0.1)
    finally:
        workers.stop()
    assert _ready(service, caller.tenant, cases) == len(cases)
    for name in cases:
        kinds = [event.kind for event in service.cases.events(caller.tenant, name)]
        assert kinds.count("case.ready") == 1


def _ready(service: Service, tenant: str, cases: list[str]) -> int:
    return sum(service.cases.case(tenant, case).state is CaseState.READY for case in cases)
