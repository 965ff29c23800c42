"""The service under a steady load while it is killed, its disk fills, its database goes, its object store errs.

    python benchmarks/service/faults.py kills [--kills 100] [--minutes 60] [--seed 7] [--shipped] [--no-keep]
    python benchmarks/service/faults.py disk | database | store

Clients open cases, send small real photos, hand over, wait, and decide, by `coachwork.client`; a ledger is kept of what
was acknowledged. At the end that is held against what the service has: nothing acknowledged may be lost, nothing done
twice. Models are tiny, so that many cases come through; --shipped takes those that ship. Figures are printed, and kept
in benchmarks/results/faults.json. The exit status is 1 where anything was violated.

kills     kill -9 of server or worker at random moments; the runner starts the server again, the server its workers;
          with --workers 0 both are one process
disk      the data folder lies on a small disk (tmpfs; needs root) that is filled up for a while, three times
database  PostgreSQL is stopped (immediately, as by a power cut) for 30 s, twice, and comes again
store     photos lie in an S3 server behind a proxy that answers 500, nothing at all, or breaks off, at random
"""

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.service.audit import TOLD, audit, settle, violations
from benchmarks.service.ledger import Clients, Ledger
from benchmarks.service.receiver import Receiver
from benchmarks.service.stand import Stand
from benchmarks.tiny_bundle import write_tiny_bundle
from coachwork.client import Coachwork
from coachwork.taxonomy import Task

RESULTS = Path(__file__).parents[1] / "results" / "faults.json"
_SERVER_SHARE, _EARLY_SHARE = 0.3, 0.1
_LONGEST_PEACE_S = 6.0
_WORKER_START_S = 60.0

Disturb = Callable[[Stand, random.Random], dict[str, Any]]
"""Does its worst while clients ask; tells what it did."""


def kills(count: int, *, workers: int = 1, peace_s: float = _LONGEST_PEACE_S, minutes: float = 60.0) -> Disturb:
    """Kill -9 at so many random moments, or fewer if that takes longer; some while the service is still starting."""

    def disturb(stand: Stand, chance: random.Random) -> dict[str, Any]:
        done = {"server_kills": 0, "worker_kills": 0, "kills_while_starting": 0}
        starts: list[float] = []
        until = time.monotonic() + 60 * minutes
        while done["server_kills"] + done["worker_kills"] < count and time.monotonic() < until:
            if workers:
                stand.wait_worker(_WORKER_START_S)
            time.sleep(chance.uniform(0.1, peace_s))
            if workers and chance.random() >= _SERVER_SHARE and stand.kill_worker():
                done["worker_kills"] += 1
                continue
            stand.kill()
            done["server_kills"] += 1
            stand.start()
            while chance.random() < _EARLY_SHARE and done["server_kills"] + done["worker_kills"] < count:
                time.sleep(chance.uniform(0.1, 3.0))
                stand.kill()
                done["server_kills"] += 1
                done["kills_while_starting"] += 1
                stand.start()
            starts.append(stand.wait())
        starts = sorted(starts) or [0.0]
        done |= {"server_starts": stand.starts, "ended_by_itself": stand.ended_by_itself}
        return done | {"start_s": {"p50": round(starts[len(starts) // 2], 1), "most": round(starts[-1], 1)}}

    return disturb


def run(
    folder: Path,
    environment: dict[str, str],
    disturb: Disturb,
    *,
    seed: int,
    clients: int,
    shipped: bool = False,
    workers: int = 1,
) -> dict[str, Any]:
    """Runs load and faults on a folder, and tells what came of it."""
    if not shipped:
        write_tiny_bundle(folder / "tiny")
        write_tiny_bundle(folder / "parts", task=Task.PARTS)
        environment = environment | {"COACHWORK_BUNDLE": str(folder / "tiny"), "COACHWORK_PARTS": str(folder / "parts")}
    stand, ledger, begun = Stand(folder, environment, workers=workers), Ledger(), time.monotonic()
    with Receiver() as receiver:
        stand.start()
        try:
            stand.wait()
            with Coachwork(stand.url, stand.key) as coachwork:
                coachwork.ask("POST", "/v1/webhooks", json={"url": receiver.url, "kinds": list(TOLD)})
            load = Clients(stand.url, stand.key, ledger, count=clients, seed=seed)
            load.start()
            done = disturb(stand, random.Random(seed))
            load.stop()
            settled = settle(stand)
            found = audit(stand, ledger, receiver)
        finally:
            stand.stop()
    waits = sorted(ledger.waits)
    return {
        "faults": done,
        "seconds": round(time.monotonic() - begun),
        "acknowledged": {"cases": sum(bool(c.id) for c in ledger.cases), "photos": ledger.photos}
        | {"decisions": ledger.decisions},
        "given_up_by_clients": dict(ledger.problems),
        "wait_for_results_s": {"p50": round(waits[len(waits) // 2], 1), "most": round(waits[-1], 1)} if waits else {},
        "settled_after_s": settled,
        "violations": violations(found),
        "audit": found,
    }


def main() -> None:
    """Runs one kind of fault, prints what came of it, and keeps that."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=("kills", "disk", "database", "store"))
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--minutes", type=float, default=60.0, help="no kills after so many")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--clients", type=int, default=3)
    parser.add_argument("--workers", type=int, default=1, help="in processes of their own; 0 works in the server's")
    parser.add_argument("--shipped", action="store_true")
    parser.add_argument("--no-keep", action="store_true")
    told = parser.parse_args()
    load_before = os.getloadavg()[0]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="faults-")))
        environment, disturb = _prepared(told, folder, stack)
        terms = {"seed": told.seed, "clients": told.clients}
        found = run(folder, environment, disturb, shipped=told.shipped, workers=told.workers, **terms)
        if found["violations"]:
            log = Path(tempfile.gettempdir()) / f"faults-{told.kind}.log"
            log.write_bytes((folder / "service.log").read_bytes())
            print(f"the service's log: {log}", file=sys.stderr)
    terms["workers"] = told.workers
    found = terms | {"models": "shipped" if told.shipped else "tiny"} | found
    found |= {"cores": os.cpu_count(), "load_before": round(load_before, 1), "load_after": round(os.getloadavg()[0], 1)}
    print(json.dumps(found, indent=2))
    name = told.kind if told.workers or told.kind != "kills" else "kills_of_one_process"
    if not told.no_keep:
        kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
        RESULTS.write_text(json.dumps(kept | {name: found}, indent=2) + "\n")
    raise SystemExit(1 if found["violations"] else 0)


def _prepared(told: argparse.Namespace, folder: Path, stack: ExitStack) -> tuple[dict[str, str], Disturb]:
    from benchmarks.service import disturbances  # noqa: PLC0415 (the servers that it needs are looked for late)

    if told.kind == "disk":
        return disturbances.small_disk(folder, stack)
    if told.kind == "database":
        return disturbances.stopped_database(folder, stack)
    if told.kind == "store":
        return disturbances.erring_store(folder, stack)
    return {}, kills(told.kills, workers=told.workers, minutes=told.minutes)


if __name__ == "__main__":
    main()
