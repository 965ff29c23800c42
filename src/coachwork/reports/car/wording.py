"""How the report writes amounts, shares, days and lists: in one way for the page and the document."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
NOT_BREAKING = "\u00a0"
DASH = "\u2013"


def amount_words(amount: Decimal | str, decimals: int) -> str:
    """An amount with its thousands and so many decimals.

    >>> amount_words("1741.2", 2), amount_words(Decimal(0), 2)
    ('1,741.20', '0.00')
    """
    return f"{Decimal(amount):,.{decimals}f}"


def range_words(amounts: Sequence[str], currency: str, decimals: int) -> str:
    """Lower, likely and upper amount as one text.

    >>> range_words(["0", "1741.18", "2533.05"], "USD", 2)
    '1,741.18 USD (0.00 to 2,533.05)'
    """
    lower, likely, upper = (amount_words(one, decimals) for one in amounts)
    told = f"{likely} {currency}"
    return told if lower == upper else f"{told} ({lower} to {upper})"


def percent_words(share: float | None) -> str:
    """A share 0..1 in per cent; a dash where it is not known.

    >>> percent_words(0.805).replace(NOT_BREAKING, " "), percent_words(0.004).replace(NOT_BREAKING, " ")
    ('80 %', '< 1 %')
    """
    if share is None:
        return DASH
    whole = round(100 * share)
    return f"<{NOT_BREAKING}1{NOT_BREAKING}%" if not whole and share else f"{whole}{NOT_BREAKING}%"


def day_words(day: date) -> str:
    """A day that nobody reads as another.

    >>> day_words(date(2026, 3, 4))
    '4 March 2026'
    """
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def counted(count: int, word: str) -> str:
    """So many of a thing.

    >>> counted(1, "photo"), counted(3, "photo")
    ('1 photo', '3 photos')
    """
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def listed(words: Iterable[object]) -> str:
    """Words in a row.

    >>> listed([1, 2, 4])
    '1, 2, 4'
    """
    return ", ".join(str(word) for word in words)


def sentence(text: str) -> str:
    """A text with its capital and its full stop.

    >>> sentence("cannot see: crack")
    'Cannot see: crack.'
    """
    text = text.strip()
    return text if not text else text[0].upper() + text[1:] + ("" if text[-1] in ".!?:" else ".")
