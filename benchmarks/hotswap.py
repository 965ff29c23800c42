"""Swapping the model of a served process under load: errors, and what the swaps add to the time of answers.

    python benchmarks/hotswap.py [--requests N] [--swaps N] [--clients N] [--shipped] [--no-keep]

Starts `coachwork serve` in a process of its own and sends photos to POST /v1/assess from several connections at once:
first without swaps, then with one every so many requests, then without again. A request has failed when its answer is
not 200, names no bundle of the release, or names one that a request which ended before it began had seen displaced.
By default models are tiny, so that what is measured is the swapping; --shipped takes the model that ships. The table is
printed, and kept in benchmarks/results/hotswap.json.
"""

import argparse
import contextlib
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.tiny_bundle import write_tiny_bundle
from coachwork.cases.access import Scope
from coachwork.inference.bundle import shipped_bundle_folder
from coachwork.inference.contents import contents_of
from coachwork.registry.release import BundleVersion, Signature
from coachwork.registry.release_moves import appoint, change
from coachwork.settings import read_settings
from coachwork.storage.database import Database
from coachwork.storage.key_store import KeyStore
from coachwork.storage.release_store import ReleaseTable
from coachwork.taxonomy import Task

RESULTS = Path(__file__).parent / "results" / "hotswap.json"
_START_S = 120.0
_SWAP_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One request: when it began and ended, seconds; its status, and the bundle that answered."""

    begun: float
    ended: float
    status: int
    bundle: str

    @property
    def ms(self) -> float:
        """How long it took."""
        return 1000 * (self.ended - self.begun)


@dataclass(slots=True)
class Load:
    """Clients that ask as fast as they are answered."""

    url: str
    key: str
    photo: bytes
    clients: int
    answers: list[Answer] = field(default_factory=list)

    def run(self, stop: threading.Event) -> list[threading.Thread]:
        """Starts the clients; they end with the event."""
        threads = [threading.Thread(target=self._ask, args=(stop,)) for _ in range(self.clients)]
        for thread in threads:
            thread.start()
        return threads

    def _ask(self, stop: threading.Event) -> None:
        with httpx2.Client(base_url=self.url, headers={"Authorization": f"Bearer {self.key}"}, timeout=60) as client:
            while not stop.is_set():
                begun = time.perf_counter()
                try:
                    answer = client.post("/v1/assess", files={"photo": ("a.jpg", self.photo)})
                    status, told = answer.status_code, answer.json()
                    bundle = told["model"]["bundle"] if status == 200 else ""
                except (httpx2.HTTPError, ValueError, KeyError) as failed:
                    status, bundle = 0, repr(failed)
                self.answers.append(Answer(begun=begun, ended=time.perf_counter(), status=status, bundle=bundle))


@contextlib.contextmanager
def served(folder: Path, own: Path, parts: Path | None) -> Iterator[tuple[str, str, Database]]:
    """Address, key and database of a service in a process of its own."""
    told = {"COACHWORK_DATA_DIR": str(folder), "COACHWORK_BUNDLE": str(own), "COACHWORK_LOG": "json"}
    told |= {"COACHWORK_REQUESTS_A_MINUTE": "10000000"} | ({} if parts is None else {"COACHWORK_PARTS": str(parts)})
    database = Database(read_settings(told).database_url)
    database.migrate()
    keys = KeyStore(database)
    key = keys.make(keys.tenant("load"), "load", (Scope.ASSESS,))[1]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "coachwork.cli.main", "serve", "--port", str(port)]
    with (folder / "service.log").open("wb") as log:
        process = subprocess.Popen(command, env=os.environ | told, stdout=log, stderr=log)
        try:
            url = f"http://127.0.0.1:{port}"
            _wait(url, process)
            yield url, key, database
        finally:
            process.terminate()
            process.wait(60)
            database.close()


def _wait(url: str, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + _START_S
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx2.get(f"{url}/ready").status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.1)
    message = "the service did not start"
    raise SystemExit(message)


def measure(
    folder: Path, bundles: Sequence[Path], photo: bytes, *, parts: Path | None, requests: int, swaps: int, clients: int
) -> dict[str, Any]:
    """Runs the load with and without swaps, and says what came of it."""
    versions = [
        BundleVersion(name="swapped", version=place.name, digest=contents_of(place).digest, place=str(place))
        for place in bundles
    ]
    with served(folder, bundles[0], parts) as (url, key, database):
        store, load, stop = ReleaseTable(database), Load(url, key, photo, clients), threading.Event()
        threads = load.run(stop)
        try:
            before = _until(load, requests // 4)
            marks = [_swap(store, load, versions[turn % 2], requests // swaps) for turn in range(1, swaps + 1)]
            after = len(load.answers)
            _until(load, after + requests // 4)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
    quiet = load.answers[:before][clients * 4 :] + load.answers[after:]
    swapped = load.answers[before:after]
    return _told(quiet, swapped, marks, {one.digest for one in versions}) | {"clients": clients}


def _until(load: Load, count: int) -> int:
    while len(load.answers) < count:
        time.sleep(0.01)
    return len(load.answers)


def _swap(store: ReleaseTable, load: Load, version: BundleVersion, requests: int) -> tuple[float, float]:
    """Appoints a bundle, and lets so many requests go by; when it was written, and when the first answer named it."""
    at = len(load.answers)
    why = Signature(by="benchmark", why="to measure")
    begun = time.perf_counter()
    change(store, lambda release: appoint(release, version, why))
    seen, looked, until = None, at, time.monotonic() + _SWAP_S
    while (seen is None or len(load.answers) < at + requests) and time.monotonic() < until:
        time.sleep(0.005)
        new = load.answers[looked:]
        looked += len(new)
        seen = seen or next((one.ended for one in new if one.bundle == version.digest), None)
    if seen is None:
        message = f"no answer named {version.words} within {_SWAP_S:.0f} seconds of its appointment"
        raise SystemExit(message)
    return begun, seen


def _told(
    quiet: Sequence[Answer], swapped: Sequence[Answer], marks: Sequence[tuple[float, float]], known: set[str]
) -> dict[str, Any]:
    answers = [*quiet, *swapped]
    errors = [one for one in answers if one.status != 200 or one.bundle not in known]
    during = [one.ms for one in swapped if any(one.ended > begun and one.begun < seen for begun, seen in marks)]
    calm, busy = [one.ms for one in quiet], [one.ms for one in swapped]
    return {
        "requests": len(answers),
        "requests_while_swapping": len(swapped),
        "swaps": len(marks),
        "errors": len(errors),
        "first_errors": [f"{one.status} {one.bundle}" for one in errors[:3]],
        "wrong_after_swap": _late(swapped, marks),
        "swap_s": _percentiles([seen - begun for begun, seen in marks]),
        "without_swaps_ms": _percentiles(calm),
        "with_swaps_ms": _percentiles(busy),
        "within_a_swap_ms": _percentiles(during),
        "added_p99_ms": round(float(np.percentile(busy, 99) - np.percentile(calm, 99)), 1),
    }


def _late(swapped: Sequence[Answer], marks: Sequence[tuple[float, float]]) -> int:
    """Requests that began after an answer had named the new bundle, and were answered by the one before."""
    late = 0
    for (_, seen), (following, _) in zip(marks, [*marks[1:], (float("inf"), 0.0)], strict=True):
        within = [one for one in swapped if seen < one.begun and one.ended < following]
        late += len(within) - max(
            (sum(one.bundle == kind for one in within) for kind in {o.bundle for o in within}), default=0
        )
    return late


def _percentiles(values: Sequence[float]) -> dict[str, float]:
    if not values:
        return {}
    found = np.percentile(values, [50, 95, 99, 100]).round(3).tolist()
    return dict(zip(("p50", "p95", "p99", "most"), found, strict=True))


def tiny(folder: Path) -> tuple[list[Path], Path, bytes]:
    """Two tiny bundles, tiny parts, and a small photo."""
    for number in (1, 2):
        write_tiny_bundle(folder / f"tiny-{number}", created=f"version {number}")
    write_tiny_bundle(folder / "parts", task=Task.PARTS)
    pixels = np.random.default_rng(7).integers(90, 160, (240, 320, 3)).astype(np.uint8)
    held = io.BytesIO()
    Image.fromarray(pixels).save(held, "JPEG", quality=85)
    return [folder / "tiny-1", folder / "tiny-2"], folder / "parts", held.getvalue()


def shipped(folder: Path) -> tuple[list[Path], None, bytes]:
    """The bundle that ships, a copy of it that differs in its card, and a sample photo."""
    own = shipped_bundle_folder()
    copy = Path(shutil.copytree(own, folder / "copy"))
    card = json.loads((copy / "card.json").read_text())
    (copy / "card.json").write_text(json.dumps(card | {"created": "another day"}))
    return [own, copy], None, min((own.parents[1] / "samples").glob("*.jpg")).read_bytes()


def main() -> None:
    """Measures, prints the table and keeps it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--swaps", type=int, default=50)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--shipped", action="store_true")
    parser.add_argument("--no-keep", action="store_true")
    options = parser.parse_args()
    load_before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="hotswap-") as name:
        bundles, parts, photo = (shipped if options.shipped else tiny)(Path(name))
        counts = {"requests": options.requests, "swaps": options.swaps, "clients": options.clients}
        found = measure(Path(name), bundles, photo, parts=parts, **counts)
    found |= {"cores": os.cpu_count(), "load_before": round(load_before, 2)}
    print(json.dumps(found, indent=2))
    if not options.no_keep:
        kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
        RESULTS.write_text(json.dumps(kept | {"shipped" if options.shipped else "tiny": found}, indent=2) + "\n")


if __name__ == "__main__":
    main()
