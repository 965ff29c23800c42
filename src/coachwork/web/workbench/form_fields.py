"""Fields of the workbench's forms, read as what they mean."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TypeVar

from coachwork.cases.problems import CaseRefused
from coachwork.inspections.views import PhotoView

_Choice = TypeVar("_Choice", bound=StrEnum)


def chosen(form: Mapping[str, str], key: str, choices: type[_Choice]) -> _Choice:
    """One of some choices.

    Raises:
        CaseRefused: it is none of them.
    """
    value = form.get(key, "")
    if value not in list(choices):
        message = f"choose a {key}"
        raise CaseRefused(message)
    return choices(value)


def whole_number(form: Mapping[str, str], key: str) -> int:
    """A whole number that a page put into its form.

    Raises:
        CaseRefused: it is none.
    """
    value = form.get(key, "")
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        message = "the page is of another version: load it anew"
        raise CaseRefused(message)
    return int(value)


def amount_of(text: str) -> Decimal | None:
    """An amount as people type it, with a point or a comma before the cents; None of nothing.

    Raises:
        CaseRefused: it cannot be read.
    """
    bare = text.strip().replace("\u202f", "").replace("\u00a0", "").replace(" ", "").replace("'", "")
    if not bare:
        return None
    last = max(bare.rfind(","), bare.rfind("."))
    if last >= 0:
        whole, cents = bare[:last].replace(",", "").replace(".", ""), bare[last + 1 :]
        alone = len(whole) == last
        bare = "?" if alone and len(cents) == 3 else f"{whole}.{cents}"  # 1.500 is read differently by country
    try:
        amount = Decimal(bare)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite():
        message = "the amount could not be read: write it as 1234.50"
        raise CaseRefused(message)
    return amount


def views_of_form(form: Mapping[str, str]) -> tuple[PhotoView, ...]:
    """The views that were ticked."""
    return tuple(view for view in PhotoView if form.get(f"view_{view.value}") == "1")
