"""Which version of a dataset is the current one: a row of numbered files, of which the last one counts.

A head is moved by creating the next number, which of several writers exactly one can do. Nothing is ever overwritten,
so there is no moment at which a reader finds half a head, and the row is the dataset's history.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from coachwork.datasets.files import Files
from coachwork.datasets.place import DatasetError, DatasetPlace

SCHEMA = "coachwork.head/1"


class DatasetMoved(DatasetError):
    """Another writer moved the dataset's head since it was read."""

    def __init__(self, place: DatasetPlace) -> None:
        super().__init__(place, "another program wrote to it meanwhile: run the command again")


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """One entry of a dataset's history.

    Attributes:
        number: from 1, without gaps.
        version: digest of the version that became the current one.
        how: the command that did it.
        at: when, ISO 8601, UTC.
        tags: name -> digest of a version.
    """

    number: int
    version: str
    how: str
    at: str
    tags: Mapping[str, str] = field(default_factory=dict)


def head_numbers(files: Files, name: str) -> list[int]:
    """Numbers of all entries of a dataset, ascending; empty where there is no dataset of that name."""
    stems = (entry.removesuffix(".json") for entry in files.names(f"{name}/head"))
    return sorted(int(stem) for stem in stems if stem.isdigit())


def read_head(files: Files, place: DatasetPlace, number: int) -> Head:
    """One entry.

    Raises:
        DatasetError: the file is broken.
    """
    try:
        record = json.loads(files.read(_entry(place.name, number)))
        if record["schema"] != SCHEMA:
            raise DatasetError(place, f"{_entry(place.name, number)} is not of the schema {SCHEMA}")
        tags = {str(tag): str(digest) for tag, digest in record["tags"].items()}
        return Head(
            number=number, version=str(record["version"]), how=str(record["how"]), at=str(record["at"]), tags=tags
        )
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError) as error:
        why = f"{_entry(place.name, number)} is broken ({error}): delete the file to go back to the entry before"
        raise DatasetError(place, why) from error


def move_head(
    files: Files, place: DatasetPlace, version: str, *, after: Head | None, how: str, tags: Mapping[str, str]
) -> Head:
    """Makes a version the current one, after all that was written before lies safely.

    Args:
        files: of the store.
        place: of the dataset.
        version: digest.
        after: the head that the change started from; None for a new dataset.
        how: the command, for the history.
        tags: all tags as they are to be.

    Raises:
        DatasetMoved: the head is no longer `after`.
    """
    head = Head(
        number=after.number + 1 if after else 1,
        version=version,
        how=how,
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        tags=dict(sorted(tags.items())),
    )
    record = {"schema": SCHEMA, "version": head.version, "how": head.how, "at": head.at, "tags": head.tags}
    files.settle()
    if not files.create(_entry(place.name, head.number), (json.dumps(record, indent=2) + "\n").encode("utf-8")):
        raise DatasetMoved(place)
    files.settle()
    return head


def _entry(name: str, number: int) -> str:
    return f"{name}/head/{number:08d}.json"
