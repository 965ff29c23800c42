"""What every version of VIA says: photos, and regions with attributes."""

from dataclasses import dataclass, field
from typing import Any

from coachwork.annotations.problems import AnnotationError


@dataclass(slots=True, kw_only=True)
class Region:
    """One drawn region: its attributes as they stand in the file.

    Attributes:
        place: where it stands.
        shape: what is drawn, in the terms of VIA 2.
        attributes: what is said of it, by attribute.
        shape_key: where in the region the shape stands.
        attributes_key: where in the region the attributes stand.
    """

    place: str
    shape: dict[str, Any]
    attributes: dict[str, Any]
    shape_key: str = "shape_attributes"
    attributes_key: str = "region_attributes"


@dataclass(slots=True, kw_only=True)
class Entry:
    """One photo of a VIA file.

    Attributes:
        name: the photo's file name.
        place: where the entry stands in the file.
        regions: what is drawn on it.
        broken: regions that could not be understood; the photo's annotation is not complete then.
    """

    name: str
    place: str
    regions: list[Region] = field(default_factory=list)
    broken: list[AnnotationError] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class ViaFile:
    """A VIA file.

    Attributes:
        entries: its photos.
        options: attribute -> option id -> description, from a 2.x project's settings.
    """

    entries: tuple[Entry, ...]
    options: dict[str, dict[str, str]] = field(default_factory=dict)
