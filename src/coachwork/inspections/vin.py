"""Vehicle identification numbers: 17 characters (ISO 3779), in some markets with a check digit among them.

The check digit, the ninth character, is required for cars built for North America (49 CFR 565.15 and the like in Canada
and Mexico) and for China (GB 16735). Elsewhere the place is the maker's to use, so a digit that does not fit says
nothing there, and even where it is required it calls for a second look at the papers rather than for a refusal.
"""

import re

from coachwork.reasons import Reason, said

LENGTH = 17

_ALLOWED = re.compile(r"[A-HJ-NPR-Z0-9]{17}")
_CHARACTERS = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ"
_VALUES = dict(zip(_CHARACTERS, (*range(10), *range(1, 9), *range(1, 6), 7, 9, *range(2, 10)), strict=True))
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_CHECK_PLACE = 8
_CHECKED = frozenset("12345L")
"""First characters of makers in North America (1 to 5) and China (L)."""


def tidy_vin(text: str) -> str:
    """A number as it is compared and written: capitals, without spaces and hyphens.

    >>> tidy_vin("1m8gdm9a xkp042788")
    '1M8GDM9AXKP042788'
    """
    return re.sub(r"[\s-]", "", text).upper()


def vin_fault(vin: str) -> str | None:
    """Why a tidy text is no VIN, or None.

    >>> vin_fault("1M8GDM9AXKP04278O")
    'holds O, which no VIN holds: I, O and Q are left out as they look like 1 and 0'
    """
    if len(vin) != LENGTH:
        return f"has {len(vin)} characters and must have {LENGTH}"
    misread = sorted(set(vin) & set("IOQ"))
    if misread:
        return f"holds {' and '.join(misread)}, which no VIN holds: I, O and Q are left out as they look like 1 and 0"
    if not _ALLOWED.fullmatch(vin):
        return "must hold letters A to Z and digits alone"
    return None


def check_digit(vin: str) -> str:
    """The ninth character that the other sixteen ask for.

    >>> check_digit("1M8GDM9A_KP042788")
    'X'
    """
    total = sum(
        _VALUES[character] * weight
        for place, (character, weight) in enumerate(zip(vin, _WEIGHTS, strict=True))
        if place != _CHECK_PLACE
    )
    return "0123456789X"[total % 11]


def vin_doubt(vin: str) -> Reason | None:
    """A sentence where a VIN should have a check digit and it does not fit; None else.

    Args:
        vin: one without a fault.

    >>> vin_doubt("1M8GDM9A1KP042788")
    'the VIN 1M8GDM9A1KP042788 has the check digit 1 where X would fit: compare it with the papers'
    >>> vin_doubt("WVWZZZ1KZAW000001") is None  # European: no check digit is required
    True
    """
    if vin[0] not in _CHECKED or vin[_CHECK_PLACE] == check_digit(vin):
        return None
    wanted = check_digit(vin)
    return said("vehicle.vin_doubt", vin=vin, digit=vin[_CHECK_PLACE], wanted=wanted)
