"""The table beside collected photos: where each came from, under which licence, and whom to name.

`photos.jsonl` holds one photo a line. It is only ever appended to, so that only the last line can be one that a killed
process left half written.
"""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from coachwork.datasets.sample import Attribution

PHOTO_TABLE = "photos.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectedPhoto:
    """One photo that was collected.

    Attributes:
        file: relative to the table's folder, with forward slashes.
        sha256: digest of the file's bytes, hex.
        url: where it was listed.
        licence: SPDX identifier, or the licence's name.
        licence_stated: the licence in the listing's own words.
        licence_url: of its text, empty where unknown.
        author: whom to name, empty where nobody must be.
        title: of the photo, empty where not stated.
        page: address of the page that shows it, empty where not stated.
        width, height: of the upright photo, pixels.
        bytes: of the file.
        retrieved: when, ISO 8601, UTC.
    """

    file: str
    sha256: str
    url: str
    licence: str
    licence_stated: str
    licence_url: str
    author: str
    title: str
    page: str
    width: int
    height: int
    bytes: int
    retrieved: str

    @property
    def attribution(self) -> Attribution:
        """What a dataset keeps of it."""
        return Attribution(licence=self.licence, author=self.author, url=self.page or self.url)

    def as_line(self) -> str:
        """The photo as one line of the table, without the line break."""
        return json.dumps(asdict(self), separators=(",", ":"), ensure_ascii=False)


def read_photo_table(folder: Path) -> tuple[CollectedPhoto, ...]:
    """The photos of a folder's table, in the order in which they came; none where there is no table.

    Raises:
        ValueError: a line before the last one is broken; the message says which.
        OSError: the table cannot be read.
    """
    path = folder / PHOTO_TABLE
    if not path.is_file():
        return ()
    lines = path.read_bytes().split(b"\n")
    photos = []
    for number, line in enumerate(lines, start=1):
        try:
            photos.append(_photo_of(line))
        except (ValueError, TypeError, AttributeError) as error:
            if number == len(lines):  # empty, or cut off
                break
            message = f"{path}: line {number} is broken"
            raise ValueError(message) from error
    return tuple(photos)


def _photo_of(line: bytes) -> CollectedPhoto:
    record = json.loads(line.decode("utf-8"))
    known = {field.name: field.type for field in fields(CollectedPhoto)}
    photo = CollectedPhoto(**{name: value for name, value in record.items() if name in known})
    for name, kind in known.items():
        if not isinstance(getattr(photo, name), kind if isinstance(kind, type) else object):
            message = f"{name} is of the wrong kind"
            raise TypeError(message)
    return photo


def attributions_by_digest(folder: Path) -> dict[str, Attribution]:
    """Digest -> attribution of the photos in a folder's table; of copies the first counts.

    Raises:
        ValueError: as `read_photo_table`.
        OSError: as `read_photo_table`.
    """
    return {photo.sha256: photo.attribution for photo in reversed(read_photo_table(folder))}
