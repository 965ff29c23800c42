"""Records of past assessments: a line of `coachwork assess`, an answer of the service, or the document of a case."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from coachwork.assessments.assessment import Assessment
from coachwork.assessments.assessment_json import SCHEMA
from coachwork.assessments.assessment_reading import assessment_from_json
from coachwork.json_objects import JsonFileError, JsonObject


class RecordError(JsonFileError):
    """A record of an assessment cannot be used."""


def read_record(path: Path, sha256: str) -> tuple[Assessment, dict[str, Any]]:
    """The assessment of one photo out of a file that may hold many, read and as it stands there.

    Args:
        path: a JSON file, or one of JSON lines.
        sha256: of the photo's bytes, hex.

    Raises:
        RecordError: it cannot be read, or holds no assessment of that photo.
    """
    try:
        found = [value for document in _documents(path) for value in _assessments(document)]
    except OSError as unread:
        why = f"cannot be read ({unread.strerror}): name the file of the record"
        raise RecordError(file=str(path), where="", why=why) from unread
    except (ValueError, RecursionError) as broken:
        why = f"is neither JSON nor JSON lines ({broken})"
        raise RecordError(file=str(path), where="", why=why) from broken
    for value in found:
        if value["photo"].get("sha256") == sha256:
            return assessment_from_json(JsonObject(value, file=str(path), where="", error=RecordError)), value
    held = ", ".join(str(value["photo"].get("file", "?")) for value in found[:6]) or "no photo at all"
    why = f"holds no assessment of the photo {sha256[:12]}; it speaks of {held}: name the photo that was assessed"
    raise RecordError(file=str(path), where="", why=why)


def _documents(path: Path) -> list[Any]:
    text = path.read_text(encoding="utf-8")
    try:
        return [json.loads(text)]
    except ValueError:
        return [json.loads(line) for line in text.splitlines() if line.strip()]


def _assessments(value: Any) -> Iterator[dict[str, Any]]:
    """Every assessment at any depth."""
    if isinstance(value, dict):
        if value.get("schema") == SCHEMA and isinstance(value.get("photo"), dict) and "verdict" in value:
            yield value
            return
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _assessments(one)
