"""What a KPI is: its name, its formula in words, its unit, and what it takes to state it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from coachwork.kpis.costs import Costs
from coachwork.kpis.record import CaseRecord


class Unit(StrEnum):
    """What a figure counts in."""

    COUNT = "count"
    SHARE = "share"
    RELATIVE = "relative"
    HOURS = "hours"
    SECONDS = "seconds"
    MONEY = "money"
    LEVEL = "level"


class Direction(StrEnum):
    """Where a figure ought to go."""

    UP = "up"
    DOWN = "down"
    ZERO = "zero"
    NONE = "none"


class Group(StrEnum):
    """Whose figure it is."""

    BUSINESS = "business"
    MODEL = "model"


class Missing(StrEnum):
    """Why a figure cannot be stated."""

    TOO_FEW = "too_few"
    NO_COSTS = "no_costs"
    NO_SIGNALS = "no_signals"

    @property
    def words(self) -> str:
        """As people read it."""
        return _MISSING[self][0]

    @property
    def remedy(self) -> str:
        """What to do for a figure, one sentence without full stop."""
        return _MISSING[self][1]


_MISSING = {
    Missing.TOO_FEW: ("too few", "`coachwork kpis --explain` says how many it takes; more --months hold more"),
    Missing.NO_COSTS: ("no costs", "name a TOML file of costs in COACHWORK_COSTS, see docs/kpis.md"),
    Missing.NO_SIGNALS: (
        "not checked",
        "no check saw enough photos: `coachwork pipelines run monitoring` makes one, `coachwork pipelines serve` many",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiFigure:
    """One stated figure.

    Attributes:
        value: in the KPI's unit; None where it cannot be stated.
        low, high: ends of a 95 % interval; None where there is none.
        count: cases that it rests on (of KPIs whose `counted` says otherwise, those).
        missing: why there is no value.
        currency: of money; empty else.
    """

    value: float | None
    count: int
    low: float | None = None
    high: float | None = None
    missing: Missing | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """What a figure is stated for, beside its cases.

    Attributes:
        months: how many months it spans, the running one as far as it went.
        costs: None where none are told.
        drift: the worst level that monitoring raised: 0 ok, 1 drift, 2 beyond threshold; None where nothing was
            watched.
        watched: photos whose signals were looked at for that.
    """

    months: float = 1.0
    costs: Costs | None = None
    drift: int | None = None
    watched: int = 0


Computed = Callable[[Sequence[CaseRecord], Period], KpiFigure]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpi:
    """The definition of one KPI.

    Attributes:
        name: for programs, and in catalogues of sentences.
        title: for people.
        formula: in words.
        group, unit, direction: see there.
        needs: what must be there for it.
        source: of the definition, and what it assumes; empty where the formula says all.
        counted: what `KpiFigure.count` counts.
        least: of those, for a value to be stated.
        month: the moment by which a case falls into a month; None: it does not count.
        compute: its figure for cases that fall into a period.
    """

    name: str
    title: str
    formula: str
    group: Group
    unit: Unit
    direction: Direction
    needs: str
    month: Callable[[CaseRecord], datetime | None]
    compute: Computed
    source: str = ""
    counted: str = "cases"
    least: int = 1

    def figure(self, records: Sequence[CaseRecord], period: Period) -> KpiFigure:
        """The figure of cases that fall into a period; without a value where they are too few."""
        found = self.compute([one for one in records if self.month(one) is not None], period)
        if found.missing is None and found.count < self.least:
            return KpiFigure(value=None, count=found.count, missing=Missing.TOO_FEW)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiRow:
    """A KPI over some months.

    Attributes:
        kpi: which.
        whole: over all of them.
        by_month: first day of the month, such as 2026-03 -> figure.
    """

    kpi: Kpi
    whole: KpiFigure
    by_month: Mapping[str, KpiFigure] = field(default_factory=dict)
