"""Backups: every row and every photo in a folder that no database is needed to read, and the way back from it.

A backup is taken of a running service: rows are read in one transaction, photos are never changed once they are there.
It is whole when its ``backup.json`` is there, which is written last. What was taken from SQLite can be brought back
into PostgreSQL and the other way round; that is how a service moves from the one to the other.
"""

import base64
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData, Table, func, insert, select, text

from coachwork import __version__
from coachwork.errors import CoachworkError
from coachwork.json_objects import JsonFileError, JsonObject, read_json_object
from coachwork.storage.all_tables import metadata
from coachwork.storage.columns import now
from coachwork.storage.database import Database, alembic_config
from coachwork.storage.photo_store import PhotoStore
from coachwork.storage.register_backup import FOLDER as REGISTERS
from coachwork.storage.register_backup import restore_register, write_registers

SCHEMA = "coachwork.backup/1"
_MANIFEST, _ROWS, _PHOTOS = "backup.json", "rows", "photos"
_AT_ONCE = 500
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_]+")

Seen = Callable[[int, int], None]
"""Hears how many photos of how many are done."""


class BackupError(CoachworkError):
    """A backup cannot be taken or brought back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """What a backup holds.

    Attributes:
        rows: table -> how many.
        photos: how many.
        bytes: of the photos.
    """

    rows: dict[str, int]
    photos: int
    bytes: int


def back_up(
    database: Database, photos: PhotoStore, to: Path, *, registers: Path | None = None, seen: Seen = lambda *_: None
) -> Backup:
    """Takes a backup into a new folder.

    Args:
        database: whose rows are copied.
        photos: whose bytes are.
        to: the new folder.
        registers: folder of the registers by which photos are known again; None where there are none.
        seen: hears of the photos.

    Raises:
        RegisterError: a register cannot be read.
        BackupError: the folder holds something already, or cannot be written.
        PhotoStoreError: a photo is not there or damaged: the backup would not be whole.
    """
    try:
        to.mkdir(parents=True, exist_ok=True)
        if any(to.iterdir()):
            message = f"{to} holds something already: name a new folder"
            raise BackupError(message)
        (to / _ROWS).mkdir()
        with database.reading() as connection:
            if not database.is_sqlite:
                connection.execute(text("set transaction isolation level repeatable read"))
            revision = MigrationContext.configure(connection).get_current_revision()
            written = {table.name: _write_rows(connection, table, to / _ROWS) for table in metadata.sorted_tables}
            wanted = _photos_of(connection)
            cases = _cases_of(connection)
        total = 0
        for done, (tenant, sha256) in enumerate(wanted, start=1):
            total += _write_photo(to / _PHOTOS / tenant / sha256, photos.get(tenant, sha256))
            seen(done, len(wanted))
        known = [] if registers is None else write_registers(registers, cases, to)
        manifest = {
            "schema": SCHEMA,
            "made": now().isoformat(),
            "by": f"Coachwork {__version__}",
            "revision": revision,
            "tables": {name: {"rows": count, "sha256": digest} for name, (count, digest) in written.items()},
            "photos": [{"tenant": tenant, "sha256": sha256} for tenant, sha256 in wanted],
            "registers": known,
        }
        _write_durably(to / _MANIFEST, json.dumps(manifest, indent=1).encode())
    except OSError as refused:
        message = f"the backup cannot be written to {to}: {refused.strerror or refused}"
        raise BackupError(message) from refused
    return Backup(rows={name: count for name, (count, _) in written.items()}, photos=len(wanted), bytes=total)


def restore(
    origin: Path, database: Database, photos: PhotoStore, *, registers: Path | None = None, seen: Seen = lambda *_: None
) -> Backup:
    """Brings a backup back into an empty database and a store of photos; all rows or none.

    Photos first, so that no row ever names one that is not there; a restore that was interrupted may be repeated.

    Args:
        origin: folder of the backup.
        database: that is empty.
        photos: where their bytes are put.
        registers: folder of the registers by which photos are known again; None leaves them out.
        seen: hears of the photos.

    Raises:
        BackupError: the backup is not whole or of a later version, or the database holds something already.
        PhotoStoreError: a photo cannot be kept.
    """
    manifest = read_json_object(origin / _MANIFEST, SCHEMA, JsonFileError)
    told = manifest.object("tables")
    unknown = sorted(set(told.values) - set(metadata.tables))
    if unknown:
        message = f"the backup is of a later version of Coachwork, or none: it holds the table {unknown[0]!r}"
        raise BackupError(message)
    listed = [(_name(one, "tenant"), _name(one, "sha256")) for one in manifest.objects("photos")]
    total = 0
    for done, (tenant, sha256) in enumerate(listed, start=1):
        data = _checked(origin / _PHOTOS / tenant / sha256, sha256)
        photos.put(tenant, sha256, data)
        total += len(data)
        seen(done, len(listed))
    known_again = [(_name(one, "tenant"), one.text("sha256")) for one in _registers(manifest)]
    for tenant, sha256 in known_again:
        data = _checked(origin / REGISTERS / f"{tenant}.jsonl", sha256)
        if registers is not None:
            restore_register(data, registers / tenant)
    files = {name: _checked_rows(origin, told.object(name), name) for name in told.values}
    with database.writing() as connection:
        command.upgrade(alembic_config(connection), manifest.text("revision"))
        known = MetaData()
        known.reflect(connection, only=list(files))
        if any(connection.execute(select(func.count()).select_from(known.tables[name])).scalar() for name in files):
            message = (
                "the database holds something already: set COACHWORK_DATA_DIR or COACHWORK_DATABASE_URL to a new one"
            )
            raise BackupError(message)
        rows = {table.name: _fill(connection, table, files[table.name]) for table in known.sorted_tables}
        _go_on_counting(connection)
        command.upgrade(alembic_config(connection), "head")
    return Backup(rows=rows, photos=len(listed), bytes=total)


def _registers(manifest: JsonObject) -> Iterator[JsonObject]:
    """The registers of a backup; those of before had none."""
    return manifest.objects("registers") if "registers" in manifest else iter(())


def _name(told: JsonObject, key: str) -> str:
    """A name that becomes part of a path: letters, digits and underscores alone, so that it leads nowhere else."""
    name = told.text(key)
    if not _PLAIN_NAME.fullmatch(name):
        raise told.wrong(key=key, why=f"must be letters, digits and underscores, is {name[:64]!r}")
    return name


def _write_rows(connection: Connection, table: Table, folder: Path) -> tuple[int, str]:
    digest, count = hashlib.sha256(), 0
    with (folder / f"{table.name}.jsonl").open("wb") as file:
        for row in connection.execute(select(table).order_by(*table.primary_key.columns)).mappings():
            line = (json.dumps({name: _plain(value) for name, value in row.items()}) + "\n").encode()
            digest.update(line)
            file.write(line)
            count += 1
        file.flush()
        os.fsync(file.fileno())
    return count, digest.hexdigest()


def _plain(value: Any) -> Any:
    """A value as JSON; moments and bytes are marked, so that they come back as such into either database."""
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode("ascii")}
    return {"$moment": value.isoformat()} if isinstance(value, datetime) else value


def _value(told: Any) -> Any:
    if isinstance(told, dict) and told.keys() == {"$moment"}:
        return datetime.fromisoformat(told["$moment"])
    if isinstance(told, dict) and told.keys() == {"$bytes"}:
        return base64.b64decode(told["$bytes"])
    return told


def _photos_of(connection: Connection) -> list[tuple[str, str]]:
    cases, photos = metadata.tables["cases"], metadata.tables["photos"]
    wanted = select(cases.c.tenant, photos.c.sha256).join(cases, photos.c.case == cases.c.id).distinct()
    return sorted((row.tenant, row.sha256) for row in connection.execute(wanted))


def _cases_of(connection: Connection) -> dict[str, set[str]]:
    cases = metadata.tables["cases"]
    found: dict[str, set[str]] = {}
    for row in connection.execute(select(cases.c.tenant, cases.c.id)):
        found.setdefault(row.tenant, set()).add(row.id)
    return found


def _write_photo(path: Path, data: bytes) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    _write_durably(path, data)
    return len(data)


def _write_durably(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _checked(path: Path, sha256: str) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as refused:
        message = f"the backup is not whole: {path} cannot be read ({refused.strerror})"
        raise BackupError(message) from refused
    if hashlib.sha256(data).hexdigest() != sha256:
        message = f"the backup is damaged: {path} is not what it was"
        raise BackupError(message)
    return data


def _checked_rows(origin: Path, told: JsonObject, name: str) -> list[bytes]:
    lines = _checked(origin / _ROWS / f"{name}.jsonl", told.text("sha256")).splitlines()
    if len(lines) != told.whole("rows", high=10**12):
        message = f"the backup is damaged: {name} has {len(lines)} rows"
        raise BackupError(message)
    return lines


def _fill(connection: Connection, table: Table, lines: list[bytes]) -> int:
    for piece in _pieces(lines):
        rows = [{name: _value(told) for name, told in json.loads(line).items()} for line in piece]
        connection.execute(insert(table), rows)
    return len(lines)


def _pieces(lines: list[bytes]) -> Iterator[list[bytes]]:
    for start in range(0, len(lines), _AT_ONCE):
        yield lines[start : start + _AT_ONCE]


def _go_on_counting(connection: Connection) -> None:
    """PostgreSQL counts events on from the last one; SQLite does so by itself."""
    if connection.dialect.name == "postgresql":
        asked = (
            "select setval(pg_get_serial_sequence('events', 'number'), (select coalesce(max(number), 1) from events))"
        )
        connection.execute(text(asked))
