"""Number plates as read from photos: whether two readings are of one plate.

Readings are wrong at times: letters that look alike count as the same, a plate that is cut off or half hidden fits the
whole one, and what was not read surely says nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

_ALIKE = ("0OQD", "1IL", "2Z", "5S", "8B", "6G", "7T", "VY", "UV", "MN", "HN", "KX")
_ALIKE_COST = 0.3
LEAST_LETTERS = 4
"""Shorter readings are held against nothing."""
_SURE = 0.6
_APART = 0.4
"""Readings are of two plates where so large a share of the shorter one's characters would have to be others."""
_LEAST_APART = 2.0
_CUT_COST = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateReading:
    """The plate of the car that a photo is about.

    Attributes:
        name: of the photo.
        text: letters and digits that were read.
        sureness: of the least sure character, 0..1.
    """

    name: str
    text: str
    sureness: float


def is_told(reading: PlateReading) -> bool:
    """Whether a reading is sure and long enough to be held against another."""
    return len(reading.text) >= LEAST_LETTERS and reading.sureness >= _SURE


def are_two_plates(first: str, second: str) -> bool:
    """Whether no misreading and no cut explains that both are one plate.

    Args:
        first: letters and digits, capitals.
        second: the same.

    >>> are_two_plates("34LZ1039", "48LP819"), are_two_plates("34LZ1039", "34LZI0")
    (True, False)
    """
    short, long = sorted((first, second), key=len)
    if len(short) < LEAST_LETTERS:
        return False
    apart = min(_cost_within(short, long), _cost_overlapping(short, long))
    return apart >= max(_LEAST_APART, _APART * len(short))


def two_plates(readings: Sequence[PlateReading]) -> Iterator[tuple[PlateReading, PlateReading]]:
    """Pairs of photos whose plates were read surely and differ, the surest first."""
    sure = sorted((one for one in readings if is_told(one)), key=lambda one: (-one.sureness, one.name))
    return (pair for pair in combinations(sure, 2) if are_two_plates(pair[0].text, pair[1].text))


def plain(plate: str) -> str:
    """A plate's letters and digits, capitals.

    >>> plain("34 lz-1039")
    '34LZ1039'
    """
    return "".join(letter for letter in plate.upper() if letter.isascii() and letter.isalnum())


def _cost_within(short: str, long: str) -> float:
    """Least cost of changes that make the shorter text a part of the longer one."""
    row = [0.0] * (len(long) + 1)
    for place, letter in enumerate(short, start=1):
        row = _next_row(row, letter, long, place)
    return min(row)


def _cost_overlapping(short: str, long: str) -> float:
    """Least cost where one text's end is the other's beginning, over at least four characters: each was cut off."""
    least = float(len(short))
    for shared in range(LEAST_LETTERS, len(short)):
        for head, tail in ((short[:shared], long[-shared:]), (long[:shared], short[-shared:])):
            cost = sum(_cost(a, b) for a, b in zip(head, tail, strict=True))
            least = min(least, cost + _CUT_COST)
    return least


def _next_row(row: list[float], letter: str, long: str, place: int) -> list[float]:
    following = [float(place)]
    for at, other in enumerate(long, start=1):
        following.append(min(row[at - 1] + _cost(letter, other), row[at] + 1, following[at - 1] + 1))
    return following


def _cost(first: str, second: str) -> float:
    if first == second:
        return 0.0
    return _ALIKE_COST if any(first in group and second in group for group in _ALIKE) else 1.0
