"""What a bundle consists of, file by file, and the one digest that names it.

The digest of a model's file does not name a bundle: two bundles may share a network and differ in thresholds. The
digest of a bundle is that of the lines ``DIGEST  NAME`` of its files in the order of their names; for a bundle without
folders in it a shell says the same: ``LC_ALL=C sha256sum * | sha256sum``.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coachwork.inference.bundle import CARD_FILE, BundleError

SCHEMA = "coachwork.bundle/1"

_NAME = re.compile(r"(?:[^./\\\s][^/\\\n]*/)*[^./\\\s][^/\\\n]*")

DIGEST = re.compile(r"[0-9a-f]{64}")
"""A SHA-256, hexadecimal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleFile:
    """One file of a bundle.

    Attributes:
        name: in the bundle's folder, with slashes.
        sha256: of its bytes, hex.
        size_bytes: how many those are.
    """

    name: str
    sha256: str
    size_bytes: int

    def __post_init__(self) -> None:
        """Raises ValueError where the name leads out of the folder or the digest is none."""
        if not _NAME.fullmatch(self.name) or not DIGEST.fullmatch(self.sha256) or self.size_bytes < 0:
            message = f"no file of a bundle: {self.name!r}, {self.sha256!r}, {self.size_bytes} bytes"
            raise ValueError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleContents:
    """All files of a bundle.

    Attributes:
        files: sorted by name, each once.
    """

    files: tuple[BundleFile, ...]

    def __post_init__(self) -> None:
        """Raises ValueError where a file comes twice or out of order, or there is no card."""
        names = [file.name for file in self.files]
        if names != sorted(set(names)) or CARD_FILE not in names:
            message = f"a bundle holds {CARD_FILE} and each file once, sorted by name; got {names}"
            raise ValueError(message)

    @property
    def digest(self) -> str:
        """The bundle's SHA-256, hex; another one as soon as a byte of any file is another one."""
        lines = "".join(f"{file.sha256}  {file.name}\n" for file in self.files)
        return hashlib.sha256(lines.encode("utf-8")).hexdigest()

    @property
    def size_bytes(self) -> int:
        """Bytes of all files together."""
        return sum(file.size_bytes for file in self.files)

    def to_json(self) -> dict[str, Any]:
        """Schema `coachwork.bundle/1`."""
        files = [{"name": f.name, "sha256": f.sha256, "bytes": f.size_bytes} for f in self.files]
        return {"schema": SCHEMA, "digest": self.digest, "files": files}


def contents_of(folder: Path) -> BundleContents:
    """The files of a bundle's folder; those whose name begins with a dot are none of it.

    Raises:
        BundleError: the folder holds no card, an oddly named file, or cannot be read.
    """
    try:
        files = tuple(_described(folder, name) for name in _names(folder))
    except OSError as unread:
        raise BundleError(folder=folder, why=f"a file of it cannot be read ({unread.strerror})") from unread
    except ValueError as odd:
        raise BundleError(folder=folder, why=f"{odd}: give the file a plain name") from odd
    if all(file.name != CARD_FILE for file in files):
        raise BundleError(folder=folder, why=f"it holds no {CARD_FILE}: name the folder of a bundle")
    return BundleContents(files=files)


def contents_from_json(value: Mapping[str, Any]) -> BundleContents:
    """The inverse of `BundleContents.to_json`.

    Raises:
        ValueError: it is none, or its digest is not that of its files.
    """
    try:
        if value["schema"] != SCHEMA:
            message = f"the schema is {value['schema']!r}, not {SCHEMA!r}"
            raise ValueError(message)
        files = tuple(
            BundleFile(name=one["name"], sha256=one["sha256"], size_bytes=one["bytes"]) for one in value["files"]
        )
        contents = BundleContents(files=files)
        if contents.digest != value["digest"]:
            message = f"the digest {value['digest']} is not that of the files, {contents.digest}"
            raise ValueError(message)
    except (KeyError, TypeError) as broken:
        message = f"no list of a bundle's files ({broken!r})"
        raise ValueError(message) from broken
    return contents


def _names(folder: Path) -> list[str]:
    found = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    return sorted(path.as_posix() for path in found if not any(part.startswith(".") for part in path.parts))


def _described(folder: Path, name: str) -> BundleFile:
    with (folder / name).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return BundleFile(name=name, sha256=digest, size_bytes=(folder / name).stat().st_size)
