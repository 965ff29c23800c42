"""The register of photos by which a claims department knows a photo again: one folder, on disk.

What is told of each photo stands in SQLite, where an addition is durable when `add` returns, a killed process leaves
nothing half written, and several processes may read while one writes. The table that photos are looked up in is made of
that, in pieces that are merged as they grow, and can be made anew at any time.
"""

import shutil
import sqlite3
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from coachwork.claims.copy_signals import FoundCopy, KeptPhoto
from coachwork.errors import CoachworkError
from coachwork.photos.copies import find_copy
from coachwork.photos.point_codes import KEPT_POINTS, PointCodes
from coachwork.photos.point_search import Candidate, PointTable

_DATABASE = "photos.sqlite3"
_TABLES = "tables"
_IN_MEMORY = 10_000
"""So many photos that no table holds yet are looked up in memory; beyond, they become a table."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS photos (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    claim TEXT NOT NULL, name TEXT NOT NULL, file TEXT NOT NULL, sha256 TEXT NOT NULL,
    codes BLOB NOT NULL,
    UNIQUE (claim, sha256)
);
CREATE INDEX IF NOT EXISTS by_digest ON photos (sha256);
CREATE TABLE IF NOT EXISTS tables (name TEXT PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL);
"""
_COLUMNS = "number, claim, name, file, sha256, codes"


class RegisterError(CoachworkError):
    """The register of photos cannot be used."""


class PhotoRegister:
    """A folder of photos that are known again; a context manager."""

    def __init__(self, folder: Path, *, make: bool = False) -> None:
        """Opens the register.

        Args:
            folder: of the register.
            make: whether it is made where it is missing.

        Raises:
            RegisterError: there is none, or it cannot be read or made.
        """
        self._folder = folder
        if not make and not (folder / _DATABASE).is_file():
            message = f"{folder}: no register of photos lies there; `coachwork fraud add` makes one"
            raise RegisterError(message)
        with self._told():
            folder.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(folder / _DATABASE, timeout=30, isolation_level=None)
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = FULL")
            if make:
                self._database.executescript(_SCHEMA)
            self._database.execute(f"SELECT {_COLUMNS} FROM photos LIMIT 1").fetchall()  # noqa: S608
        self._mapped: dict[str, PointTable] = {}
        self._recent: tuple[tuple[int, int, int], PointTable] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the files."""
        self._database.close()
        self._mapped.clear()

    def __len__(self) -> int:
        with self._told():
            return int(self._database.execute("SELECT count(*) FROM photos").fetchone()[0])

    def add(self, photos: Iterable[KeptPhoto]) -> int:
        """Adds photos, all or none; returns how many were new. A photo that the claim has already stays as it is.

        Raises:
            RegisterError: they cannot be written.
        """
        rows = ((one.claim, one.name, one.file, one.sha256, one.codes.to_bytes(KEPT_POINTS)) for one in photos)
        with self._told(), self._writing():
            before = self._database.total_changes
            self._database.executemany(
                "INSERT OR IGNORE INTO photos (claim, name, file, sha256, codes) VALUES (?, ?, ?, ?, ?)", rows
            )
            added = self._database.total_changes - before
        if self._loose() > _IN_MEMORY:
            self.tidy()
        return added

    def forget(self, claim: str) -> int:
        """Removes all photos of a claim, and returns how many these were."""
        with self._told(), self._writing():
            return self._database.execute("DELETE FROM photos WHERE claim = ?", (claim,)).rowcount

    def of_claim(self, claim: str) -> tuple[KeptPhoto, ...]:
        """The photos of a claim, in the order in which they came."""
        return tuple(one for _, one in self._photos("claim = ? ORDER BY number", (claim,)))

    def candidates(self, codes: PointCodes, *, most: int = 20) -> tuple[Candidate, ...]:
        """Numbers of the photos that share most points with one, best first; some may be forgotten by now."""
        with self._told():
            try:
                tables = list(self._tables())
            except (FileNotFoundError, ValueError):  # another process merged them between our looking and opening
                tables = self._tables_again()
            found = [one for table in tables for one in table.candidates(codes, most=most)]
        return tuple(sorted(found, key=lambda one: (-one.weight, one.photo))[:most])

    def find(self, codes: PointCodes, *, most: int = 20) -> tuple[FoundCopy, ...]:
        """The photos that share points with one and lie on it in one way, those with most points first.

        Args:
            codes: of the photo that is looked up.
            most: photos that are looked at closely.
        """
        numbers = [one.photo for one in self.candidates(codes, most=most)]
        marks = ", ".join("?" * len(numbers))
        found = []
        for _, photo in self._photos(f"number IN ({marks})", numbers):
            copy = find_copy(codes, photo.codes)
            if copy is not None:
                found.append(FoundCopy(photo=photo, copy=copy))
        return tuple(sorted(found, key=lambda one: (-one.copy.points, one.photo.claim, one.photo.name)))

    def tidy(self, *, anew: bool = False) -> None:
        """Puts photos that no table holds into one, merged with the tables that are not much larger.

        Args:
            anew: whether all tables are made anew, as where one is lost or damaged.
        """
        with self._told(), self._writing():
            rows = self._database.execute("SELECT name, first, last FROM tables ORDER BY first").fetchall()
            first, last = (rows[-1][2] if rows else 0) + 1, self._newest()
            merged = []
            while rows and (anew or rows[-1][2] - rows[-1][1] < 2 * (last - first + 1)):
                merged.append(rows.pop())
                first = merged[-1][1]
            if last < first or (not merged and not self._loose()):
                return
            name = uuid.uuid4().hex
            table = PointTable.of(self._codes(first, last))
            table.write(self._folder / _TABLES / name)
            for old in merged:
                self._database.execute("DELETE FROM tables WHERE name = ?", (old[0],))
            self._database.execute("INSERT INTO tables VALUES (?, ?, ?)", (name, first, last))
        with self._told():
            self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()  # as far as readers let it
        for old in merged:  # who reads them still holds them open
            self._mapped.pop(old[0], None)
            shutil.rmtree(self._folder / _TABLES / old[0], ignore_errors=True)

    def _tables(self) -> Iterator[PointTable]:
        known = self._database.execute("SELECT name, last FROM tables ORDER BY first").fetchall()
        for gone in set(self._mapped) - {name for name, _ in known}:
            del self._mapped[gone]
        for name, _ in known:
            if name not in self._mapped:
                self._mapped[name] = PointTable.mapped(self._folder / _TABLES / name)
            yield self._mapped[name]
        after = known[-1][1] if known else 0
        state = after, self._newest(), len(known)
        if self._recent is None or self._recent[0] != state:
            self._recent = state, PointTable.of(self._codes(after + 1, state[1]))
        if len(self._recent[1].codes):
            yield self._recent[1]

    def _tables_again(self) -> list[PointTable]:
        try:
            return list(self._tables())
        except (FileNotFoundError, ValueError) as lost:
            message = f"{self._folder}: a table of the register is lost: run `coachwork fraud tidy` to make it anew"
            raise RegisterError(message) from lost

    def _codes(self, first: int, last: int) -> Iterator[tuple[int, NDArray[np.uint64]]]:
        rows = self._database.execute(
            "SELECT number, codes FROM photos WHERE number BETWEEN ? AND ? ORDER BY number", (first, last)
        )
        for number, codes in rows:
            yield number, PointCodes.from_bytes(codes).codes

    def _photos(self, where: str, values: Sequence[object]) -> Iterator[tuple[int, KeptPhoto]]:
        with self._told():
            rows = self._database.execute(f"SELECT {_COLUMNS} FROM photos WHERE {where}", values).fetchall()  # noqa: S608
        for number, claim, name, file, sha256, codes in rows:
            kept = PointCodes.from_bytes(codes)
            yield (
                number,
                KeptPhoto(claim=claim, name=name, file=file, sha256=sha256, codes=kept),
            )

    def _newest(self) -> int:
        return int(self._database.execute("SELECT coalesce(max(number), 0) FROM photos").fetchone()[0])

    def _loose(self) -> int:
        """How many photos no table holds."""
        with self._told():
            last = self._database.execute("SELECT coalesce(max(last), 0) FROM tables").fetchone()[0]
            return int(self._database.execute("SELECT count(*) FROM photos WHERE number > ?", (last,)).fetchone()[0])

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Says of a fault what it means."""
        try:
            yield
        except sqlite3.OperationalError as fault:
            if "locked" in str(fault):
                message = f"{self._folder}: another process is writing to the register: try again"
            else:
                message = f"{self._folder}: the register cannot be used ({fault}): check the folder and its rights"
            raise RegisterError(message) from fault
        except (sqlite3.DatabaseError, ValueError) as fault:
            message = f"{self._folder}: the register is damaged ({fault}): take it back from a copy"
            raise RegisterError(message) from fault
        except OSError as fault:
            message = f"{self._folder}: the register cannot be used ({fault.strerror}): check the folder and its rights"
            raise RegisterError(message) from fault
