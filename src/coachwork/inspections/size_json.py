"""Sizes of damages in the JSON of an inspection (docs/inspecting.md)."""

from typing import Any

from coachwork.inspections.scale import ReferenceKind
from coachwork.inspections.size import SizeEstimate
from coachwork.json_objects import JsonObject


def size_to_json(size: SizeEstimate | None) -> dict[str, Any] | None:
    """A size as plain JSON values; None where it is not known."""
    if size is None:
        return None
    return {
        "size_mm": list(size.rounded),
        "confidence": size.confidence,
        "references": [kind.value for kind in size.references],
        "photos": size.photos,
    }


def sizes_from_json(photo: JsonObject) -> tuple[SizeEstimate | None, ...]:
    """The sizes of the damages of one photo, as its ``sizes`` lists them; empty where it has none.

    Raises:
        JsonFileError: an entry is no size, or there are not as many as damages.
    """
    if "sizes" not in photo:
        return ()
    listed = photo.list_of("sizes")
    if listed and len(listed) != len(photo.list_of("damages")):
        raise photo.wrong(key="sizes", why="must hold a size or null for each of the damages")
    return tuple(None if one is None else _size(photo, one) for one in listed)


def _size(photo: JsonObject, told: object) -> SizeEstimate:
    try:
        values = dict(told)  # type: ignore[call-overload]
        low, high = values["size_mm"]
        return SizeEstimate(
            low_mm=float(low),
            high_mm=float(high),
            confidence=float(values["confidence"]),
            references=tuple(ReferenceKind(kind) for kind in values["references"]),
            photos=int(values["photos"]),
        )
    except (TypeError, ValueError, KeyError) as wrong:
        raise photo.wrong(key="sizes", why="must hold nulls and sizes as inspect --json writes them") from wrong
