"""KPIs over months: the whole of them and each by itself, as plain values and as CSV."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from coachwork.errors import CoachworkError
from coachwork.kpis.catalogue import KPIS
from coachwork.kpis.definition import Kpi, KpiFigure, KpiRow, Period
from coachwork.kpis.record import CaseRecord

SCHEMA = "coachwork.kpis/1"
MOST_MONTHS = 60
_COLUMNS = ("kpi", "month", "value", "low", "high", "count", "counted", "unit", "currency", "missing", "tenant")


class MonthsRefused(CoachworkError):
    """Months that KPIs cannot be stated for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Months:
    """Whole months, UTC.

    Attributes:
        first, last: first days of the first and the last month.
    """

    first: date
    last: date

    def __post_init__(self) -> None:
        """Refuses what is no stretch of months.

        Raises:
            MonthsRefused: the last lies before the first, or they are too many.
        """
        if self.first > self.last or len(self.names) > MOST_MONTHS:
            told = f"{self.first:%Y-%m} to {self.last:%Y-%m}"
            message = f"{told} are none, or more than {MOST_MONTHS} months: name the first one first"
            raise MonthsRefused(message)

    @property
    def names(self) -> tuple[str, ...]:
        """Such as 2026-03, the first one first."""
        start, end = self.first.year * 12 + self.first.month - 1, self.last.year * 12 + self.last.month - 1
        return tuple(f"{number // 12:04d}-{number % 12 + 1:02d}" for number in range(start, end + 1))

    @property
    def since(self) -> datetime:
        """The first moment."""
        return datetime(self.first.year, self.first.month, 1, tzinfo=UTC)

    @property
    def until(self) -> datetime:
        """The first moment after."""
        return month_after(self.last)


def last_months(count: int, today: date) -> Months:
    """So many months up to the running one.

    >>> last_months(3, date(2026, 2, 5)).names
    ('2025-12', '2026-01', '2026-02')
    """
    number = today.year * 12 + today.month - count
    if not 1 <= count <= MOST_MONTHS:
        message = f"there are 1 to {MOST_MONTHS} months, not {count}"
        raise MonthsRefused(message)
    return Months(first=date(number // 12, number % 12 + 1, 1), last=today.replace(day=1))


def month_of(text: str) -> date:
    """The first day of a month such as 2026-03.

    Raises:
        MonthsRefused: it is none, or lies where no case can.
    """
    try:
        found = datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC).date()
    except ValueError:
        message = f"a month is written as 2026-03, not {text[:20]!r}"
        raise MonthsRefused(message) from None
    if not 2000 <= found.year <= 2200:
        message = f"a month lies between 2000 and 2200, not in {found.year}"
        raise MonthsRefused(message)
    return found


def month_after(first: date) -> datetime:
    """The first moment of the month after."""
    return datetime(first.year + first.month // 12, first.month % 12 + 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiReport:
    """All KPIs of a tenant.

    Attributes:
        tenant: its name.
        months: that are stated.
        rows: in the order of the catalogue.
        made: UTC.
    """

    tenant: str
    months: Months
    rows: tuple[KpiRow, ...]
    made: datetime


def make_report(
    records: Sequence[CaseRecord],
    months: Months,
    *,
    tenant: str,
    moment: datetime,
    periods: Mapping[str, Period] | None = None,
) -> KpiReport:
    """States every KPI for every month, and for all of them together.

    Args:
        records: of the cases that something happened to in these months; others do no harm.
        months: that are stated.
        tenant: its name, for whoever reads.
        moment: the present one, UTC; the running month counts as far as it went, those before the first case not.
        periods: name of a month -> its costs and drift; what is missing has none.
    """
    begun = min((f"{one.opened.astimezone(UTC):%Y-%m}" for one in records), default="")
    told = {
        name: replace((periods or {}).get(name, Period()), months=_lasted(name, moment) if name >= begun else 0.0)
        for name in months.names
    }
    return KpiReport(
        tenant=tenant,
        months=months,
        rows=tuple(_row(kpi, records, told) for kpi in KPIS),
        made=moment,
    )


def _row(kpi: Kpi, records: Sequence[CaseRecord], periods: Mapping[str, Period]) -> KpiRow:
    inside: dict[str, list[CaseRecord]] = {name: [] for name in periods}
    for record in records:
        moment = kpi.month(record)
        if moment is not None and (name := f"{moment.astimezone(UTC):%Y-%m}") in inside:
            inside[name].append(record)
    return KpiRow(
        kpi=kpi,
        whole=kpi.figure([one for own in inside.values() for one in own], _together(list(periods.values()))),
        by_month={name: kpi.figure(own, periods[name]) for name, own in inside.items()},
    )


def _together(periods: Sequence[Period]) -> Period:
    levels = [one.drift for one in periods if one.drift is not None]
    return Period(
        months=sum(one.months for one in periods),
        costs=next((one.costs for one in periods if one.costs is not None), None),
        drift=max(levels, default=None),
        watched=sum(one.watched for one in periods),
    )


def _lasted(name: str, moment: datetime) -> float:
    """Of a month, the share that is over."""
    first = month_of(name)
    begins, ends = datetime(first.year, first.month, 1, tzinfo=UTC), month_after(first)
    return min(max((moment - begins) / (ends - begins), 0.0), 1.0)


def report_to_json(report: KpiReport) -> dict[str, Any]:
    """The report as plain JSON values, ``coachwork.kpis/1``, each KPI with its definition."""
    return {
        "schema": SCHEMA,
        "tenant": report.tenant,
        "made": report.made.isoformat(),
        "months": list(report.months.names),
        "kpis": [_row_to_json(row) for row in report.rows],
    }


def report_to_csv(report: KpiReport) -> str:
    """A line for each KPI and month, and one for all months; empty is "not known". No cell can begin a formula."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\r\n")
    lines.writerow(_COLUMNS)
    whole = f"{report.months.names[0]}..{report.months.names[-1]}"
    tenant = f"'{report.tenant}" if report.tenant[:1] in set("=+-@\t\r") else report.tenant
    for row in report.rows:
        for month, one in [*row.by_month.items(), (whole, row.whole)]:
            values = ["" if value is None else f"{value:.6g}" for value in (one.value, one.low, one.high)]
            kpi, missing = row.kpi, "" if one.missing is None else one.missing.value
            lines.writerow(
                [kpi.name, month, *values, one.count, kpi.counted, kpi.unit.value, one.currency, missing, tenant]
            )
    return text.getvalue()


def report_text(report: KpiReport) -> str:
    """The JSON of a report as text."""
    return json.dumps(report_to_json(report), indent=2)


def _row_to_json(row: KpiRow) -> dict[str, Any]:
    kpi = row.kpi
    return {
        "name": kpi.name,
        "title": kpi.title,
        "group": kpi.group.value,
        "unit": kpi.unit.value,
        "direction": kpi.direction.value,
        "formula": kpi.formula,
        "needs": kpi.needs,
        "source": kpi.source,
        "counted": kpi.counted,
        "least": kpi.least,
        "whole": _figure_to_json(row.whole),
        "months": {name: _figure_to_json(one) for name, one in row.by_month.items()},
    }


def _figure_to_json(one: KpiFigure) -> dict[str, Any]:
    ends = {"value": one.value, "low": one.low, "high": one.high}
    told: dict[str, Any] = {name: None if value is None else round(value, 6) for name, value in ends.items()}
    told |= {"count": one.count, "missing": None if one.missing is None else one.missing.value}
    return told | ({"currency": one.currency} if one.currency else {})
