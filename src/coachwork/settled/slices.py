"""Kinds of settled cases, for which the figures are told on their own."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from coachwork.settled.judging import JudgedCase

LEAST = 20
"""Cases from which on a make has a slice of its own; the others stand together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseSlice:
    """Some of the cases.

    Attributes:
        by: what they have in common, such as "damages".
        name: which of these.
        places: of the cases among all, from 0; at least one.
    """

    by: str
    name: str
    places: tuple[int, ...]


def slices_of(judged: Sequence[JudgedCase]) -> tuple[CaseSlice, ...]:
    """At least one case, by number of damages, by estimate, by what is open, by body and by make."""
    told: list[tuple[str, Sequence[str], Sequence[str]]] = [
        ("damages", [_damages(one) for one in judged], ("none", "1", "2 or 3", "4 and more")),
        ("likely total", *_thirds(judged)),
        ("open", ["something open" if one.proposal.open else "nothing open" for one in judged], ()),
        ("body", [_body(one) for one in judged], ()),
        ("make", _makes(judged), ()),
    ]
    return tuple(one for by, names, order in told for one in _sliced(by, names, order))


def _sliced(by: str, names: Sequence[str], order: Sequence[str]) -> Iterator[CaseSlice]:
    ranks = {name: place for place, name in enumerate(order)}
    for name in sorted(set(names), key=lambda name: (ranks.get(name, 0), name)):
        yield CaseSlice(by=by, name=name, places=tuple(place for place, one in enumerate(names) if one == name))


def _damages(one: JudgedCase) -> str:
    if one.damages is None:
        return "not looked at"
    return ("none", "1", "2 or 3", "2 or 3", "4 and more")[min(one.damages, 4)]


def _thirds(judged: Sequence[JudgedCase]) -> tuple[list[str], tuple[str, ...]]:
    """By the estimate, in three classes of like size; the bill is not known beforehand, and would sort by the error."""
    totals = [one.proposal.likely for one in judged]
    known = [float(total) for total in totals if total is not None]
    if not known:
        return ["not told"] * len(judged), ()
    low, high = (float(np.round(end, -1)) for end in np.quantile(known, [1 / 3, 2 / 3]))
    names = (f"up to {low:,.0f}", f"{low:,.0f} to {high:,.0f}", f"above {high:,.0f}", "not told")
    places = [3 if total is None else int(total > low) + int(total > high) for total in totals]
    return [names[place] for place in places], names


def _body(one: JudgedCase) -> str:
    return "unknown" if one.case.vehicle.body is None else one.case.vehicle.body.value


def _makes(judged: Sequence[JudgedCase]) -> list[str]:
    makes = [one.case.vehicle.make.strip() or "unknown" for one in judged]
    counts = Counter(makes)
    return [make if counts[make] >= LEAST else "other makes" for make in makes]
