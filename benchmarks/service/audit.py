"""A ledger held against what the service has: what was lost, and what was done twice."""

import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

from sqlalchemy import func, select, text

from benchmarks.service.ledger import Ledger, LedgerCase
from benchmarks.service.receiver import Receiver
from benchmarks.service.stand import Stand
from coachwork.cases.case import CaseState
from coachwork.client import Coachwork
from coachwork.storage.case_store import CaseStore
from coachwork.storage.database import Database
from coachwork.storage.photo_store import PhotoStore, PhotoStoreError
from coachwork.storage.tables import cases, deliveries, events, results

TOLD = ("case.ready", "case.decided")
"""Events that the receiver of webhooks is told of."""

_SETTLE_S = 420.0


def settle(stand: Stand) -> float:
    """Waits until nothing is worked on and no message waits; returns seconds, negative where that did not come."""
    database = Database(stand.settings.database_url)
    begun = time.monotonic()
    working = select(func.count()).select_from(cases).where(cases.c.state == CaseState.WORKING.value)
    waiting = select(func.count()).select_from(deliveries).where(deliveries.c.state == "waiting")
    try:
        while time.monotonic() - begun < _SETTLE_S:
            with database.reading() as connection:
                if not connection.execute(working).scalar() and not connection.execute(waiting).scalar():
                    return round(time.monotonic() - begun, 1)
            time.sleep(0.5)
    finally:
        database.close()
    return -1.0


def audit(stand: Stand, ledger: Ledger, receiver: Receiver) -> dict[str, Any]:
    """Compares; every figure but those under `there` and `messages_sent_again` must be 0."""
    found: Counter[str] = Counter()
    database = Database(stand.settings.database_url)
    try:
        with Coachwork(stand.url, stand.key) as coachwork:
            by_reference: dict[str, set[str]] = {}
            for one in CaseStore(database).cases(stand.tenant, limit=10**6):
                by_reference.setdefault(one.facts.reference, set()).add(one.id)
            readable = partial(_readable, PhotoStore(stand.settings.photos), stand.tenant)
            for case in ledger.cases:
                found += _audit_case(coachwork, case, by_reference.get(case.reference, set()), readable)
        found.update(_in_database(database, receiver))
    finally:
        database.close()
    names = (
        "lost_cases",
        "lost_photos",
        "lost_bytes",
        "lost_handovers",
        "lost_decisions",
        "double_cases",
        "double_photos",
        "double_results",
        "double_proposals",
        "double_decisions",
        "foreign_photos",
        "failed_cases",
        "stuck_cases",
        "stuck_work",
        "events_told_under_two_ids",
        "events_not_told",
    )
    there = {name.removeprefix("there_"): count for name, count in found.items() if name.startswith("there_")}
    again = sum(count - 1 for count in receiver.messages.values())
    return {name: found[name] for name in names} | {"there": there, "messages_sent_again": again}


def violations(audited: dict[str, Any]) -> dict[str, int]:
    """Figures that must be 0 and are not."""
    told = {"there", "messages_sent_again"}
    return {name: count for name, count in audited.items() if name not in told and count}


def _audit_case(
    coachwork: Coachwork, case: LedgerCase, there: set[str], readable: Callable[[str], bool]
) -> Counter[str]:
    """Counts what is wrong with one case; `there` are the cases that lie under its reference."""
    found: Counter[str] = Counter()
    found["double_cases"] += max(len(there) - 1, 0)
    found["lost_cases"] += bool(case.id) and case.id not in there
    if case.id not in there:
        return found
    found["there_cases"] += 1
    kept = [one["sha256"] for one in coachwork.ask("GET", f"/v1/inspections/{case.id}/photos").json()]
    found["there_photos"] += len(kept)
    found["lost_photos"] += len(case.kept - set(kept))
    found["foreign_photos"] += len(set(kept) - case.sent)
    found["double_photos"] += len(kept) - len(set(kept))
    found["lost_bytes"] += sum(not readable(sha256) for sha256 in kept)
    happened = coachwork.ask("GET", f"/v1/inspections/{case.id}/events").json()
    told = [one["kind"] for one in happened]
    ready = Counter(one["detail"]["revision"] for one in happened if one["kind"] == "case.ready")
    found["there_proposals"] += len(ready)
    found["double_proposals"] += sum(count - 1 for count in ready.values())
    found["lost_handovers"] += told.count("case.submitted") < case.submitted
    state = coachwork.inspection(case.id).state()["state"]
    found["failed_cases"] += state == "failed"
    found["stuck_cases"] += state == "working"
    decided = Counter(one["reason"] for one in coachwork.ask("GET", f"/v1/inspections/{case.id}/decisions").json())
    found["there_decisions"] += len(decided)
    found["lost_decisions"] += len(case.decided - set(decided))
    found["double_decisions"] += sum(count - 1 for count in decided.values())
    return found


def _readable(photos: PhotoStore, tenant: str, sha256: str) -> bool:
    for _ in range(5):
        try:
            photos.get(tenant, sha256)
        except PhotoStoreError:
            time.sleep(0.2)
        else:
            return True
    return False


def _in_database(database: Database, receiver: Receiver) -> dict[str, int]:
    each = select(func.count()).select_from(results).group_by(results.c.case, results.c.revision)
    with database.reading() as connection:
        twice = sum(count - 1 for count in connection.execute(each).scalars())
        wanted = set(connection.execute(select(events.c.number).where(events.c.kind.in_(TOLD))).scalars())
        schema = "" if database.is_sqlite else "dbos."
        alive = text(f"select count(*) from {schema}workflow_status where status in ('PENDING', 'ENQUEUED', 'DELAYED')")  # noqa: S608
        stuck = int(connection.execute(alive).scalar() or 0)
    return {
        "double_results": twice,
        "stuck_work": stuck,
        "there_events_told": len(wanted & receiver.events.keys()),
        "events_not_told": len(wanted - receiver.events.keys()),
        "events_told_under_two_ids": sum(len(ids) - 1 for ids in receiver.events.values()),
    }
