"""The folder that collected photos go to: it can be killed at any moment and goes on where it was.

DIR/photos/<sha256[:2]>/<sha256>.<ext>  each photo once, however many addresses gave it
DIR/photos.jsonl                        where each came from, its licence and author, one a line
DIR/passed_over.jsonl                   addresses that will never give a photo, with the reason
DIR/incoming/<sha256 of the address>    bytes that have arrived whole and are not in the table yet
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from coachwork.datasets.photo_table import PHOTO_TABLE, CollectedPhoto, read_photo_table
from coachwork.errors import CoachworkError

PASSED_OVER = "passed_over.jsonl"


class CollectionError(CoachworkError):
    """The folder of a collection cannot be used; the message says why and what to do."""


class CollectionFolder:
    """What has been collected so far; every photo that is added is on the disk when `add` returns.

    Attributes:
        root: the folder.
        photos: address -> photo.
        passed_over: address -> reason, of those that failed for good.
    """

    def __init__(self, root: Path) -> None:
        """Reads what is there; use `opened_folder`, which keeps others out."""
        self.root = root
        try:
            table = read_photo_table(root)
        except ValueError as error:
            message = f"{error}: remove that line, then the photo is fetched again"
            raise CollectionError(message) from error
        self.photos = {photo.url: photo for photo in table}
        self.passed_over = _read_passed_over(root / PASSED_OVER)
        for name in (PHOTO_TABLE, PASSED_OVER):
            _cut_torn_line(root / name)
        for photo in table:
            self._settle(photo)

    def has(self, url: str) -> bool:
        """Whether the photo of an address is there, its file included."""
        return url in self.photos and (self.root / self.photos[url].file).is_file()

    def keep(self, url: str, data: bytes) -> None:
        """Keeps bytes that have arrived, until `add` or `pass_over` says what they are."""
        _write(self._incoming(url), data)

    def kept(self, url: str) -> bytes | None:
        """The bytes that `keep` was given, in this run or one that was killed; None where there are none."""
        try:
            return self._incoming(url).read_bytes()
        except FileNotFoundError:
            return None

    def add(self, photo: CollectedPhoto) -> None:
        """Takes the kept bytes of a photo's address into the collection: the line first, then the file's place."""
        known = self.photos.get(photo.url)
        if known is None or known.sha256 != photo.sha256:  # the file was lost, and has changed at its address
            _append(self.root / PHOTO_TABLE, photo.as_line())
        self.photos[photo.url] = photo
        self._settle(photo)

    def pass_over(self, url: str, reason: str) -> None:
        """Notes that an address will never give a photo."""
        _append(self.root / PASSED_OVER, json.dumps({"url": url, "reason": reason}, ensure_ascii=False))
        self.passed_over[url] = reason
        self._incoming(url).unlink(missing_ok=True)

    def forget_passed_over(self) -> None:
        """Lets every address be tried again."""
        (self.root / PASSED_OVER).unlink(missing_ok=True)
        self.passed_over.clear()

    def _settle(self, photo: CollectedPhoto) -> None:
        """Moves bytes that are in the table to their place."""
        incoming, place = self._incoming(photo.url), self.root / photo.file
        if not incoming.exists():
            return
        if place.exists():
            incoming.unlink()
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        incoming.replace(place)
        _sync(place.parent)

    def _incoming(self, url: str) -> Path:
        return self.root / "incoming" / hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()


@contextmanager
def opened_folder(root: Path) -> Iterator[CollectionFolder]:
    """The collection in a folder, which is made when it is not there; no other process can open it meanwhile.

    Raises:
        CollectionError: another process has it open, its table is broken, or the disk refuses.
    """
    try:
        (root / "incoming").mkdir(parents=True, exist_ok=True)
        with (root / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                message = f"{root}: another run is collecting into this folder; wait for its end"
                raise CollectionError(message) from error
            yield CollectionFolder(root)
            _remove_empty(root / "incoming")
    except OSError as refused:
        message = f"{refused.filename or root}: cannot be written ({refused.strerror}); choose another folder with --to"
        raise CollectionError(message) from refused


def write_report(root: Path, value: object) -> None:
    """Puts `report.json` in place whole."""
    _write(root / "report.json", (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode("utf-8"))


def _read_passed_over(path: Path) -> dict[str, str]:
    found = {}
    for line in path.read_bytes().split(b"\n") if path.is_file() else ():
        try:
            record = json.loads(line)
            found[str(record["url"])] = str(record["reason"])
        except (ValueError, TypeError, KeyError):
            continue  # such an address is tried once more
    return found


def _cut_torn_line(path: Path) -> None:
    """Removes what a killed process has left of a line, so that the next line starts on its own."""
    if not path.is_file():
        return
    with path.open("r+b") as file:
        content = file.read()
        file.truncate(content.rfind(b"\n") + 1)


def _append(path: Path, line: str) -> None:
    fresh = not path.exists()
    with path.open("ab") as file:
        file.write(line.encode("utf-8", "replace") + b"\n")
        file.flush()
        os.fsync(file.fileno())
    if fresh:
        _sync(path.parent)


def _write(path: Path, data: bytes) -> None:
    partial = path.with_name(f".{path.name}.partial")
    with partial.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove_empty(folder: Path) -> None:
    """Clears away what was cut off while it was written, and the folder where nothing else is in it."""
    for partial in folder.glob(".*.partial"):
        partial.unlink()
    if not any(folder.iterdir()):
        folder.rmdir()
