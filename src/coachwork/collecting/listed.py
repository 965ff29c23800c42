"""A photo as a listing names it, and what is wrong with rows that name none."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from coachwork.errors import CoachworkError

_COLUMNS = {
    "url": ("url", "image_url", "photo_url", "original_url", "file_url", "download_url"),
    "licence": ("licence", "license", "licence_name", "license_name", "licence_url", "license_url"),
    "version": ("licence_version", "license_version"),
    "author": ("author", "creator", "photographer", "artist", "owner_name", "ownername", "attribution"),
    "title": ("title", "name"),
    "page": ("page", "page_url", "landing_url", "foreign_landing_url", "source_url"),
}
URL_COLUMNS = _COLUMNS["url"]
_LONGEST_URL = 4096


class ListingError(CoachworkError):
    """A listing of photos as a whole cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPhoto:
    """One photo that may be collected.

    Attributes:
        place: where in the listing, such as ``line 12``.
        url: http or https address of the file.
        licence: as the listing states it.
        author: whom to name, empty where not stated.
        title: of the photo, empty where not stated.
        page: address of the page that shows the photo with its licence, empty where not stated.
    """

    place: str
    url: str
    licence: str
    author: str = ""
    title: str = ""
    page: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """A row that names no photo to collect.

    Attributes:
        place: where in the listing.
        why: one sentence without capital and full stop.
        url: as far as it was stated.
    """

    place: str
    why: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What a listing says.

    Attributes:
        photos: in its order.
        bad_rows: those that were passed over.
        notes: what a user should know of it, in sentences.
    """

    photos: tuple[ListedPhoto, ...] = ()
    bad_rows: tuple[BadRow, ...] = ()
    notes: tuple[str, ...] = ()


def listed_photo(row: Mapping[str, object], place: str) -> ListedPhoto | BadRow:
    """The photo of a row, whose columns may have any of their usual names in any case."""
    known = {_column(name): value for name, value in row.items()}
    values = {field: _first(known, names) for field, names in _COLUMNS.items()}
    url = values["url"]
    if why := _fault_of(url):
        return BadRow(place=place, why=why, url=url)
    if not values["licence"]:
        return BadRow(place=place, why="the row states no licence", url=url)
    return ListedPhoto(
        place=place,
        url=url,
        licence=" ".join(filter(None, (values["licence"], values["version"]))),
        author=values["author"],
        title=values["title"],
        page=values["page"] if not _fault_of(values["page"]) else "",
    )


def has_url_column(names: object) -> bool:
    """Whether any name of a row's columns is one for the photo's address."""
    return isinstance(names, list | tuple) and any(_column(str(name)) in URL_COLUMNS for name in names)


def _column(name: str) -> str:
    return "".join(c if c.isalnum() else "_" for c in name.strip().lower())


def _first(known: Mapping[str, object], names: tuple[str, ...]) -> str:
    for name in names:
        value = known.get(name)
        if isinstance(value, str | int | float) and not isinstance(value, bool) and (text := _plain(str(value))):
            return text
    return ""


def _plain(text: str) -> str:
    """One line that can be shown and written as UTF-8."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _fault_of(url: str) -> str:
    """What is wrong with an address; empty for a sound one."""
    if not url:
        return "the row states no address of a photo"
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises where it is none
    except ValueError:
        return "the address is broken"
    if parts.scheme.lower() not in {"http", "https"}:
        return "the address is neither http nor https"
    if not parts.hostname or len(url) > _LONGEST_URL or " " in url:
        return "the address is broken"
    if parts.username is not None or parts.password is not None:
        return "the address holds a user name or password"
    return ""
