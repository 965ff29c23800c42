"""What `coachwork dataset prune` is about to delete: sheets in the store, which every writer heeds.

STORE/objects/condemned/00000001.json      names of photos and digests of versions that nothing reached then

A sheet is carried out when it is older than the grace period. A writer that began before it has come to its end by
then, and what it reaches is pardoned; a writer that begins after it reads the sheet, and makes what it needs of it
younger than the sheet. So a photo goes only when nobody reaches it and nobody is about to.
"""

import contextlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

from coachwork.datasets.files import Files
from coachwork.datasets.place import OBJECTS, DatasetError

SCHEMA = "coachwork.condemned/1"
_FOLDER = f"{OBJECTS}/condemned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What one run of prune found unreached.

    Attributes:
        name: of its file.
        at: seconds since 1970 by the clock that dates the store's files.
        photos: names below ``objects``, such as ``photos/ab/ab12….jpg``.
        versions: digests.
    """

    name: str
    at: float
    photos: frozenset[str]
    versions: frozenset[str]


def condemned(files: Files) -> tuple[Sheet, ...]:
    """All sheets of a store, the oldest first; one that another run carried out meanwhile is left out.

    Raises:
        DatasetError: a sheet is broken.
    """
    sheets = []
    for entry in files.names(_FOLDER):
        name = f"{_FOLDER}/{entry}"
        with contextlib.suppress(FileNotFoundError):
            at = files.modified(name)
            try:
                record = json.loads(files.read(name))
                photos, versions = frozenset(record["photos"]), frozenset(record["versions"])
            except (ValueError, KeyError, TypeError) as error:
                raise DatasetError(files.root, f"{name} is broken ({error}): delete it") from error
            sheets.append(Sheet(name=name, at=at, photos=photos, versions=versions))
    return tuple(sheets)


def condemn(files: Files, photos: Iterable[str], versions: Iterable[str]) -> None:
    """Writes a sheet."""
    record = {"schema": SCHEMA, "photos": sorted(photos), "versions": sorted(versions)}
    content = (json.dumps(record, indent=1) + "\n").encode("utf-8")
    number = max((int(entry.split(".")[0]) for entry in files.names(_FOLDER)), default=0) + 1
    while not files.create(f"{_FOLDER}/{number:08d}.json", content):
        number += 1
    files.settle()
