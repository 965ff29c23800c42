"""How much the service takes: uploads, reads, one case of eight photos, pages while it assesses, memory.

    python benchmarks/service/load.py [--photos 10000] [--clients 4] [--seconds 20] [--workers 1] [--no-keep]

Starts `coachwork serve --workers N` with the models that ship on a folder of its own, on loopback, and measures

uploads    small real JPEGs (320x240), each other bytes, as forms over kept connections: a second, and time of each
memory     of server and workers before, and after every quarter of those photos
reads      of one inspection by `wrk`, where that is installed
case       eight photos of 640 px: from the last byte sent to the proposal, six times one after the other
pages      the workbench's queue and a case, alone and while cases are assessed all the time

Clients, server and worker share the cores. Figures are printed, and kept in benchmarks/results/service_load.json.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import httpx2
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.service.photos import SmallPhotos
from benchmarks.service.stand import Stand
from coachwork.cases.people import Role
from coachwork.client import Coachwork
from coachwork.storage.database import Database
from coachwork.storage.key_store import KeyStore
from coachwork.storage.people_store import PeopleStore

RESULTS = Path(__file__).parents[1] / "results" / "service_load.json"
PASSWORD = "four words at random"  # noqa: S105
_A_CASE = 100
_CASES = 6


def percentiles(seconds: Sequence[float]) -> dict[str, float]:
    """Milliseconds."""
    found = np.percentile([1000 * one for one in seconds], [50, 95, 99, 100]).round(1).tolist()
    return dict(zip(("p50_ms", "p95_ms", "p99_ms", "most_ms"), found, strict=True))


def uploads(stand: Stand, count: int, clients: int) -> dict[str, Any]:
    """Sends so many photos, a hundred to a case, by so many clients at once; memory on the way."""
    took: list[float] = []
    errors: list[str] = []
    photos, left, lock = SmallPhotos(11), iter(range(count)), threading.Lock()
    memory = {"0 photos": stand.memory_mb()}

    def send() -> None:
        with httpx2.Client(base_url=stand.url, headers={"Authorization": f"Bearer {stand.key}"}, timeout=60) as http:
            case = ""
            while True:
                with lock:
                    number = next(left, None)
                if number is None:
                    return
                mine = sent_by.setdefault(threading.get_ident(), 0)
                if mine % _A_CASE == 0:
                    case = http.post("/v1/inspections", json={"reference": f"load {number}"}).json()["id"]
                sent_by[threading.get_ident()] = mine + 1
                photo = photos.next()
                begun = time.perf_counter()
                answer = http.post(f"/v1/inspections/{case}/photos", files={"photo": ("a.jpg", photo)})
                took.append(time.perf_counter() - begun)
                if answer.status_code != 201:
                    errors.append(f"{answer.status_code} {answer.text[:200]}")
                if (number + 1) % max(count // 4, 1) == 0:
                    memory[f"{number + 1} photos"] = stand.memory_mb()

    sent_by: dict[int, int] = {}
    seconds = _together(clients, send)
    told = {"photos": count, "clients": clients, "a_second": round(count / seconds, 1), "errors": len(errors)}
    return told | percentiles(took) | {"first_errors": errors[:3], "memory_mb": memory}


def reads(stand: Stand, case: str, clients: int, seconds: int) -> dict[str, Any]:
    """Reads one inspection over and over."""
    if shutil.which("wrk") is None:
        return {"left_out": "wrk is not installed"}
    command = ["wrk", "-t", "1", "-c", str(clients), "-d", f"{seconds}s", "--latency"]
    command += ["-H", f"Authorization: Bearer {stand.key}", f"{stand.url}/v1/inspections/{case}"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = {f"p{share}_ms": _ms(text, rf"(?m)^ +{share}% +(\S+)") for share in (50, 75, 90, 99)}
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    errors = int(bad[1]) if bad else 0
    broken = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
    errors += sum(map(int, broken.groups())) if broken else 0
    rate = re.search(r"Requests/sec:\s+([\d.]+)", text)
    return {"clients": clients, "a_second": float(rate[1]) if rate else 0.0, "errors": errors} | found


def _ms(text: str, pattern: str) -> float:
    found = re.search(pattern, text)
    if found is None:
        return float("nan")
    number = float(found[1].rstrip("ums"))
    return round(number * (0.001 if found[1].endswith("us") else 1.0 if found[1].endswith("ms") else 1000.0), 2)


def cases(coachwork: Coachwork, count: int = _CASES) -> dict[str, Any]:
    """Eight photos each: seconds from the last byte sent to the proposal, as a program sees it."""
    folder = resources.files("coachwork") / "samples"
    samples = [
        one.read_bytes() for one in sorted(folder.iterdir(), key=lambda one: one.name) if one.name[-4:] == ".jpg"
    ]
    took = []
    for number in range(count):
        inspection = coachwork.open(reference=f"eight photos {number}", loss={"cause": "parking"})
        inspection.add(*samples[:-1])
        begun = time.perf_counter()
        inspection.add(samples[-1])
        inspection.complete()
        while inspection.state()["state"] == "working":
            time.sleep(0.05)
        result = inspection.result()
        took.append(time.perf_counter() - begun)
        if result["settlement"] is None:
            message = "a case has no proposal"
            raise SystemExit(message)
    later = sorted(took[1:])
    return {
        "photos_each": len(samples),
        "first_s": round(took[0], 2),
        "p50_s": round(later[len(later) // 2], 2),
        "most_s": round(later[-1], 2),
    }


def pages(stand: Stand, coachwork: Coachwork, case: str, count: int) -> dict[str, Any]:
    """How long the workbench's pages take, alone and while cases are assessed."""
    found: dict[str, Any] = {}
    with httpx2.Client(base_url=stand.url, headers={"Accept": "text/html"}, timeout=60) as reader:
        reader.post("/login", data={"login": "reader", "password": PASSWORD})
        for state in ("alone", "assessing"):
            stop = threading.Event()
            beside = threading.Thread(target=_assess_on, args=(coachwork, stop), daemon=True)
            if state == "assessing":
                beside.start()
                time.sleep(3)
            for name, path in (("queue", "/workbench"), ("case", f"/workbench/cases/{case}")):
                took = []
                for _ in range(count):
                    begun = time.perf_counter()
                    reader.get(path).raise_for_status()
                    took.append(time.perf_counter() - begun)
                    time.sleep(0.02)
                found[f"{name}_{state}"] = percentiles(took)
            stop.set()
            if beside.is_alive():
                beside.join()
    return found


def _assess_on(coachwork: Coachwork, stop: threading.Event) -> None:
    while not stop.is_set():
        cases(coachwork, 2)


def _together(count: int, task: Callable[[], None]) -> float:
    threads = [threading.Thread(target=task) for _ in range(count)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - begun


def _reader(stand: Stand) -> None:
    database = Database(stand.settings.database_url)
    people = PeopleStore(database)
    people.redeem(people.add(KeyStore(database).tenant("load"), "reader", Role.HANDLER)[1], PASSWORD)
    database.close()


def main() -> None:
    """Measures, prints, and keeps the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=10_000)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--seconds", type=int, default=20, help="of reading")
    parser.add_argument("--reads", type=int, default=150, help="of each page")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--no-keep", action="store_true")
    told = parser.parse_args()
    found: dict[str, Any] = {"cores": os.cpu_count(), "workers": told.workers, "load": {"before": _load()}}
    with tempfile.TemporaryDirectory(prefix="service-load-") as name:
        stand = Stand(Path(name), {}, workers=told.workers)
        _reader(stand)
        stand.start()
        try:
            stand.wait()
            with Coachwork(stand.url, stand.key) as coachwork:
                found["case"] = cases(coachwork) | {"load": _load()}
                case = str(coachwork.ask("GET", "/v1/inspections").json()["inspections"][0]["id"])
                found["reads"] = reads(stand, case, told.clients, told.seconds) | {"load": _load()}
                found["pages"] = pages(stand, coachwork, case, told.reads) | {"load": _load()}
                found["uploads"] = uploads(stand, told.photos, told.clients) | {"load": _load()}
                found["case_after"] = cases(coachwork) | {"load": _load(), "memory_mb": stand.memory_mb()}
        finally:
            stand.stop()
    print(json.dumps(found, indent=2))
    if not told.no_keep:
        RESULTS.write_text(json.dumps(found, indent=2) + "\n")


def _load() -> float:
    return round(os.getloadavg()[0], 1)


if __name__ == "__main__":
    main()
