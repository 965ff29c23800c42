"""Damage types, parts of cars, items of repair, severities, and the label maps that tie foreign labels to them."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from pathlib import Path

from coachwork.errors import CoachworkError


class TaxonomyError(CoachworkError):
    """A label, type or label map that Coachwork does not know."""


class Kind(StrEnum):
    """What a shape on a photo can be: a damage type or a part of the car. Their values never coincide."""

    @property
    def words(self) -> str:
        """The type as people read it.

        >>> DamageType.MISSING_OR_BROKEN_PART.words, CarPart.REAR_LEFT_DOOR.words
        ('missing or broken part', 'rear left door')
        """
        return self.value.replace("_", " ")

    @property
    def mirrored(self) -> "Kind":
        """What it becomes in a mirror image of the photo; a damage stays what it is."""
        return self


class DamageType(Kind):
    """What can be wrong with a car, in the trade's words; order is the order of reports."""

    DENT = "dent"
    SCRATCH = "scratch"
    CRACK = "crack"
    BROKEN_GLASS = "broken_glass"
    BROKEN_LAMP = "broken_lamp"
    MISSING_OR_BROKEN_PART = "missing_or_broken_part"
    EXPOSED_PRIMER = "exposed_primer"
    PAINT_CHIP = "paint_chip"
    RUST = "rust"
    FLAT_TIRE = "flat_tire"
    DEPLOYED_AIRBAG = "deployed_airbag"


class CarPart(Kind):
    """What a car is made of, as a body shop names it from outside; left and right are the driver's.

    Doors reach from sill to roof with their window; lamps, mirrors and glass are parts of their own that may lie
    upon others.
    """

    FRONT_BUMPER = "front_bumper"
    BONNET = "bonnet"
    WINDSCREEN = "windscreen"
    LEFT_HEADLAMP = "left_headlamp"
    RIGHT_HEADLAMP = "right_headlamp"
    LEFT_MIRROR = "left_mirror"
    RIGHT_MIRROR = "right_mirror"
    FRONT_LEFT_WING = "front_left_wing"
    FRONT_RIGHT_WING = "front_right_wing"
    FRONT_LEFT_DOOR = "front_left_door"
    FRONT_RIGHT_DOOR = "front_right_door"
    REAR_LEFT_DOOR = "rear_left_door"
    REAR_RIGHT_DOOR = "rear_right_door"
    LEFT_SILL = "left_sill"
    RIGHT_SILL = "right_sill"
    REAR_LEFT_WING = "rear_left_wing"
    REAR_RIGHT_WING = "rear_right_wing"
    ROOF = "roof"
    REAR_WINDOW = "rear_window"
    BOOT_LID = "boot_lid"
    TAILGATE_OR_LOAD_BED = "tailgate_or_load_bed"
    LEFT_TAIL_LAMP = "left_tail_lamp"
    RIGHT_TAIL_LAMP = "right_tail_lamp"
    REAR_BUMPER = "rear_bumper"
    WHEEL = "wheel"

    @property
    def mirrored(self) -> "CarPart":
        """What the part becomes in a mirror image of the photo: the same part of the other side, or itself.

        >>> CarPart.FRONT_LEFT_DOOR.mirrored.value, CarPart.BONNET.mirrored.value
        ('front_right_door', 'bonnet')
        """
        turned = {"left": "right", "right": "left"}
        return CarPart("_".join(turned.get(word, word) for word in self.value.split("_")))

    @property
    def is_single(self) -> bool:
        """Whether a car has it once, so that all of a photo's pixels of it are one thing; wheels are several."""
        return self is not CarPart.WHEEL


class Item(StrEnum):
    """One thing of a car that is repaired or replaced; its value is its key in rate cards. In the order of estimates.

    Beside the parts of the taxonomy stand glass (a door reaches to the roof there, with its window), tyres and airbags.
    The parts stand here once more by name, so that type checkers know them; a test keeps both lists alike.
    """

    FRONT_BUMPER = "front_bumper"
    BONNET = "bonnet"
    WINDSCREEN = "windscreen"
    LEFT_HEADLAMP = "left_headlamp"
    RIGHT_HEADLAMP = "right_headlamp"
    LEFT_MIRROR = "left_mirror"
    RIGHT_MIRROR = "right_mirror"
    FRONT_LEFT_WING = "front_left_wing"
    FRONT_RIGHT_WING = "front_right_wing"
    FRONT_LEFT_DOOR = "front_left_door"
    FRONT_RIGHT_DOOR = "front_right_door"
    REAR_LEFT_DOOR = "rear_left_door"
    REAR_RIGHT_DOOR = "rear_right_door"
    LEFT_SILL = "left_sill"
    RIGHT_SILL = "right_sill"
    REAR_LEFT_WING = "rear_left_wing"
    REAR_RIGHT_WING = "rear_right_wing"
    ROOF = "roof"
    REAR_WINDOW = "rear_window"
    BOOT_LID = "boot_lid"
    TAILGATE_OR_LOAD_BED = "tailgate_or_load_bed"
    LEFT_TAIL_LAMP = "left_tail_lamp"
    RIGHT_TAIL_LAMP = "right_tail_lamp"
    REAR_BUMPER = "rear_bumper"
    WHEEL = "wheel"
    FRONT_LEFT_DOOR_GLASS = "front_left_door_glass"
    FRONT_RIGHT_DOOR_GLASS = "front_right_door_glass"
    REAR_LEFT_DOOR_GLASS = "rear_left_door_glass"
    REAR_RIGHT_DOOR_GLASS = "rear_right_door_glass"
    REAR_LEFT_QUARTER_GLASS = "rear_left_quarter_glass"
    REAR_RIGHT_QUARTER_GLASS = "rear_right_quarter_glass"
    TYRE = "tyre"
    AIRBAGS = "airbags"

    @property
    def words(self) -> str:
        """The item as people read it.

        >>> Item.REAR_LEFT_QUARTER_GLASS.words
        'rear left quarter glass'
        """
        return self.value.replace("_", " ")


class Task(StrEnum):
    """What a model looks for."""

    DAMAGE = "damage"
    PARTS = "parts"

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """Everything that a model of this task may learn."""
        return tuple(DamageType) if self is Task.DAMAGE else tuple(CarPart)


KINDS: tuple[Kind, ...] = (*DamageType, *CarPart)
"""All damage types, then all parts, in the order of reports."""


def kind_of(value: str) -> Kind:
    """The damage type or part of a name.

    Raises:
        ValueError: there is none of that name.
    """
    known = {kind.value: kind for kind in KINDS}
    if value not in known:
        message = f"{value!r} is neither a damage type nor a part of a car"
        raise ValueError(message)
    return known[value]


class Severity(StrEnum):
    """How bad a damage is, mildest first."""

    MINOR = "minor"
    MODERATE = "moderate"
    SEVERE = "severe"


UNSPECIFIED = "damage"
"""Coachwork's own label for a damage whose type is not stated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelRule:
    """What one foreign label means: a type (perhaps with a severity), or the reason why it is dropped.

    `type` None without `dropped` is a damage whose type the set does not state. With `apart`, every outline part of a
    shape is a shape of its own: the set joins several things, such as all wheels of a car, in one.
    """

    type: Kind | None
    severity: Severity | None = None
    dropped: str | None = None
    apart: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelMap:
    """Ties every label of one annotation set to the taxonomy.

    Attributes:
        name: the map's name, as in ``--label-map``.
        rules: foreign label -> rule.
        annotates: types whose absence in this set means "not there"; any other type is unknown in its photos.
        title, licence, attribution, url: where the set comes from.
        weights_may_ship: whether models trained on the set may be published.
        boxes_as_polygons: the set stores boxes as four-point outlines, which say nothing of the shape.
        passes: a label without a rule is a damage of unstated type, instead of unknown.
    """

    name: str
    rules: Mapping[str, LabelRule]
    annotates: frozenset[Kind]
    title: str = ""
    licence: str = "not stated"
    attribution: str = ""
    url: str = ""
    weights_may_ship: bool = False
    boxes_as_polygons: bool = False
    passes: bool = False

    def rule(self, label: str) -> LabelRule | None:
        """The rule for a foreign label, or None where the map does not know it."""
        return self.rules.get(label, LabelRule(type=None) if self.passes else None)


def identity_label_map() -> LabelMap:
    """The map for files that already use Coachwork's own names."""
    return LabelMap(
        name="coachwork",
        rules={kind.value: LabelRule(type=kind) for kind in DamageType} | {UNSPECIFIED: LabelRule(type=None)},
        annotates=frozenset(DamageType),
        title="Coachwork's own names",
    )


def parts_label_map() -> LabelMap:
    """The map for files that already use Coachwork's own names of parts; they say nothing of damages."""
    return LabelMap(
        name="coachwork-parts",
        rules={part.value: LabelRule(type=part) for part in CarPart},
        annotates=frozenset(CarPart),
        title="Coachwork's own names of parts",
    )


def own_label_maps() -> tuple[LabelMap, ...]:
    """The maps for files that use Coachwork's own names."""
    return identity_label_map(), parts_label_map()


def load_label_maps(path: Path | None = None) -> dict[str, LabelMap]:
    """Reads the label maps from a TOML file, by default the ones that ship with Coachwork.

    Raises:
        TaxonomyError: the file cannot be read, is not TOML, or a rule names an unknown type or severity.
    """
    try:
        text = (path or resources.files("coachwork") / "label_maps.toml").read_text(encoding="utf-8")
        tables = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as broken:
        message = f"{path or 'label_maps.toml'} is not valid TOML: {broken}"
        raise TaxonomyError(message) from broken
    except OSError as error:
        message = f"{path or 'label_maps.toml'} cannot be read: {error.strerror}"
        raise TaxonomyError(message) from error
    maps = {name: _label_map(name, table) for name, table in tables.items()}
    return {label_map.name: label_map for label_map in own_label_maps()} | maps


def _label_map(name: str, table: object) -> LabelMap:
    labels = table.get("labels") if isinstance(table, Mapping) else None
    if not isinstance(table, Mapping) or not isinstance(labels, Mapping):
        message = f"label map {name!r} needs a table [{name}.labels]"
        raise TaxonomyError(message)
    rules = {str(label): _label_rule(name, str(label), meaning) for label, meaning in labels.items()}
    annotates = table.get("annotates")
    kinds = (
        frozenset(_kind(name, str(kind)) for kind in annotates)
        if isinstance(annotates, list)
        else frozenset(rule.type for rule in rules.values() if rule.type is not None)
    )
    return LabelMap(
        name=name,
        rules=rules,
        annotates=kinds,
        title=str(table.get("title", name)),
        licence=str(table.get("licence", "not stated")),
        attribution=str(table.get("attribution", "")),
        url=str(table.get("url", "")),
        weights_may_ship=table.get("weights_may_ship") is True,
        boxes_as_polygons=table.get("boxes_as_polygons") is True,
    )


def _label_rule(name: str, label: str, meaning: object) -> LabelRule:
    if isinstance(meaning, str):
        return LabelRule(type=_kind(name, meaning))
    if isinstance(meaning, Mapping) and isinstance(meaning.get("dropped"), str):
        return LabelRule(type=None, dropped=meaning["dropped"])
    if isinstance(meaning, Mapping) and "type" in meaning:
        severity = meaning.get("severity")
        if severity is not None and severity not in list(Severity):
            message = (
                f"label map {name!r}: {label!r} has the unknown severity {severity!r}; known: {', '.join(Severity)}"
            )
            raise TaxonomyError(message)
        unspecified = meaning["type"] == "unspecified"
        return LabelRule(
            type=None if unspecified else _kind(name, str(meaning["type"])),
            severity=None if severity is None else Severity(severity),
            apart=meaning.get("apart") is True,
        )
    message = f"label map {name!r}: {label!r} needs a type, {{type=..., severity=...}} or {{dropped='reason'}}"
    raise TaxonomyError(message)


def _kind(name: str, value: str) -> Kind:
    try:
        return kind_of(value)
    except ValueError:
        message = f"label map {name!r} names the unknown type {value!r}; known: {', '.join(KINDS)}"
        raise TaxonomyError(message) from None
