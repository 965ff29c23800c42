"""Answers of Flickr's API, as flickr.photos.search and the other methods that list photos give them.

The licence must be asked for with ``extras=license,owner_name,url_o,url_l,path_alias``. Sources: the "standard photos
response" and flickr.photos.licenses.getInfo in Flickr's API documentation.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from coachwork.collecting.listed import BadRow, ListedPhoto, ListingError, listed_photo

_CC = ("by-nc-sa", "by-nc", "by-nc-nd", "by", "by-sa", "by-nd")
_CC_4 = ("by", "by-sa", "by-nd", "by-nc", "by-nc-sa", "by-nc-nd")
LICENCES = {
    0: "All Rights Reserved",
    **{number: f"https://creativecommons.org/licenses/{kind}/2.0/" for number, kind in enumerate(_CC, start=1)},
    7: "No known copyright restrictions",
    8: "United States Government Work",
    9: "https://creativecommons.org/publicdomain/zero/1.0/",
    10: "https://creativecommons.org/publicdomain/mark/1.0/",
    **{number: f"https://creativecommons.org/licenses/{kind}/4.0/" for number, kind in enumerate(_CC_4, start=11)},
}
"""Flickr's number -> the licence, as flickr.photos.licenses.getInfo lists them (4.0 since June 2025)."""

_SIZES = ("url_o", "url_6k", "url_5k", "url_4k", "url_3k", "url_k", "url_h", "url_l", "url_c", "url_z")
"""Addresses of the file, the largest first. Smaller ones than 640 px are no use."""

_WRAPPER = re.compile(r"\s*jsonFlickrApi\((.*)\)\s*;?\s*", re.DOTALL)
_LISTS = ("photos", "photoset")


def unwrapped(text: str) -> str:
    """The JSON of an answer that was asked for without ``nojsoncallback=1``; other texts as they are."""
    found = _WRAPPER.fullmatch(text)
    return found[1] if found else text


def is_flickr_answer(value: object) -> bool:
    """Whether a JSON value is an answer of Flickr's API."""
    if not isinstance(value, dict):
        return False
    return value.get("stat") in ("ok", "fail") or any(_is_list(value.get(name)) for name in _LISTS)


def pages_of(answer: Mapping[str, Any]) -> tuple[int, int, int]:
    """Number of this page, of all pages, and of all photos; 1, 1, 0 where the answer does not say.

    Raises:
        ListingError: Flickr answered with an error, or with no list of photos.
    """
    photos = _photos(answer)
    page, pages, total = (_number(photos.get(name)) for name in ("page", "pages", "total"))
    return page or 1, pages or 1, total or 0


def flickr_photos(answer: Mapping[str, Any], where: str) -> list[ListedPhoto | BadRow]:
    """The photos of one page; what cannot be collected is a bad row.

    Args:
        answer: decoded JSON.
        where: the page's name, for places.

    Raises:
        ListingError: Flickr answered with an error, or with no list of photos.
    """
    photos = _photos(answer)
    owner: dict[str, Any] = {name: photos[name] for name in ("owner", "ownername") if name in photos}  # of an album
    return [
        _listed({**owner, **photo}, f"{where} photo {number}")
        if isinstance(photo, dict)
        else BadRow(place=f"{where} photo {number}", why="this is no object")
        for number, photo in enumerate(photos["photo"], start=1)
    ]


def _photos(answer: Mapping[str, Any]) -> dict[str, Any]:
    if answer.get("stat") == "fail":
        message = f"Flickr answered with an error: {json.dumps(answer.get('message', 'unknown'))}; ask it again"
        raise ListingError(message)
    for name in _LISTS:
        photos: dict[str, Any] | None = answer.get(name)
        if photos is not None and _is_list(photos):
            return photos
    message = "Flickr's answer lists no photos: save the answer of flickr.photos.search with format=json"
    raise ListingError(message)


def _is_list(value: object) -> bool:
    return isinstance(value, dict) and isinstance(value.get("photo"), list)


def _listed(photo: Mapping[str, Any], place: str) -> ListedPhoto | BadRow:
    url = next((photo[size] for size in _SIZES if photo.get(size)), "")
    if photo.get("media", "photo") != "photo":
        return BadRow(place=place, why="this is a video", url=str(url))
    if not url:
        return BadRow(place=place, why="Flickr gives no address: ask for it with extras=url_o,url_l")
    number = _number(photo.get("license"))
    if number is None:
        return BadRow(place=place, why="Flickr gives no licence: ask for it with extras=license", url=str(url))
    if number not in LICENCES:
        return BadRow(place=place, why=f"Flickr's licence number {number} is not known", url=str(url))
    owner = str(photo.get("pathalias") or photo.get("owner") or "")
    row = {
        "url": url,
        "licence": LICENCES[number],
        "author": photo.get("realname") or photo.get("ownername") or owner,
        "title": _text(photo.get("title")),
        "page": f"https://www.flickr.com/photos/{owner}/{photo['id']}/" if owner and photo.get("id") else "",
    }
    return listed_photo(row, place)


def _text(value: object) -> object:
    """Some methods wrap texts as ``{"_content": ...}``."""
    return value.get("_content") if isinstance(value, dict) else value


def _number(value: object) -> int | None:
    """Flickr gives numbers as numbers or as strings, as it likes."""
    text = str(value).strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
