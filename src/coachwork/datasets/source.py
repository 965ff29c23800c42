"""Where samples come from: title, licence, and the label maps that gave the foreign labels their meaning."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from coachwork.datasets.place import DatasetError
from coachwork.taxonomy import LabelMap


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where samples come from, and what their licence allows.

    Attributes:
        name: as in `Sample.source`; also the name of its label map.
        title, licence, attribution, url: for people, and for the card of a model that learned from it.
        weights_may_ship: whether models trained on it may be published.
        label_maps: digests of the label maps that its labels were read by; empty where that is not known.
    """

    name: str
    title: str = ""
    licence: str = "not stated"
    attribution: str = ""
    url: str = ""
    weights_may_ship: bool = False
    label_maps: tuple[str, ...] = ()

    @classmethod
    def of(cls, label_map: LabelMap) -> "Source":
        """The facts that a label map holds of its set."""
        return cls(
            name=label_map.name,
            title=label_map.title,
            licence=label_map.licence,
            attribution=label_map.attribution,
            url=label_map.url,
            weights_may_ship=label_map.weights_may_ship,
            label_maps=(label_map_digest(label_map),),
        )

    @classmethod
    def of_json(cls, record: Mapping[str, Any]) -> "Source":
        """The source of an entry in a manifest.

        Raises:
            TypeError: a field is unknown or missing.
        """
        fields = dict(record)
        fields["label_maps"] = tuple(str(digest) for digest in fields.get("label_maps", ()))
        return cls(**fields)

    def as_json(self) -> dict[str, Any]:
        """The entry of a manifest."""
        return asdict(self) | {"label_maps": list(self.label_maps)}


def label_map_digest(label_map: LabelMap) -> str:
    """First 16 hex digits of the SHA-256 of what the map does to labels: its rules, and which types it annotates."""
    rules = {
        label: [None if rule.type is None else rule.type.value, rule.severity, rule.dropped]
        for label, rule in label_map.rules.items()
    }
    text = json.dumps([rules, sorted(label_map.annotates), label_map.boxes_as_polygons], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def join_sources(groups: Iterable[Iterable[Source]], *, where: object) -> tuple[Source, ...]:
    """The sources of several datasets, each once, by name.

    Raises:
        DatasetError: two datasets say different things of one source's licence.
    """
    known: dict[str, Source] = {}
    for source in (source for group in groups for source in group):
        first = known.setdefault(source.name, source)
        if replace(first, label_maps=()) != replace(source, label_maps=()):
            why = (
                f"the datasets disagree about the source {source.name!r} ({first.licence!r}, {first.attribution!r}; "
                f"{source.licence!r}, {source.attribution!r}): import it again so that both say the same"
            )
            raise DatasetError(where, why)
        label_maps = tuple(sorted({*first.label_maps, *source.label_maps}))
        known[source.name] = replace(first, label_maps=label_maps)
    return tuple(known[name] for name in sorted(known))
