"""The KPIs of a tenant, for its supervisors and admins: cards with a chart by month, and the same as CSV."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from coachwork.api.context import ServiceHere
from coachwork.cases.people import Person, Right
from coachwork.casework.service import Service
from coachwork.kpis.definition import Direction, Group, Kpi, KpiFigure, KpiRow, Unit
from coachwork.kpis.report import KpiReport, last_months, report_to_csv
from coachwork.reports.month_chart import MonthPoint, month_chart
from coachwork.web.pages import amount_words, strings_for
from coachwork.web.strings import Strings
from coachwork.web.workbench.signed_in import SessionHere
from coachwork.web.workbench.words import work_page

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

MONTHS = (3, 6, 12, 24)
"""Stretches that may be asked for."""

_Months = Annotated[str, Query(alias="months", max_length=3)]
_LEVELS = ("ok", "drift", "beyond")


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One KPI as the page shows it; every text is in the reader's language.

    Attributes:
        kpi: which.
        value: in words; empty where it cannot be stated.
        interval: in words; empty for none.
        basis: what it rests on.
        missing: why there is no value; empty else.
        month: the running month's value, in words; empty where it cannot be stated.
        chart: of the months; empty where none of them is known.
    """

    kpi: Kpi
    value: str
    interval: str
    basis: str
    missing: str
    month: str
    chart: Markup


@router.get("/workbench/kpis")
def show_kpis(request: Request, service: ServiceHere, session: SessionHere, chosen: _Months = "") -> HTMLResponse:
    """The page."""
    months = _months(chosen)
    report = _report(service, session.person, months)
    t = strings_for(request)
    return work_page(
        request,
        "kpis.html.j2",
        session,
        groups=[(group, _cards(report, group, t)) for group in Group],
        months=months,
        choices=MONTHS,
        names=[_month(name, t) for name in (report.months.names[0], report.months.names[-1])],
        made=report.made,
    )


@router.get("/workbench/kpis.csv")
def kpis_table(service: ServiceHere, session: SessionHere, chosen: _Months = "") -> Response:
    """The same figures as a table for spreadsheets."""
    text = report_to_csv(_report(service, session.person, _months(chosen)))
    headers = {"Content-Disposition": 'attachment; filename="kpis.csv"', "Cache-Control": "no-store"}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


def _months(chosen: str) -> int:
    """A stretch that may be asked for; old bookmarks may hold others."""
    return int(chosen) if chosen in map(str, MONTHS) else 12


def _report(service: Service, person: Person, months: int) -> KpiReport:
    person.need(Right.FIGURES)
    chosen = last_months(months, datetime.now(UTC).date())
    return service.figures.report(person.tenant, chosen, name=service.keys.tenant_name(person.tenant))


def _cards(report: KpiReport, group: Group, t: Strings) -> Sequence[Card]:
    return [_card(row, t) for row in report.rows if row.kpi.group is group]


def _card(row: KpiRow, t: Strings) -> Card:
    kpi, whole = row.kpi, row.whole

    def words(value: float) -> str:
        return figure_words(kpi, value, t, currency=whole.currency)

    ends = [words(end) for end in (whole.low, whole.high) if end is not None]
    points = [
        MonthPoint(name=_month(name, t), value=one.value, low=one.low, high=one.high)
        for name, one in row.by_month.items()
    ]
    last = points[-1].value
    return Card(
        kpi=kpi,
        value="" if whole.value is None else words(whole.value),
        interval=t("kpis.interval", low=ends[0], high=ends[1]) if len(ends) == 2 else "",
        basis=t(f"kpis.basis.{kpi.counted}", count=whole.count),
        missing=_missing(kpi, whole, t),
        month="" if last is None else words(last),
        chart=month_chart(
            points,
            title=t("kpis.chart", title=t(f"kpis.{kpi.name}.title")),
            words=words,
        ),
    )


def _missing(kpi: Kpi, one: KpiFigure, t: Strings) -> str:
    if one.missing is None:
        return ""
    return t(f"kpis.missing.{one.missing.value}", least=kpi.least)


def figure_words(kpi: Kpi, value: float, t: Strings, *, currency: str = "") -> str:
    """A figure in the reader's language, with its unit."""
    if kpi.unit is Unit.LEVEL:
        return t(f"kpis.level.{_LEVELS[min(max(int(value), 0), 2)]}")
    if kpi.unit in {Unit.SHARE, Unit.RELATIVE}:
        sign = "+" if kpi.direction is Direction.ZERO and value > 0 else ""
        return f"{sign}{_number(100 * value, 1, t)}\u00a0%"
    if kpi.unit is Unit.HOURS and value >= 48:
        return f"{_number(value / 24, 1, t)}\u00a0{t('kpis.unit.days')}"
    decimals = {Unit.HOURS: 1, Unit.MONEY: 2}.get(kpi.unit, 0)
    unit = {Unit.HOURS: "h", Unit.SECONDS: "s", Unit.MONEY: currency}.get(kpi.unit, "")
    return f"{_number(value, decimals, t)}\u00a0{unit}".strip()


def _number(value: float, decimals: int, t: Strings) -> str:
    rounded = Decimal(value).quantize(Decimal(1).scaleb(-decimals))
    return amount_words(abs(rounded) if rounded == 0 else rounded, t.language, decimals).replace("-", "\N{MINUS SIGN}")


def _month(name: str, t: Strings) -> str:
    year, _, month = name.partition("-")
    return f"{t(f'base.month.{int(month)}')} {year}"
