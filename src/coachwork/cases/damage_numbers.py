"""One number for one damage of a case, for its whole life: in tables, pictures, estimates, documents and the API.

Numbers are given from 1 in the order in which damages become known, by the models or by a person, and are never given
again, whatever is deleted later. When a case is assessed anew, with more photos or by other models, a damage is known
again by the places on its photos where it was seen before.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from coachwork.geometry.box import box_iou

ADDED = "added"
_SAME_PLACE = 0.5
"""From this IoU of boxes on one photo on two models are taken to speak of one damage."""
_TYPE_AND_BOX = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownDamage:
    """Where a damage was seen before.

    Attributes:
        key: see `view_key` and `added_key`.
        number: of the damage.
    """

    key: str
    number: int


def number_of(damage: Mapping[str, Any], place: int) -> int:
    """The number of a damage of ``coachwork.inspection/1``; where it tells none, its place counted from 1.

    Args:
        damage: of the inspection.
        place: among its damages, from 0.
    """
    number: int = damage.get("number", place + 1)
    return number


def name_of(number: int) -> str:
    """By which estimates and reasons call a damage.

    >>> name_of(3)
    'damage 3'
    """
    return f"damage {number}"


def view_key(photo: Mapping[str, Any], place: int) -> str:
    """By which a damage is known: its photo, its type and its box there, in whole pixels.

    Args:
        photo: of the inspection.
        place: of the damage among those of the photo.
    """
    damage = photo["damages"][place]
    edges = ",".join(f"{edge:.0f}" for edge in damage["box"])
    return f"{photo['photo']['sha256'][:16]}:{damage['type']}:{edges}"


def view_keys(inspection: Mapping[str, Any], damage: Mapping[str, Any]) -> list[str]:
    """The keys of all views of a damage of an inspection, the surest one first."""
    return [view_key(inspection["photos"][view["photo"]], view["damage"]) for view in damage["views"]]


def added_key(correction: int) -> str:
    """By which a damage is known that a person added by the correction of a number."""
    return f"{ADDED}:{correction}"


def known_damages(inspection: Mapping[str, Any]) -> list[KnownDamage]:
    """The damages of an inspection, by each of their views."""
    return [
        KnownDamage(key=key, number=number_of(damage, place))
        for place, damage in enumerate(inspection.get("damages", ()))
        for key in view_keys(inspection, damage)
    ]


def numbered(inspection: Mapping[str, Any], known: Sequence[KnownDamage] = ()) -> dict[str, Any]:
    """The inspection with a `number` in each damage, and the damages in the order of their numbers.

    Args:
        inspection: ``coachwork.inspection/1``.
        known: damages that the case had before, those that people added among them.
    """
    damages = inspection["damages"]
    keys = [view_keys(inspection, damage) for damage in damages]
    numbers: dict[int, int] = {}
    for _, number, _, place in sorted(_candidates(keys, known)):
        if place not in numbers and number not in numbers.values():
            numbers[place] = number
    following = max((one.number for one in known), default=0) + 1
    for place in range(len(damages)):
        if place not in numbers:
            numbers[place] = following
            following += 1
    told = ({**damage, "number": numbers[place]} for place, damage in enumerate(damages))
    return {**inspection, "damages": sorted(told, key=lambda one: int(one["number"]))}


def _candidates(
    keys: Sequence[Sequence[str]], known: Sequence[KnownDamage]
) -> Iterator[tuple[float, int, Sequence[str], int]]:
    """(rank, number, keys, place) of what may be one: by how many views they share, else by how well their boxes agree.

    Among those of one rank the keys decide, not the places: numbers do not depend on the order of the damages.
    """
    numbers = {one.key: one.number for one in known}
    for place, own in enumerate(keys):
        shared = Counter(numbers[key] for key in own if key in numbers)
        for number, count in shared.items():
            yield -2.0 - count, number, own, place
        for one in known if not shared else ():
            agreement = max((_agreement(key, one.key) for key in own), default=0.0)
            if agreement >= _SAME_PLACE:
                yield -agreement, one.number, own, place


def _agreement(first: str, second: str) -> float:
    """IoU of the boxes that two keys tell of one photo, and 1 more where the type is the same; 0 where none is told."""
    (photo, *rest), (other, *others) = first.split(":"), second.split(":")
    if photo != other or len(rest) != _TYPE_AND_BOX or len(others) != _TYPE_AND_BOX:
        return 0.0
    (kind, edges), (other_kind, other_edges) = rest, others
    boxes = [np.array([[float(edge) for edge in told.split(",")]]) for told in (edges, other_edges)]
    overlap = float(box_iou(boxes[0], boxes[1])[0, 0])
    return overlap + (kind == other_kind and overlap >= _SAME_PLACE)


def standing_numbers(
    standing: Sequence[Mapping[str, Any]], inspection: Mapping[str, Any]
) -> Sequence[Mapping[str, Any]]:
    """The damages that stand of results, each with its number; results from before damages had them tell none.

    Args:
        standing: ``damages`` of the results.
        inspection: of the same results.
    """
    if all("number" in one for one in standing):
        return standing
    found, last = [], len(inspection["damages"])
    for one in standing:
        word, _, number = one["name"].rpartition(" ")
        last += word == ADDED
        found.append({**one, "number": last if word == ADDED else int(number)})
    return found
