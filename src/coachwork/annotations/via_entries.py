"""The photos and regions of a VIA file, whichever of its forms it has.

VGG Image Annotator (https://www.robots.ox.ac.uk/~vgg/software/via/) writes regions as an object in 1.0.x and as a list
in 2.x, wraps a 2.x project in ``_via_img_metadata``, and exports both as CSV; projects of 3.x are of another kind.
"""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from coachwork.annotations.json_values import as_list, as_object, as_text, kind_of, load_json
from coachwork.annotations.problems import AnnotationError, ProblemCode, ProblemLog
from coachwork.annotations.via_file import Entry, Region, ViaFile
from coachwork.annotations.via_third import is_third_version, read_third_version

PROJECT_KEY = "_via_img_metadata"
_CSV_NEEDS = frozenset({"filename", "region_shape_attributes", "region_attributes"})
_LONGEST_CELL = 50_000_000


def looks_like_via_json(document: object) -> bool:
    """Whether a JSON document has VIA's shape: a project, or entries that have a file name and regions."""
    if not isinstance(document, dict):
        return False
    if isinstance(document.get(PROJECT_KEY), dict) or is_third_version(document):
        return True
    entries = [entry for entry in document.values() if isinstance(entry, dict)]
    alike = sum("filename" in entry and "regions" in entry for entry in entries)
    return alike > 0 and 2 * alike >= len(document)


def csv_header(path: Path) -> list[str]:
    """Column names of a CSV file's first line, without VIA's leading ``#``; empty where there is none."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = next(csv.reader([file.readline(10_000)]), [])
    except (OSError, UnicodeDecodeError, csv.Error):
        return []
    return [name.strip().lstrip("#").strip() for name in first]


def looks_like_via_csv(path: Path) -> bool:
    """Whether a CSV file has VIA's columns, in whatever order."""
    return set(csv_header(path)) >= _CSV_NEEDS


def load_via(path: Path, log: ProblemLog) -> ViaFile:
    """Reads a VIA file's entries; what cannot be understood becomes problems.

    Raises:
        AnnotationError: the file is useless as a whole.
    """
    if path.suffix.lower() == ".csv":
        return ViaFile(entries=tuple(_csv_entries(path, log)))
    document = as_object(load_json(path), log, "")
    if is_third_version(document):
        return read_third_version(document, log)
    metadata = document
    prefix = ""
    if PROJECT_KEY in document:
        metadata, prefix = as_object(document[PROJECT_KEY], log, PROJECT_KEY), f"{PROJECT_KEY}."
    entries = []
    for key, value in metadata.items():
        place = f"{prefix}{key!r}" if prefix else repr(key)
        try:
            entries.append(_entry(as_object(value, log, place), log, place))
        except AnnotationError as error:
            log.take(error)
    if not entries:
        raise log.fault(ProblemCode.WRONG_TYPE, "", "has no VIA entries", done="file left out")
    return ViaFile(entries=tuple(entries), options=_options(document))


def _entry(value: dict[str, Any], log: ProblemLog, place: str) -> Entry:
    if value.get("filename") is None:
        raise log.fault(ProblemCode.FIELD_MISSING, f"{place}.filename", "is missing", done="photo left out")
    entry = Entry(name=as_text(value["filename"], log, f"{place}.filename"), place=place)
    regions = value.get("regions", [])
    if isinstance(regions, dict):
        numbered = [(f"{place}.regions[{key}]", region) for key, region in regions.items()]
    else:
        listed = as_list(regions, log, f"{place}.regions")
        numbered = [(f"{place}.regions[{index}]", region) for index, region in enumerate(listed)]
    for where, region in numbered:
        try:
            entry.regions.append(_region(as_object(region, log, where), log, where))
        except AnnotationError as error:
            entry.broken.append(error)
    return entry


def _region(value: dict[str, Any], log: ProblemLog, place: str) -> Region:
    shape = as_object(value.get("shape_attributes"), log, f"{place}.shape_attributes")
    attributes = as_object(value.get("region_attributes", {}), log, f"{place}.region_attributes")
    return Region(place=place, shape=shape, attributes=attributes)


def _options(document: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Descriptions of attribute options; anything unexpected in the settings is no reason to fail."""
    attributes = document.get("_via_attributes")
    regions = attributes.get("region") if isinstance(attributes, dict) else None
    options: dict[str, dict[str, str]] = {}
    for name, settings in (regions if isinstance(regions, dict) else {}).items():
        described = settings.get("options") if isinstance(settings, dict) else None
        if isinstance(described, dict):
            options[name] = {key: text for key, text in described.items() if isinstance(text, str) and text.strip()}
    return options


def _csv_entries(path: Path, log: ProblemLog) -> Iterator[Entry]:
    header = csv_header(path)
    if missing := _CSV_NEEDS - set(header):
        what = f"lacks the columns {', '.join(sorted(missing))}"
        raise log.fault(ProblemCode.FIELD_MISSING, "line 1", what, done="file left out")
    entries: dict[tuple[str, str], Entry] = {}
    for line, row in _csv_rows(path, header, log):
        place = f"line {line}"
        name = row["filename"].strip()
        if not name:
            log.add(ProblemCode.FIELD_MISSING, f"{place}.filename", "is blank", done="left out")
            continue
        entry = entries.setdefault((name, row.get("file_size", "")), Entry(name=name, place=place))
        try:
            shape, attributes = (
                _csv_cell(row[column], log, f"{place}.{column}")
                for column in ("region_shape_attributes", "region_attributes")
            )
        except AnnotationError as error:
            entry.broken.append(error)
            continue
        if shape:
            entry.regions.append(Region(place=place, shape=shape, attributes=attributes))
    yield from entries.values()


def _csv_rows(path: Path, header: list[str], log: ProblemLog) -> Iterator[tuple[int, dict[str, str]]]:
    before = csv.field_size_limit(_LONGEST_CELL)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file)
            next(rows, None)
            for row in rows:
                if row:
                    cells = row + [""] * (len(header) - len(row))
                    yield rows.line_num, dict(zip(header, cells, strict=False))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        what = f"cannot be read as CSV: {error}"
        raise log.fault(ProblemCode.FILE_UNREADABLE, "", what, done="file left out") from None
    finally:
        csv.field_size_limit(before)


def _csv_cell(text: str, log: ProblemLog, place: str) -> dict[str, Any]:
    """A cell's JSON object; an empty cell is an empty one."""
    if not text.strip():
        return {}
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise log.fault(ProblemCode.WRONG_TYPE, place, f"{text[:40]!r} is not JSON") from None
    if not isinstance(value, dict):
        raise log.fault(ProblemCode.WRONG_TYPE, place, f"should be an object, is {kind_of(value)}")
    return value
