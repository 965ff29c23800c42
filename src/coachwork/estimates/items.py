"""What an estimate knows of items: whose work they are, what they are made of, and what lies beside them."""

from collections.abc import Mapping
from enum import StrEnum

from coachwork.taxonomy import CarPart, DamageType, Item


class LabourClass(StrEnum):
    """Whose hour it is."""

    BODY = "body"
    REFINISH = "refinish"
    MECHANICAL = "mechanical"
    STRUCTURAL = "structural"
    GLASS = "glass"


class Material(StrEnum):
    """What an item is made of, as far as the way of repair depends on it."""

    METAL = "metal"
    PLASTIC = "plastic"
    GLASS = "glass"
    LAMP = "lamp"
    WHEEL = "wheel"
    TYRE = "tyre"
    AIRBAG = "airbag"


_MATERIALS: Mapping[str, Material] = {
    "bumper": Material.PLASTIC,
    "mirror": Material.PLASTIC,
    "lamp": Material.LAMP,
    "headlamp": Material.LAMP,
    "glass": Material.GLASS,
    "windscreen": Material.GLASS,
    "window": Material.GLASS,
    "wheel": Material.WHEEL,
    "tyre": Material.TYRE,
    "airbags": Material.AIRBAG,
}
_WELDED_ENDS = ("sill", "roof", "rear_left_wing", "rear_right_wing")


def material_of(item: Item) -> Material:
    """What the item is made of; what the names do not tell is metal.

    >>> material_of(Item.FRONT_BUMPER).value, material_of(Item.REAR_LEFT_WING).value
    ('plastic', 'metal')
    """
    return _MATERIALS.get(item.value.rsplit("_", 1)[-1], Material.METAL)


def is_painted(item: Item) -> bool:
    """Whether the item carries the car's paint."""
    return material_of(item) in {Material.METAL, Material.PLASTIC}


def is_welded(item: Item) -> bool:
    """Whether the item is part of the body: roof, sills and rear wings are not bolted on.

    >>> is_welded(Item.ROOF), is_welded(Item.FRONT_LEFT_WING), is_welded(Item.REAR_LEFT_QUARTER_GLASS)
    (True, False, False)
    """
    return item.value.endswith(_WELDED_ENDS)


def fitting_class(item: Item) -> LabourClass:
    """Whose hours replacing the item takes: welded panels are structural work, glass is the glazier's."""
    if is_welded(item):
        return LabourClass.STRUCTURAL
    classes = {
        Material.GLASS: LabourClass.GLASS,
        Material.TYRE: LabourClass.MECHANICAL,
        Material.WHEEL: LabourClass.MECHANICAL,
        Material.AIRBAG: LabourClass.MECHANICAL,
    }
    return classes.get(material_of(item), LabourClass.BODY)


def _both_ways(pairs: tuple[tuple[str, str], ...]) -> Mapping[Item, frozenset[Item]]:
    found: dict[Item, set[Item]] = {item: set() for item in Item}
    for one, other in pairs:
        found[Item(one)].add(Item(other))
        found[Item(other)].add(Item(one))
    return {item: frozenset(others) for item, others in found.items()}


def _sides(*pairs: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((one.format(side), other.format(side)) for side in ("left", "right") for one, other in pairs)


NEIGHBOURS: Mapping[Item, frozenset[Item]] = _both_ways(
    (
        *_sides(
            ("front_bumper", "front_{}_wing"),
            ("bonnet", "front_{}_wing"),
            ("front_{}_wing", "front_{}_door"),
            ("front_{}_door", "rear_{}_door"),
            ("front_{}_door", "{}_sill"),
            ("rear_{}_door", "{}_sill"),
            ("rear_{}_door", "rear_{}_wing"),
            ("{}_sill", "rear_{}_wing"),
            ("roof", "rear_{}_wing"),
            ("rear_{}_wing", "boot_lid"),
            ("rear_{}_wing", "tailgate_or_load_bed"),
            ("rear_{}_wing", "rear_bumper"),
        ),
        ("boot_lid", "tailgate_or_load_bed"),
        ("boot_lid", "rear_bumper"),
        ("tailgate_or_load_bed", "rear_bumper"),
    )
)
"""Painted items that share an edge: there paint times overlap, and metallic colours are blended."""

_GLASS_ON: Mapping[CarPart, str] = {
    CarPart.FRONT_LEFT_DOOR: "front_left_door_glass",
    CarPart.FRONT_RIGHT_DOOR: "front_right_door_glass",
    CarPart.REAR_LEFT_DOOR: "rear_left_door_glass",
    CarPart.REAR_RIGHT_DOOR: "rear_right_door_glass",
    CarPart.REAR_LEFT_WING: "rear_left_quarter_glass",
    CarPart.REAR_RIGHT_WING: "rear_right_quarter_glass",
    CarPart.BOOT_LID: "rear_window",
    CarPart.TAILGATE_OR_LOAD_BED: "rear_window",
    CarPart.BONNET: "windscreen",
}
_LAMP_ON: Mapping[CarPart, str] = {
    CarPart.FRONT_LEFT_WING: "left_headlamp",
    CarPart.FRONT_RIGHT_WING: "right_headlamp",
    CarPart.REAR_LEFT_WING: "left_tail_lamp",
    CarPart.REAR_RIGHT_WING: "right_tail_lamp",
}
_HAS_GLASS = {Material.GLASS, Material.LAMP}


def item_of(type_: DamageType, part: CarPart | None) -> Item | None:
    """What a damage asks to be repaired or replaced; None where the part does not tell it.

    Broken glass on a door is the door's glass; a broken lamp on a wing is the lamp that sits there.

    >>> item_of(DamageType.BROKEN_GLASS, CarPart.FRONT_LEFT_DOOR).value
    'front_left_door_glass'
    >>> item_of(DamageType.BROKEN_LAMP, CarPart.FRONT_BUMPER) is None
    True
    """
    if type_ is DamageType.DEPLOYED_AIRBAG:
        return Item("airbags")
    if type_ is DamageType.FLAT_TIRE:
        return Item("tyre")
    if part is None:
        return None
    own = Item(part.value)
    if type_ is DamageType.BROKEN_GLASS:
        glazed = material_of(own) in _HAS_GLASS or "mirror" in part.value
        return own if glazed else _item(_GLASS_ON.get(part))
    if type_ is DamageType.BROKEN_LAMP:
        return own if material_of(own) is Material.LAMP else _item(_LAMP_ON.get(part))
    return own


def _item(name: str | None) -> Item | None:
    return None if name is None else Item(name)
