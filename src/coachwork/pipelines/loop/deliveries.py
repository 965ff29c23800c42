"""Deliveries: what lies right in the watched folder, each known by the digest of all its bytes."""

import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_UNFINISHED = (".part", ".crdownload", ".tmp")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Annotations that somebody delivered.

    Attributes:
        path: a file, or a folder with all below it.
        digest: of names and bytes, hex; the same files give the same digest wherever and whenever they lie.
    """

    path: Path
    digest: str


def deliveries(watch: Path, *, quiet_s: float) -> tuple[Delivery, ...]:
    """The deliveries that lie in a folder and have come to rest, by name; none where there is no such folder.

    Args:
        watch: the folder. What is hidden or named like an unfinished download is left out.
        quiet_s: nothing in a delivery may have changed for so many seconds.
    """
    if not watch.is_dir():
        return ()
    latest = time.time() - quiet_s
    entries = [path for path in sorted(watch.iterdir()) if not _unfinished(path)]
    return tuple(
        Delivery(path=path, digest=digest_of(path)) for path in entries if _files(path) and _changed(path) <= latest
    )


def digest_of(path: Path) -> str:
    """SHA-256 over the names (below the path) and contents of all files, hex."""
    whole = hashlib.sha256()
    for file in _files(path):
        name = file.relative_to(path).as_posix() if path.is_dir() else file.name
        with file.open("rb") as opened:
            content = hashlib.file_digest(opened, "sha256").hexdigest()
        whole.update(f"{len(name.encode('utf-8', 'surrogateescape'))}:".encode())
        whole.update(name.encode("utf-8", "surrogateescape") + content.encode())
    return whole.hexdigest()


def _files(path: Path) -> list[Path]:
    return sorted(_walk(path))


def _walk(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    elif path.is_dir():
        for inner in path.iterdir():
            if not inner.name.startswith("."):
                yield from _walk(inner)


def _changed(path: Path) -> float:
    return max(file.stat().st_mtime for file in [path, *_walk(path)])


def _unfinished(path: Path) -> bool:
    return path.name.startswith(".") or path.name.endswith(_UNFINISHED)
