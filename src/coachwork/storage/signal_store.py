"""Photos' signals in the database: added in batches, read by time, dropped by age."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, delete, func, insert, select

from coachwork.monitoring.photo_record import MEASURES, Channel, PhotoRecord
from coachwork.monitoring.record_json import packed_embedding, unpacked_embedding
from coachwork.monitoring.signals import known_verdict
from coachwork.storage.database import Database
from coachwork.storage.signal_tables import photo_signals
from coachwork.storage.tables import cases, tenants
from coachwork.taxonomy import DamageType

_AT_ONCE = 400
"""Keys in one question: SQLite takes 999 values at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRecord:
    """A record on its way into the database.

    Attributes:
        key: what comes again under the same key is kept once.
        tenant: whose photo it was.
        record: its `case` is the name of a case, or empty.
    """

    key: str
    tenant: str
    record: PhotoRecord


class SignalStore:
    """Keeps the signals of photos."""

    def __init__(self, database: Database) -> None:
        """Works on a database whose tables are up to date."""
        self._database = database

    def add(self, kept: Sequence[KeptRecord]) -> int:
        """Adds records; those of cases that were erased meanwhile and those that are there already are passed over.

        Returns:
            How many were added.
        """
        if not kept:
            return 0
        fresh = {one.key: one for one in kept}
        with self._database.writing() as connection:
            known = _present(connection, photo_signals.c.key, list(fresh))
            there = _present(connection, cases.c.id, sorted({one.record.case for one in kept if one.record.case}))
            owners = _present(connection, tenants.c.id, sorted({one.tenant for one in kept}))
            rows = [
                _row(one)
                for key, one in fresh.items()
                if key not in known and one.tenant in owners and (not one.record.case or one.record.case in there)
            ]
            if rows:
                connection.execute(insert(photo_signals), rows)
        return len(rows)

    def records(
        self,
        *,
        tenant: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        last: int | None = None,
        channel: Channel | None = None,
    ) -> list[PhotoRecord]:
        """Records in the order of time; where no market is known, the tenant's name stands for it.

        Args:
            tenant: whose; None for all.
            since: from that moment on.
            until: before that moment.
            last: at most so many, the latest ones.
            channel: of one way alone.
        """
        table = photo_signals.c
        wanted: Select[Any] = (
            select(photo_signals, tenants.c.name.label("owner"))
            .join(tenants, tenants.c.id == table.tenant)
            .order_by(table.at.desc(), table.number.desc())
        )
        for bound in (
            None if tenant is None else table.tenant == tenant,
            None if since is None else table.at >= since,
            None if until is None else table.at < until,
            None if channel is None else table.channel == channel.value,
        ):
            if bound is not None:
                wanted = wanted.where(bound)
        if last is not None:
            wanted = wanted.limit(last)
        with self._database.reading() as connection:
            return [_record(row) for row in connection.execute(wanted).mappings()][::-1]

    def count(self) -> int:
        """How many records there ever were, those that were dropped by age among them."""
        with self._database.reading() as connection:
            return connection.execute(select(func.max(photo_signals.c.number))).scalar_one() or 0

    def drop_before(self, moment: datetime) -> int:
        """Drops what is older than a moment.

        Returns:
            How many rows went.
        """
        with self._database.writing() as connection:
            return connection.execute(delete(photo_signals).where(photo_signals.c.at < moment)).rowcount


def _present(connection: Connection, column: Any, values: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(values), _AT_ONCE):
        part = values[start : start + _AT_ONCE]
        found.update(connection.execute(select(column).where(column.in_(part))).scalars())
    return found


def _row(one: KeptRecord) -> dict[str, Any]:
    record = one.record
    return {
        "key": one.key,
        "tenant": one.tenant,
        "case": record.case or None,
        "channel": record.channel.value,
        "at": record.at,
        "sha256": record.sha256,
        "market": record.market[:64],
        "device": record.device[:64],
        "bundle": record.bundle[:128],
        "bundle_digest": record.bundle_digest,
        "readable": record.readable,
        "usable": record.usable,
        "strange": record.strange,
        "verdict": None if record.verdict is None else record.verdict.value,
        **{name: record.measures.get(name) for name in MEASURES},
        "counts": {kind.value: count for kind, count in record.counts.items()},
        "embedding": packed_embedding(record.embedding),
    }


def _record(row: RowMapping) -> PhotoRecord:
    counts: Mapping[str, int] = row["counts"]
    return PhotoRecord(
        at=row["at"],
        channel=Channel(row["channel"]),
        case=row["case"] or "",
        sha256=row["sha256"],
        market=row["market"] or row["owner"],
        device=row["device"],
        bundle=row["bundle"],
        bundle_digest=row["bundle_digest"],
        readable=row["readable"],
        usable=row["usable"],
        strange=row["strange"],
        verdict=known_verdict(row["verdict"] or ""),
        measures={name: row[name] for name in MEASURES if row[name] is not None},
        counts={DamageType(kind): count for kind, count in counts.items()},
        embedding=unpacked_embedding(row["embedding"]),
    )
