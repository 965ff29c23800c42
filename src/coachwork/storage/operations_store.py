"""What whoever runs the service watches, over all tenants: cases by state, work that waits or ended, drift."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from coachwork.cases.case import CaseState
from coachwork.cases.webhook import DeliveryState
from coachwork.storage.columns import now
from coachwork.storage.database import Database
from coachwork.storage.loop_tables import pipeline_runs
from coachwork.storage.tables import cases, deliveries, events

MONITORING = "monitoring"
"""Name of the pipeline whose runs tell of drift."""

_RANKS = {"ok": 0, "drift": 1, "beyond_threshold": 2}
_MOST_EVENTS = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkEnded:
    """Work on a case that ended.

    Attributes:
        number: of the event that tells so.
        seconds: since the case was handed over; None where that is not known.
        well: whether there are results.
    """

    number: int
    seconds: float | None
    well: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftCheck:
    """A check of drift.

    Attributes:
        level: 0 ok, 1 drift, 2 beyond threshold.
        photos: that it looked at.
        at: UTC.
    """

    level: int
    photos: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How things stand.

    Attributes:
        cases: state -> how many stand there.
        oldest_s: seconds since the first of the cases that are worked on, or wait for it, was handed over; 0 without
            any.
        deliveries: state -> how many messages to webhooks stand there.
        drift: the last check that saw enough photos; None without one.
    """

    cases: Mapping[CaseState, int]
    oldest_s: float
    deliveries: Mapping[DeliveryState, int]
    drift: DriftCheck | None


class OperationsStore:
    """Reads how things stand."""

    def __init__(self, database: Database) -> None:
        """Works on a database whose tables are up to date."""
        self._database = database

    def standing(self) -> Standing:
        """At this moment."""
        with self._database.reading() as connection:
            by_state = _counts(connection, cases.c.state)
            told = _counts(connection, deliveries.c.state)
            waiting = cases.c.state == CaseState.WORKING.value
            first = connection.execute(select(func.min(cases.c.changed)).where(waiting)).scalar()
            checks = _checks(connection, None, limit=20)
        return Standing(
            cases={state: by_state.get(state.value, 0) for state in CaseState},
            oldest_s=0.0 if first is None else max((now() - first).total_seconds(), 0.0),
            deliveries={state: told.get(state.value, 0) for state in DeliveryState},
            drift=checks[-1] if checks else None,
        )

    def last_event(self) -> int:
        """Number of the last event; 0 before the first."""
        with self._database.reading() as connection:
            return connection.execute(select(func.max(events.c.number))).scalar() or 0

    def ended_after(self, number: int) -> Sequence[WorkEnded]:
        """Work that ended after an event, the first one first, and no more of it than one look can take."""
        kinds = ("case.ready", "case.failed")
        handed = events.alias("handed")
        own = (handed.c.case == events.c.case) & (handed.c.kind == "case.submitted")
        before = select(func.max(handed.c.at)).where(own, handed.c.number < events.c.number).scalar_subquery()
        wanted = select(events.c.number, events.c.kind, events.c.at, before.label("handed"))
        wanted = wanted.where(events.c.number > number, events.c.kind.in_(kinds)).order_by(events.c.number)
        with self._database.reading() as connection:
            found = connection.execute(wanted.limit(_MOST_EVENTS)).all()
        return [
            WorkEnded(
                number=row.number,
                seconds=None if row.handed is None else (row.at - row.handed).total_seconds(),
                well=row.kind == "case.ready",
            )
            for row in found
        ]

    def drift_checks(self, since: datetime) -> Sequence[DriftCheck]:
        """The checks since a moment that saw enough photos, the first one first."""
        with self._database.reading() as connection:
            return _checks(connection, since)


def _counts(connection: Connection, column: Any) -> dict[str, int]:
    return {state: count for state, count in connection.execute(select(column, func.count()).group_by(column))}  # noqa: C416 (rows are no pairs)


def _checks(connection: Connection, since: datetime | None, limit: int | None = None) -> list[DriftCheck]:
    runs = pipeline_runs
    wanted = select(runs.c.ended, runs.c.result).where(runs.c.pipeline == MONITORING, runs.c.state == "done")
    wanted = wanted.order_by(runs.c.number.desc()).limit(limit)
    if since is not None:
        wanted = wanted.where(runs.c.ended >= since)
    return [
        DriftCheck(level=_RANKS[result["level"]], photos=int(result.get("photos", 0)), at=ended)
        for ended, result in reversed(connection.execute(wanted).all())
        if ended is not None and result.get("level") in _RANKS
    ]
