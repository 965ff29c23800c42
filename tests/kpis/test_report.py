import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from coachwork.cases.outcome import OutcomeKind
from coachwork.kpis.catalogue import KPIS
from coachwork.kpis.costs import Costs, CostsFileError, read_costs
from coachwork.kpis.definition import Missing, Period
from coachwork.kpis.report import (
    Months,
    MonthsRefused,
    last_months,
    make_report,
    month_of,
    report_to_csv,
    report_to_json,
)
from tests.kpis.records import bill, offered, record

MARCH = Months(first=date(2026, 2, 1), last=date(2026, 4, 1))
NOW = datetime(2026, 4, 16, tzinfo=UTC)


def rows(*records: object, **more: object) -> dict[str, object]:
    made = make_report(list(records), MARCH, tenant="default", moment=NOW, **more)  # type: ignore[arg-type]
    return {row.kpi.name: row for row in made.rows}


def test_a_case_falls_into_the_month_of_what_is_counted() -> None:
    own = record(ending=offered(hours=24 * 40), outcomes={OutcomeKind.REPAIR: bill("900", on=date(2026, 2, 3))})
    found = rows(*[own] * 12)
    counts = {
        name: [one.count for one in found[name].by_month.values()]  # type: ignore[attr-defined]
        for name in ("inspections", "cycle_median", "repair_error")
    }
    assert counts == {"inspections": [0, 12, 0], "cycle_median": [0, 0, 12], "repair_error": [12, 0, 0]}


def test_cases_outside_of_the_months_do_not_count() -> None:
    early = record(opened=datetime(2026, 1, 31, 23, 59, tzinfo=UTC))
    assert rows(early)["inspections"].whole.count == 0  # type: ignore[attr-defined]


def test_the_running_month_costs_as_far_as_it_went() -> None:
    costs = Costs(
        currency="EUR",
        fixed_a_month=Decimal(100),
        a_photo=Decimal(0),
        a_work_hour=Decimal(0),
        a_handler_hour=Decimal(0),
        handler_minutes=Decimal(0),
    )
    found = rows(record(), periods={name: Period(costs=costs) for name in MARCH.names})
    assert found["cost"].whole.value == pytest.approx(150.0)  # type: ignore[attr-defined]
    assert found["cost"].by_month["2026-03"].value == pytest.approx(100.0)  # type: ignore[attr-defined]


def test_the_worst_drift_of_the_months_counts_for_all() -> None:
    found = rows(periods={"2026-02": Period(drift=2, watched=5), "2026-03": Period(drift=0, watched=7)})["drift"]
    assert (found.whole.value, found.whole.count) == (2.0, 12)  # type: ignore[attr-defined]
    assert found.by_month["2026-04"].missing is Missing.NO_SIGNALS  # type: ignore[attr-defined]


def test_json_and_csv_tell_the_same() -> None:
    made = make_report([record(n) for n in range(30)], MARCH, tenant="=cmd()", moment=NOW)
    told = report_to_json(made)
    assert told["schema"] == "coachwork.kpis/1"
    assert [one["name"] for one in told["kpis"]] == [kpi.name for kpi in KPIS]
    lines = list(csv.DictReader(io.StringIO(report_to_csv(made))))
    assert len(lines) == len(KPIS) * 4
    assert {line["tenant"] for line in lines} == {"'=cmd()"}
    whole = {line["kpi"]: line for line in lines if line["month"] == "2026-02..2026-04"}
    for one in told["kpis"]:
        value = one["whole"]["value"]
        assert (whole[one["name"]]["value"] or None) == (None if value is None else f"{value:.6g}")
        assert int(whole[one["name"]]["count"]) == one["whole"]["count"]


def test_months_are_checked() -> None:
    assert last_months(14, date(2026, 3, 31)).names[0] == "2025-02"
    for wrong in ("2026-13", "march", "2026-3-1", "0001-01", "9999-12"):
        with pytest.raises(MonthsRefused):
            month_of(wrong)
    with pytest.raises(MonthsRefused):
        Months(first=date(2026, 3, 1), last=date(2026, 2, 1))
    for count in (0, 61, -5):
        with pytest.raises(MonthsRefused):
            last_months(count, date(2026, 3, 1))


def test_december_is_followed_by_january() -> None:
    months = Months(first=date(2025, 12, 1), last=date(2025, 12, 1))
    assert (months.since, months.until) == (datetime(2025, 12, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC))


def test_costs_are_read_and_what_is_wrong_is_told_by_line(tmp_path: Path) -> None:
    file = tmp_path / "costs.toml"
    file.write_text('[costs]\ncurrency = "EUR"\nfixed_a_month = 420\n')
    assert read_costs(file).fixed_a_month == 420
    assert read_costs(file).of(months=2, photos=5, work_s=10, touched=3) == 840
    file.write_text('[costs]\ncurrency = "euro"\na_foto = 1\n')
    with pytest.raises(ExceptionGroup) as told:
        read_costs(file)
    assert [str(one) for one in told.value.exceptions] == [
        f"{file}, line 2: costs.currency must be three letters such as EUR, is 'euro'",
        f"{file}, line 3: costs.a_foto is not known here: did you mean a_photo?",
    ]
    with pytest.raises(CostsFileError):
        read_costs(tmp_path / "none.toml")
