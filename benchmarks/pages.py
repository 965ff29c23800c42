"""How quick the pages that people read are, alone and while photos are assessed beside them.

    python benchmarks/pages.py [--reads 200] [--workers 1]

Starts `coachwork serve --workers N` on a folder of its own, lets it assess two cases of eight sample photos, and reads
queue, case page and pictures one after the other: first with nothing else to do, then while further cases are assessed.
Told are the time as the reader sees it and the serving process's core time for a read, which a busy machine changes
less; with `--workers 0` the process that answers also assesses, and its core time says nothing.
"""

import argparse
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import httpx2

from coachwork.cases.access import Scope
from coachwork.cases.case import CaseState
from coachwork.cases.people import Role
from coachwork.casework.service import Service
from coachwork.settings import read_settings

PASSWORD = "four words at random"  # noqa: S105
_TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Measures, and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reads", type=int, default=200, help="of each page")
    parser.add_argument("--workers", type=int, default=1, help="processes that assess; 0 is the serving one")
    told = parser.parse_args()
    reads, workers = told.reads, told.workers
    with tempfile.TemporaryDirectory(prefix="coachwork-pages-") as folder:
        environment = os.environ | {"COACHWORK_DATA_DIR": folder, "COACHWORK_REQUESTS_A_MINUTE": "1000000"}
        key = _people(environment)
        port = _free_port()
        command = [sys.executable, "-m", "coachwork.cli.main", "serve", "--port", str(port), "--workers", str(workers)]
        server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _measure(f"http://127.0.0.1:{port}", key, server.pid, reads)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(60)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _people(environment: dict[str, str]) -> str:
    """An account, and a key."""
    service = Service(read_settings(environment))
    tenant = service.keys.tenant("default")
    service.people.redeem(service.people.add(tenant, "reader", Role.HANDLER)[1], PASSWORD)
    key = service.keys.make(tenant, "benchmark", tuple(Scope))[1]
    service.database.close()
    return key


def _measure(address: str, key: str, pid: int, reads: int) -> None:
    program = httpx2.Client(base_url=address, headers={"Authorization": f"Bearer {key}"}, timeout=120)
    _until(lambda: program.get("/ready").status_code == 200)
    case = _case(program)
    _until(lambda: program.get(f"/v1/inspections/{case}").json()["state"] == CaseState.READY.value)
    reader = httpx2.Client(base_url=address, headers={"Accept": "text/html"}, timeout=120)
    reader.post("/login", data={"login": "reader", "password": PASSWORD})
    page = reader.get(f"/workbench/cases/{case}").text
    pictures = [re.findall(rf'src="([^"]+{size}.jpg)"', page)[0] for size in ("small", "large")]
    paths = {
        "queue": "/workbench",
        "case": f"/workbench/cases/{case}",
        "small photo": pictures[0],
        "large": pictures[1],
    }
    print(f"{'':12} {'':10} {'p50 ms':>8} {'p95 ms':>8} {'core ms':>8} {'kB':>7}")
    for state in ("alone", "assessing"):
        stop = threading.Event()
        beside = threading.Thread(target=_keep_assessing, args=(program, stop), daemon=True)
        if state == "assessing":
            beside.start()
            time.sleep(5)
        for name, path in paths.items():
            print(f"{name:12} {state:10} {_row(reader, path, pid, reads)}", flush=True)
        stop.set()
        if beside.is_alive():
            beside.join()
    load = os.getloadavg()[0]
    print(f"load of the machine at the end: {load:.1f} on {os.cpu_count()} cores; the one-minute mean")


def _row(reader: httpx2.Client, path: str, pid: int, reads: int) -> str:
    for _ in range(5):
        size = len(reader.get(path).raise_for_status().content)
    walls, before = [], _core_s(pid)
    for _ in range(reads):
        begun = time.perf_counter()
        reader.get(path).raise_for_status()
        walls.append(time.perf_counter() - begun)
    core = (_core_s(pid) - before) / reads
    walls.sort()
    p50, p95 = walls[reads // 2], walls[int(reads * 0.95)]
    return f"{1e3 * p50:8.1f} {1e3 * p95:8.1f} {1e3 * core:8.1f} {size / 1e3:7.0f}"


def _core_s(pid: int) -> float:
    """Core time of a process so far, without its children."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _case(program: httpx2.Client) -> str:
    case = str(program.post("/v1/inspections", json={"reference": "benchmark"}).raise_for_status().json()["id"])
    samples = resources.files("coachwork") / "samples"
    for one in sorted(samples.iterdir(), key=lambda one: one.name):
        if one.name.endswith(".jpg"):
            files = {"photo": (one.name, one.read_bytes(), "image/jpeg")}
            program.post(f"/v1/inspections/{case}/photos", files=files).raise_for_status()
    program.post(f"/v1/inspections/{case}/complete").raise_for_status()
    return case


def _keep_assessing(program: httpx2.Client, stop: threading.Event) -> None:
    """Always one case in work and one waiting."""
    waiting: list[str] = []
    while not stop.is_set():
        while len(waiting) < 2:
            waiting.append(_case(program))
        time.sleep(0.2)
        waiting = [one for one in waiting if program.get(f"/v1/inspections/{one}").json()["state"] == "working"]


def _until(holds: Callable[[], bool], seconds: float = 300) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if holds():
                return
        except httpx2.HTTPError:
            pass
        time.sleep(0.3)
    message = "the service did not get there in time"
    raise SystemExit(message)


if __name__ == "__main__":
    main()
