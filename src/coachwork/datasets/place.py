"""Where a dataset lies: a store, a name in it, and perhaps one of its versions."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from coachwork.errors import CoachworkError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")

OBJECTS = "objects"
"""The folder of a store in which photos and versions lie; no dataset may be called so."""


class DatasetError(CoachworkError):
    """A dataset is missing, broken, or in the way.

    Attributes:
        where: the dataset's place, or that of its store.
        why: what is wrong with it.
    """

    def __init__(self, where: object, why: str) -> None:
        super().__init__(f"{where}: {why}")
        self.where = str(where)
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetPlace:
    """A dataset's address, written ``STORE/NAME`` or ``STORE/NAME@VERSION``.

    Attributes:
        store: a folder, or the URL of a place in an object store (``s3://bucket/sets``).
        name: of the dataset in the store.
        version: a tag, or the first digits of a version's digest; empty for the newest.
    """

    store: str
    name: str
    version: str = ""

    @classmethod
    def of(cls, text: "str | Path | DatasetPlace") -> Self:
        """Reads an address.

        Raises:
            DatasetError: the name is none that a store can hold.

        >>> str(DatasetPlace.of("s3://bucket/sets/damage@spring"))
        's3://bucket/sets/damage@spring'
        >>> DatasetPlace.of("damage")
        DatasetPlace(store='.', name='damage', version='')
        """
        if isinstance(text, DatasetPlace):
            return cls(store=text.store, name=text.name, version=text.version)
        address = str(text)
        if "://" not in address and (address in {"", "."} or address.rstrip("/").endswith("..")):
            address = str(Path(address).resolve())
        store, _, last = address.rstrip("/").rpartition("/")
        name, _, version = last.partition("@")
        check_name(name, where=address)
        root = store or ("/" if address.startswith("/") else ".")
        return cls(store=root, name=name, version=version)

    @classmethod
    def to_write(cls, text: "str | Path | DatasetPlace") -> Self:
        """Reads the address of a dataset that is to get a new version; versions themselves never change.

        Raises:
            DatasetError: the name is none that a store can hold, or a version is named.
        """
        place = cls.of(text)
        if place.version:
            raise DatasetError(place, f"versions do not change: write to {place.at('')}, or choose another name")
        return place

    def at(self, version: str) -> "DatasetPlace":
        """The same dataset's place at a version; an empty one stands for the newest."""
        return DatasetPlace(store=self.store, name=self.name, version=version)

    def __str__(self) -> str:
        store = "" if self.store == "." else f"{self.store.rstrip('/')}/"
        return f"{store}{self.name}" + (f"@{self.version}" if self.version else "")


def check_name(name: str, *, where: object) -> None:
    """Refuses what cannot be the name of a dataset or of a tag.

    Raises:
        DatasetError: it is empty, too long, reserved, or of other than letters, digits, dots, dashes and underscores.
    """
    if name == OBJECTS:
        raise DatasetError(where, f"{name!r} cannot be a name: stores keep their photos under it; choose another")
    if not _NAME.fullmatch(name):
        why = f"{name!r} cannot be a name: use the letters a to z, digits, dots, dashes and underscores"
        raise DatasetError(where, why)
