"""Erasing a case for good: its rows, its photos' bytes, what it is known again by; what stays is that it was done.

Rows go in one transaction, which also writes down which bytes are to go. If the process dies before these are gone,
they go when it starts again. Backups that were taken before still hold the case: keep them no longer than it may be
kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, RowMapping, Table, delete, insert, or_, select, update

from coachwork.cases.case import Case, CaseState
from coachwork.cases.identity import new_id
from coachwork.storage.all_tables import metadata
from coachwork.storage.case_rows import case_of
from coachwork.storage.case_writing import check_free, find_case
from coachwork.storage.columns import now
from coachwork.storage.database import Database
from coachwork.storage.photo_register import PhotoRegister
from coachwork.storage.photo_store import PhotoStore
from coachwork.storage.picture_cache import PictureCache
from coachwork.storage.tables import cases, erasures, photos


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What was erased; holds nothing of it.

    Attributes:
        id: its name.
        case: the name that the case had.
        rows: table -> how many rows went.
        photos: how many photos' bytes went; those that another case of the tenant shows as well stay.
        by: who did it.
        why: in their words.
        at: UTC.
    """

    id: str
    case: str
    rows: Mapping[str, int]
    photos: int
    by: str
    why: str
    at: datetime


class Eraser:
    """Erases cases."""

    def __init__(
        self, database: Database, photo_store: PhotoStore, registers: Path, pictures: PictureCache | None = None
    ) -> None:
        """Works on a database whose tables are up to date, photos, the tenants' registers, pictures made of photos."""
        self._database, self._photos, self._registers = database, photo_store, registers
        self._pictures = pictures

    def erase(self, tenant: str, case_id: str, *, by: str, why: str) -> Erasure:
        """Erases a case.

        Raises:
            UnknownCase: the tenant has none of that name.
            CaseBusy: it is being worked on.
            PhotoStoreError: bytes could not be dropped yet: they are at the next start; the rows are gone.
        """
        with self._database.writing() as connection:
            check_free(find_case(connection, tenant, case_id, lock=True))
            dropped = _own_bytes(connection, tenant, case_id)
            erasure = Erasure(
                id=new_id("erasure"),
                case=case_id,
                rows=_delete_rows(connection, case_id),
                photos=len(dropped),
                by=by,
                why=why,
                at=now(),
            )
            connection.execute(insert(erasures).values(_row(erasure, tenant, dropped)))
        self._finish(erasure.id, tenant, case_id, dropped)
        return erasure

    def finish(self) -> None:
        """Drops what earlier erasures could not."""
        with self._database.reading() as connection:
            waiting = connection.execute(select(erasures).where(erasures.c.unfinished)).mappings().all()
        for row in waiting:
            self._finish(row["id"], row["tenant"], row["case"], row["bytes_to_drop"])

    def erasures(self, tenant: str) -> Sequence[Erasure]:
        """What was erased of a tenant's, the first one first."""
        wanted = select(erasures).where(erasures.c.tenant == tenant).order_by(erasures.c.id)
        with self._database.reading() as connection:
            return [_erasure(row) for row in connection.execute(wanted).mappings()]

    def older(self, tenant: str, than: datetime) -> Sequence[Case]:
        """A tenant's cases that nothing happened to since a moment, and that nobody works on."""
        old = (cases.c.tenant == tenant) & (cases.c.changed < than) & (cases.c.state != CaseState.WORKING.value)
        with self._database.reading() as connection:
            return [case_of(row) for row in connection.execute(select(cases).where(old)).mappings()]

    def _finish(self, erasure_id: str, tenant: str, case_id: str, dropped: Sequence[str]) -> None:
        for sha256 in dropped:
            if self._pictures is not None:
                self._pictures.drop(tenant, sha256)
            self._photos.drop(tenant, sha256)
        if (self._registers / tenant).is_dir():
            with PhotoRegister(self._registers / tenant, make=True) as register:
                register.forget(case_id)
        self._database.forget()
        done = update(erasures).where(erasures.c.id == erasure_id)
        with self._database.writing() as connection:
            connection.execute(done.values(unfinished=False, bytes_to_drop=[]))


def _own_bytes(connection: Connection, tenant: str, case_id: str) -> list[str]:
    """Digests of the case's photos that no other case of the tenant shows."""
    others = select(photos.c.sha256).join(cases).where(cases.c.tenant == tenant, photos.c.case != case_id)
    own = select(photos.c.sha256).where(photos.c.case == case_id, photos.c.sha256.not_in(others))
    return sorted(connection.execute(own).scalars())


def _delete_rows(connection: Connection, case_id: str) -> dict[str, int]:
    """Deletes all rows that belong to the case, however far they hang on it, and the case itself."""
    gone = {}
    for table in reversed(metadata.sorted_tables):
        belongs = _belongs(table, case_id)
        if belongs is not None:
            gone[table.name] = connection.execute(delete(table).where(belongs)).rowcount
    return {name: count for name, count in gone.items() if count}


def _belongs(table: Table, case_id: str) -> ColumnElement[bool] | None:
    """Which rows of a table belong to a case; None where none can."""
    if table is cases:
        return cases.c.id == case_id
    ways = []
    for column in table.columns:
        for key in column.foreign_keys:
            above = key.column.table
            rows = None if above is table else _belongs(above, case_id)
            if rows is not None:
                ways.append(column.in_(select(key.column).where(rows)))
    return or_(*ways) if ways else None


def _row(erasure: Erasure, tenant: str, dropped: Sequence[str]) -> dict[str, object]:
    return {
        "id": erasure.id,
        "tenant": tenant,
        "case": erasure.case,
        "rows": dict(erasure.rows),
        "photos": erasure.photos,
        "by": erasure.by,
        "why": erasure.why,
        "at": erasure.at,
        "bytes_to_drop": list(dropped),
        "unfinished": True,
    }


def _erasure(row: RowMapping) -> Erasure:
    return Erasure(
        id=row["id"],
        case=row["case"],
        rows=row["rows"],
        photos=row["photos"],
        by=row["by"],
        why=row["why"],
        at=row["at"],
    )
