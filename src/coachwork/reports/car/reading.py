"""Documents of inspections read back from JSON, held against their published schema."""

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coachwork.errors import CoachworkError

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator, ValidationError

SCHEMAS = ("inspection", "assessment", "estimate")
MOST_BYTES = 100_000_000


class DocumentError(CoachworkError):
    """A document of an inspection cannot be used.

    Attributes:
        file: as it was given.
        where: the place in it, such as ``damages[2].part``; empty for the whole file.
        why: what is wrong.
    """

    def __init__(self, *, file: str, where: str, why: str) -> None:
        super().__init__(f"{file}: {where} {why}" if where else f"{file} {why}")
        self.file, self.where, self.why = file, where, why


def schema_text(name: str) -> str:
    """A published JSON Schema (2020-12) as text.

    Args:
        name: one of `SCHEMAS`.
    """
    return (resources.files("coachwork") / "schemas" / f"{name}-1.schema.json").read_text(encoding="utf-8")


def read_document(path: Path) -> dict[str, Any]:
    """The document of a file that ``coachwork inspect --to`` or ``--json`` wrote.

    Raises:
        DocumentError: it cannot be read, is no JSON, or does not follow the schema ``coachwork.inspection/1``.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise DocumentError(file=str(path), where="", why=f"is larger than {MOST_BYTES:,} bytes: name another file")
        document = json.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as refused:
        raise DocumentError(file=str(path), where="", why=f"cannot be read: {refused.strerror}") from None
    except (ValueError, RecursionError) as broken:
        raise DocumentError(file=str(path), where="", why=f"is not JSON: {broken}") from None
    check_document(document, str(path))
    found: dict[str, Any] = document
    return found


def check_document(document: Any, file: str) -> None:
    """Holds a document against its schema, and its views against its photos.

    Raises:
        DocumentError: the first thing that is wrong.
    """
    if not isinstance(document, Mapping) or document.get("schema") != "coachwork.inspection/1":
        why = "is no inspection: name a file that coachwork inspect --to or --json wrote"
        raise DocumentError(file=file, where="", why=why)
    wrong = _wrong(document)
    if wrong is not None:
        raise DocumentError(file=file, where=_place(wrong.absolute_path), why=_short(wrong.message))
    counts = [len(photo["damages"]) for photo in document["photos"]]
    for place, damage in enumerate(document["damages"]):
        for view in damage["views"]:
            if view["photo"] >= len(counts) or view["damage"] >= counts[view["photo"]]:
                raise DocumentError(file=file, where=f"damages[{place}].views", why="name a damage that no photo has")


def _wrong(document: Any) -> "ValidationError | None":
    """What is most likely wrong, as deep in the document as it can be told."""
    from jsonschema.exceptions import best_match  # noqa: PLC0415

    found: ValidationError | None = best_match(_validator().iter_errors(document))
    return found


@cache
def _validator() -> "Draft202012Validator":
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - slow, and only needed where files are read back
    from referencing import Registry, Resource  # noqa: PLC0415

    loaded = [json.loads(schema_text(name)) for name in SCHEMAS]
    registry = Registry().with_resources([(one["$id"], Resource.from_contents(one)) for one in loaded])
    return Draft202012Validator(loaded[0], registry=registry)


def _place(path: Any) -> str:
    """A path of keys and places as people write it."""
    told = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)
    return told.removeprefix(".")


def _short(message: str) -> str:
    """What is wrong, without the whole of a long value."""
    return message if len(message) <= 200 else f"{message[:80]} ... {message[-100:]}"
