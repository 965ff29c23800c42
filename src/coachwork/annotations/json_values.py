"""Foreign JSON, opened with care: every access says where it failed."""

import json
import math
from pathlib import Path
from typing import Any

from coachwork.annotations.problems import AnnotationError, Problem, ProblemCode, ProblemLog
from coachwork.annotations.text_files import TextFileError, read_text_file

MOST_BYTES = 2**31
"""COCO files of a million outlines have a quarter of this."""


def load_json(path: Path) -> Any:
    """Parses a JSON file (UTF-8, with or without a byte-order mark).

    Raises:
        AnnotationError: the file cannot be read or is not JSON.
    """
    try:
        return json.loads(read_text_file(path, most_bytes=MOST_BYTES))
    except TextFileError as error:
        what = str(error)
    except json.JSONDecodeError as error:
        what = f"is not JSON: {error.msg} (line {error.lineno}, column {error.colno})"
    except (RecursionError, ValueError) as error:
        what = f"is not usable JSON: {error}"
    problem = Problem(code=ProblemCode.FILE_UNREADABLE, file=str(path), place="", what=what, done="left out")
    raise AnnotationError(problem)


def json_of(path: Path) -> Any:
    """The document of a file that is called ``.json``, to see what it is; None where it is none or cannot be read."""
    try:
        return load_json(path) if path.suffix.lower() == ".json" else None
    except AnnotationError:
        return None


def kind_of(value: object) -> str:
    """A JSON value's type in words."""
    if value is None:
        return "null"
    names: dict[type, str] = {bool: "a boolean", int: "a number", float: "a number", str: "a text"}
    names |= {list: "a list", dict: "an object"}
    return names.get(type(value), type(value).__name__)


def as_object(value: object, log: ProblemLog, place: str) -> dict[str, Any]:
    """The value as a JSON object.

    Raises:
        AnnotationError: it is something else.
    """
    if not isinstance(value, dict):
        raise log.fault(ProblemCode.WRONG_TYPE, place, f"should be an object, is {kind_of(value)}")
    return value


def as_list(value: object, log: ProblemLog, place: str) -> list[Any]:
    """The value as a JSON list.

    Raises:
        AnnotationError: it is something else.
    """
    if not isinstance(value, list):
        raise log.fault(ProblemCode.WRONG_TYPE, place, f"should be a list, is {kind_of(value)}")
    return value


def as_text(value: object, log: ProblemLog, place: str) -> str:
    """The value as a text that is not blank; a number becomes its digits.

    Raises:
        AnnotationError: it is something else.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise log.fault(ProblemCode.WRONG_TYPE, place, f"should be a text, is {kind_of(value)}")
    if not value.strip():
        raise log.fault(ProblemCode.FIELD_MISSING, place, "is blank")
    return value.strip()


def as_number(value: object, log: ProblemLog, place: str) -> float:
    """The value as a finite number; digits in quotes count as a number.

    Raises:
        AnnotationError: it is no number, or not finite.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise log.fault(ProblemCode.WRONG_TYPE, place, f"should be a number, is {kind_of(value)}")
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise log.fault(ProblemCode.NUMBER_BAD, place, f"{str(value)[:40]!r} is no usable number") from None
    if not math.isfinite(number):
        raise log.fault(ProblemCode.NUMBER_BAD, place, f"{number} is not finite")
    return number


def as_numbers(value: object, log: ProblemLog, place: str) -> list[float]:
    """The value as a list of finite numbers.

    Raises:
        AnnotationError: it is no list, or an entry is no finite number.
    """
    return [as_number(entry, log, f"{place}[{index}]") for index, entry in enumerate(as_list(value, log, place))]


def as_id(value: object, log: ProblemLog, place: str) -> int | str:
    """The value as an identifier: whole numbers and their texts are the same, other texts stand as they are.

    Raises:
        AnnotationError: it is neither.
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise log.fault(ProblemCode.WRONG_TYPE, place, f"should be an id, is {kind_of(value)}")
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        return int(value)
    return value


def as_flag(value: object, log: ProblemLog, place: str) -> bool:
    """The value as yes or no: booleans, 0 and 1, and their texts.

    Raises:
        AnnotationError: it is something else.
    """
    meanings = {"0": False, "1": True, "false": False, "true": True}
    text = str(int(value)) if isinstance(value, float) and value in (0.0, 1.0) else str(value).lower()
    if text not in meanings:
        raise log.fault(ProblemCode.WRONG_TYPE, place, f"should be 0 or 1, is {str(value)[:40]!r}")
    return meanings[text]
