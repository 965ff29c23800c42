"""Reasons of the core in the language of a page: the catalogue's sentence, with that language's numbers, days, words.

A sentence without a code, that a person wrote or that was kept before reasons had codes, is shown as it is. Where a
page is in another language, such a sentence of the program's is marked as English for browsers and screen readers.
"""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache

from markupsafe import Markup, escape

from coachwork.reasons import Reason, Wording
from coachwork.web.strings import DEFAULT, Strings, entries, strings

_DECIMAL_COMMA = {"de"}
_DAMAGE = re.compile(r"damage ([0-9]+)")


class PageWording(Wording):
    """How pages in one language put what the core says."""

    def __init__(self, t: Strings) -> None:
        """Takes the sentences of the language."""
        self._t = t

    def template(self, code: str) -> str:
        """See `Wording.template`."""
        return self._t.template(f"reason.{code}")

    def number(self, value: Decimal) -> str:
        """See `Wording.number`."""
        return number_words(value, self._t.language)

    def percent(self, share: Decimal) -> str:
        """See `Wording.percent`."""
        return f"{self.number(Decimal(f'{(share * 100).normalize():f}'))} %"

    def day(self, day: date) -> str:
        """See `Wording.day`."""
        return day_words(day, self._t)

    def date(self, day: date) -> str:
        """See `Wording.date`."""
        return self.day(day)

    def words(self, sentence: str) -> str:
        """See `Wording.words`."""
        return told(sentence, self._t)

    def term(self, kind: str, value: str) -> str:
        """See `Wording.term`."""
        return term(kind, value, self._t)


def term(kind: str, value: str, t: Strings) -> str:
    """A word of the trade in the reader's language; as it is where the catalogue has none."""
    found = _DAMAGE.fullmatch(value) if kind == "damage" else None
    if found:
        return t("trade.damage", number=found[1])
    if kind == "scheme":
        return scheme_words(value, t) or value
    keys = (f"workbench.{kind}.{value}", f"trade.{kind}.{value}")
    return next((t(key) for key in keys if key in t), value if kind == "damage" else value.replace("_", " "))


def scheme_words(words: str, t: Strings) -> str | None:
    """What a scheme or a list of charges says, in the reader's language; None of one that does not ship."""
    key = _schemes().get(words)
    return None if key is None else t(key)


def told(sentence: str, t: Strings) -> str:
    """What the core says, in the language of the strings; a sentence that has no code stays as it is.

    >>> from coachwork.reasons import said
    >>> told(said("payout.limit", limit=Decimal("20000.00")), strings("de"))
    'höchstens die Versicherungssumme von 20.000,00'
    """
    return str(sentence) if (words := _translated(sentence, t)) is None else words


def told_html(sentence: str, t: Strings, *, whole: bool = False) -> str:
    """The same for pages: what stays English in a page of another language is marked so.

    Args:
        sentence: what is said.
        t: of the reader's language.
        whole: whether a clause is made a sentence, with its capital and its full stop.
    """
    words = _translated(sentence, t)
    text = str(sentence) if words is None else words
    if whole and text:
        text = f"{text[0].upper()}{text[1:]}."
    if words is not None or t.language == DEFAULT or not text:
        return escape(text)
    return Markup('<span lang="en">{}</span>').format(text)


def reason_of(error: Exception) -> str:
    """Why something was refused: the reason that the error was made of, else what it says."""
    first = error.args[0] if error.args else None
    return first if isinstance(first, Reason) else str(error)


def within(sentence: str, name: str) -> str:
    """A reason that is a parameter of another; what follows the colon where the sentence has no code."""
    inner = sentence.parameters.get(name) if isinstance(sentence, Reason) else None
    rest = sentence.partition(": ")[2]
    return Reason(rest, inner["code"], inner["parameters"]) if isinstance(inner, dict) else rest


def number_words(value: Decimal, language: str) -> str:
    """A number with its decimals as they are, as the language writes it.

    >>> number_words(Decimal("1741.20"), "en"), number_words(Decimal("1741.20"), "de")
    ('1,741.20', '1.741,20')
    """
    text = f"{value:,f}"
    return text.translate(str.maketrans(",.", ".,")) if language in _DECIMAL_COMMA else text


def day_words(day: date, t: Strings) -> str:
    """A day with its month in words."""
    return t("base.day", day=day.day, month=t(f"base.month.{day.month}"), year=day.year)


def _translated(sentence: str, t: Strings) -> str | None:
    """None where it stays as it is."""
    if t.language == DEFAULT:
        return None
    if not isinstance(sentence, Reason):
        return scheme_words(sentence, t)
    try:
        return wording(t.language).told(sentence.code, sentence.parameters)
    except (ArithmeticError, KeyError, TypeError, ValueError):  # of a later version, or not as Coachwork writes it
        return None


@cache
def _schemes() -> Mapping[str, str]:
    """Words of what ships -> their key."""
    return {text: key for key, text in entries(DEFAULT).items() if key.startswith("schemes.")}


@cache
def wording(language: str) -> PageWording:
    """How reports and pages in a language put what the core says.

    Raises:
        KeyError: pages do not speak it.
    """
    return PageWording(strings(language))
