"""Pages of the workbench with the words that all of them need: moments, ages, names of what the core knows."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from coachwork.cases.people import Session
from coachwork.claims.settlement import Route
from coachwork.storage.columns import now
from coachwork.web.customer.advice import advice_in
from coachwork.web.pages import amount_words, page, strings_for
from coachwork.web.strings import Strings, strings
from coachwork.web.wording import day_words, number_words, term

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.+]+)?")
_HELPERS = ("moment", "ago", "route", "money", "term", "percent", "options", "advice", "figure", "charge")


def work_page(
    request: Request, template: str, session: Session | None = None, *, status: int = 200, **values: Any
) -> HTMLResponse:
    """A page of the workbench; `session` is None for whoever is not signed in."""
    words = Words(strings_for(request))
    helpers = {name: getattr(words, name) for name in _HELPERS}
    return page(request, f"workbench/{template}", status=status, session=session, **helpers, **values)


class Words:
    """What the templates call to put values into words."""

    def __init__(self, t: Strings) -> None:
        """Speaks the language of the strings."""
        self._t = t

    def moment(self, at: datetime) -> str:
        """A moment in UTC."""
        day = self._t("base.day", day=at.day, month=self._t(f"base.month.{at.month}"), year=at.year)
        return f"{day}, {at.astimezone(UTC):%H:%M} UTC"

    def ago(self, at: datetime) -> str:
        """How long ago, in the largest unit that fits."""
        seconds = max(int((now() - at).total_seconds()), 0)
        for unit, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
            if seconds >= length:
                return self._t(f"workbench.ago.{unit}", count=seconds // length)
        return self._t("workbench.ago.now")

    def route(self, value: str) -> str:
        """A settlement's route."""
        return self.term("route", Route(value).name) if value in list(Route) else value

    def money(self, amount: str | Decimal | None, currency: str | None = "") -> str:
        """An amount with its currency, with two decimals at least."""
        if amount is None:
            return ""
        try:
            told = Decimal(amount)
        except InvalidOperation:
            return str(amount)
        words = amount_words(told.quantize(Decimal("0.01")), self._t.language)
        return f"{words}\u00a0{currency or ''}".strip()

    def percent(self, share: float | None) -> str:
        """A share 0..1 in whole per cent."""
        return "\N{EN DASH}" if share is None else f"{share * 100:.0f}\u00a0%"

    def term(self, kind: str, value: str | None) -> str:
        """A word of the trade in the reader's language; as it is where the catalogue has none."""
        if value is None:
            return self._t("workbench.unknown")
        return term(kind, str(value), self._t)

    def advice(self, sentences: Iterable[str]) -> list[str]:
        """What was advised on a photo when it was added."""
        return advice_in(self._t, sentences)

    def figure(self, key: str, value: str) -> str:
        """A figure of a sign of fraud: numbers and days as the language writes them, colours in its words."""
        if _NUMBER.fullmatch(value):
            return number_words(Decimal(value), self._t.language)
        if _DAY.fullmatch(value):
            day = day_words(date.fromisoformat(value[:10]), self._t)
            return f"{day}, {value[11:16]}" if len(value) > 10 else day
        return self.term("colour", value) if key in {"first", "second"} else self.term("part", value)

    def charge(self, charges: str, entry: str) -> str:
        """What an entry of a list of charges is for; its name where the list is none that ships."""
        key = f"schemes.{charges}.entries.{entry}"
        return self._t(key) if key in self._t else entry

    def options(self, kind: str, values: Sequence[str], chosen: str | None) -> Markup:
        """Choices of a list as HTML, in the reader's language, one of them chosen or none."""
        known = _options(self._t.language, kind, tuple(values))
        return Markup(  # noqa: S704 (pieces that were escaped when they were made)
            "".join(one.replace("<option", "<option selected", 1) if value == chosen else one for value, one in known)
        )


@lru_cache(maxsize=200)
def _options(language: str, kind: str, values: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Each value with its piece of HTML: the same lists stand on a page dozens of times."""
    words = Words(strings(language))
    piece = Markup('<option value="{}">{}</option>')
    return tuple((value, str(piece.format(value, words.term(kind, value)))) for value in map(str, values))
