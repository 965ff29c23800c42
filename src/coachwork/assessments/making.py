"""With what an assessment was made: all that must be there again for the same photo to get the same assessment."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from coachwork.json_objects import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """What, beside photo and thresholds, an assessment hangs on.

    Attributes:
        bundle: SHA-256 of the damage model's bundle as a whole, hex; empty where that cannot be told.
        parts_bundle: the same of the part model's; empty where none was asked.
        coachwork: this package's version.
        runtime: what ran the model, with its version, such as "onnxruntime 1.30.0".
        provider: on what, such as "CPUExecutionProvider".
        threads: that the model used.
        min_side: of the photo's longer side so many pixels were kept at least when it was decoded.
        processor: as its maker writes it.
        libraries: name -> version of those that decode and scale photos.
    """

    bundle: str
    parts_bundle: str = ""
    coachwork: str
    runtime: str
    provider: str
    threads: int
    min_side: int
    processor: str
    libraries: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As assessments state it."""
        return asdict(self) | {"libraries": dict(self.libraries)}

    def differences(self, other: "Making") -> tuple[str, ...]:
        """What is another thing there, in words."""
        found = []
        for one in fields(self):
            here, there = getattr(self, one.name), getattr(other, one.name)
            if one.name == "libraries":
                names = sorted({*here, *there})
                found += [
                    f"{name} is {there.get(name, 'missing')}, was {here.get(name, 'missing')}"
                    for name in names
                    if here.get(name) != there.get(name)
                ]
            elif here != there:
                found.append(f"{one.name.replace('_', ' ')} is {there or 'none'}, was {here or 'none'}")
        return tuple(found)


def making_from_json(values: JsonObject) -> Making:
    """The inverse of `Making.to_json`.

    Raises:
        JsonFileError: a field is missing or wrong.
    """
    libraries = values.object("libraries")
    return Making(
        bundle=values.text("bundle", default=""),
        parts_bundle=values.text("parts_bundle", default=""),
        coachwork=values.text("coachwork"),
        runtime=values.text("runtime"),
        provider=values.text("provider"),
        threads=values.whole("threads", low=1),
        min_side=values.whole("min_side"),
        processor=values.text("processor"),
        libraries={name: libraries.text(name) for name in libraries.values},
    )
