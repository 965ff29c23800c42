"""How the report writes amounts, shares, days and lists: in one way for the page and the document."""

from collections.abc import Iterable, Sequence

from coachwork.reasons import ENGLISH, Wording

NOT_BREAKING = "\u00a0"
DASH = "\u2013"


def range_words(amounts: Sequence[str], currency: str, decimals: int, w: Wording = ENGLISH) -> str:
    """Lower, likely and upper amount as one text.

    >>> range_words(["0", "1741.18", "2533.05"], "USD", 2)
    '1,741.18 USD (0.00 to 2,533.05)'
    """
    lower, likely, upper = (w.amount(one, decimals) for one in amounts)
    told = f"{likely} {currency}"
    return told if lower == upper else f"{told} ({w.say('report.bounds', lower=lower, upper=upper)})"


def percent_words(share: float | None) -> str:
    """A share 0..1 in per cent; a dash where it is not known.

    >>> percent_words(0.805).replace(NOT_BREAKING, " "), percent_words(0.004).replace(NOT_BREAKING, " ")
    ('80 %', '< 1 %')
    """
    if share is None:
        return DASH
    whole = round(100 * share)
    return f"<{NOT_BREAKING}1{NOT_BREAKING}%" if not whole and share else f"{whole}{NOT_BREAKING}%"


def counted(code: str, count: int, w: Wording = ENGLISH) -> str:
    """So many of a thing, by the sentences of one and of several.

    >>> counted("report.photos", 1), counted("report.photos", 3)
    ('1 photo', '3 photos')
    """
    return w.say(f"{code}_one" if count == 1 else f"{code}_many", count=count)


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
