"""Reads listings of photos: CSV, JSON, JSON lines, and answers of Flickr's API."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from coachwork.collecting.flickr import flickr_photos, is_flickr_answer, pages_of, unwrapped
from coachwork.collecting.listed import BadRow, ListedPhoto, Listing, ListingError, has_url_column, listed_photo

_CSV_SUFFIXES = frozenset({".csv", ".tsv", ".tab"})
_LISTS = ("photos", "results", "items", "images", "data", "rows")
_LONGEST_CELL = 1_000_000
_MOST_PAGES = 100_000

Row = ListedPhoto | BadRow


def read_listing(path: Path) -> Listing:
    """Reads a listing; rows that name no photo are collected, not raised.

    Args:
        path: a file, or a folder whose JSON files are pages of one listing.

    Raises:
        ListingError: the file cannot be read, or lists no photos at all.
    """
    if not path.is_dir():
        return _joined(path, [(path, _text_of(path))])
    pages = sorted(path.glob("*.json"), key=lambda page: (len(page.name), page.name))  # page-2 before page-10
    if not pages:
        message = f"{path}: the folder holds no JSON files; name a listing"
        raise ListingError(message)
    return _joined(path, [(page, _text_of(page)) for page in pages])


def listing_in(text: str, path: Path) -> Listing:
    """The listing in a text; the path's suffix helps to tell what it is, and stands in messages.

    Raises:
        ListingError: as `read_listing`.
    """
    return _joined(path, [(path, text)])


def listing_of(answers: Iterable[tuple[str, object]], path: Path) -> Listing:
    """The listing that JSON values make up, each with the words for its place.

    Raises:
        ListingError: a value is an error of Flickr's, or all together list nothing.
    """
    rows: list[Row] = []
    seen: list[tuple[int, int, int]] = []
    for where, value in answers:
        if is_flickr_answer(value) and isinstance(value, dict):
            seen.append(pages_of(value))
            rows += flickr_photos(value, where or f"page {seen[-1][0]}")
        else:
            rows += _json_rows(value, where, path)
    return _checked(rows, path, notes=_missing_pages(seen))


def _joined(path: Path, files: list[tuple[Path, str]]) -> Listing:
    if len(files) == 1 and _is_csv(files[0][0], files[0][1]):
        return _checked(list(_csv_rows(files[0][0], files[0][1])), path)
    several = len(files) > 1
    values = [
        (f"{file.name} {where}".strip() if several else where, value)
        for file, text in files
        for where, value in _json_values(file, text)
    ]
    return listing_of(values, path)


def _checked(rows: list[Row], path: Path, *, notes: tuple[str, ...] = ()) -> Listing:
    if not rows:
        message = f"{path}: the listing is empty; give it rows with url, licence and author"
        raise ListingError(message)
    photos = tuple(row for row in rows if isinstance(row, ListedPhoto))
    return Listing(photos=photos, bad_rows=tuple(row for row in rows if isinstance(row, BadRow)), notes=notes)


def _missing_pages(seen: list[tuple[int, int, int]]) -> tuple[str, ...]:
    pages = max((pages for _, pages, _ in seen), default=0)
    there = {page for page, _, _ in seen}
    missing = [page for page in range(1, min(pages, _MOST_PAGES) + 1) if page not in there]
    if not missing:
        return ()
    total = max(total for _, _, total in seen)
    shown = ", ".join(map(str, missing[:5])) + (" and more" if len(missing) > 5 else "")
    return (f"The listing has {pages - len(missing)} of {pages} pages ({total} photos in all): {shown} missing.",)


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"{path}: is not UTF-8 text; save the listing as UTF-8"
        raise ListingError(message) from error
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "its path is broken"
        message = f"{path}: cannot be read ({why}); check the path"
        raise ListingError(message) from error


def _is_csv(path: Path, text: str) -> bool:
    return path.suffix.lower() in _CSV_SUFFIXES or not text.lstrip().startswith(("{", "[", "jsonFlickrApi("))


def _csv_rows(path: Path, text: str) -> Iterator[Row]:
    header = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=header.count)
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.DictReader(text.splitlines(keepends=True), delimiter=delimiter, strict=True)
    try:
        if not has_url_column(reader.fieldnames):
            message = f"{path}: no column holds the photos' addresses; name it url, beside licence and author"
            raise ListingError(message)
        for row in reader:
            place = f"line {reader.line_num}"
            if None in row:
                yield BadRow(place=place, why="the row has more cells than the header: quote cells with commas")
            else:
                yield listed_photo(row, place)
    except csv.Error as error:
        message = f"{path}: after line {reader.line_num} the CSV is broken ({error}); mend it"
        raise ListingError(message) from error


def _json_values(path: Path, text: str) -> Iterator[tuple[str, object]]:
    """The file's one value, or the values of its lines, with words for their places."""
    try:
        whole = _decoded(unwrapped(text))
    except ValueError as error:
        lines = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
        if len(lines) < 2 and path.suffix.lower() not in {".jsonl", ".ndjson"}:
            message = f"{path}: is no JSON ({error}); mend it"
            raise ListingError(message) from error
        yield from _json_lines(path, lines)
    else:
        yield "", whole


def _json_lines(path: Path, lines: list[tuple[int, str]]) -> Iterator[tuple[str, object]]:
    broken = 0
    for number, line in lines:
        try:
            value = _decoded(line)
        except ValueError:
            broken += 1
            value = BadRow(place=f"line {number}", why="the line is no JSON")
        yield f"line {number}", value
    if broken == len(lines):
        message = f"{path}: is neither JSON nor JSON lines; mend it"
        raise ListingError(message)


def _decoded(text: str) -> object:
    try:
        return json.loads(text)
    except RecursionError as error:
        message = "it is nested too deep"
        raise ValueError(message) from error


def _json_rows(value: object, where: str, path: Path) -> Iterator[Row]:
    """Rows of a value that is a row itself, a list of rows, or an object that holds such a list."""
    if isinstance(value, BadRow):
        yield value
        return
    if isinstance(value, list):
        for number, item in enumerate(value, start=1):
            yield from _row(item, f"{where} row {number}".strip())
        return
    if isinstance(value, dict) and not has_url_column(list(value)):
        inner = next((value[name] for name in _LISTS if isinstance(value.get(name), list)), None)
        if inner is not None:
            yield from _json_rows(inner, where, path)
            return
        if not where:
            message = f"{path}: lists no photos; give it a list of objects with url, licence and author"
            raise ListingError(message)
    yield from _row(value, where or "row 1")


def _row(value: object, place: str) -> Iterator[Row]:
    if is_flickr_answer(value) and isinstance(value, Mapping):
        yield from flickr_photos(value, place)
    elif isinstance(value, dict):
        yield listed_photo(value, place)
    else:
        yield BadRow(place=place, why="this is no object with url, licence and author")
