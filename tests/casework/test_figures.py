from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from coachwork.cases.case import Facts
from coachwork.casework import figures as figures_module
from coachwork.casework.figures import Figures
from coachwork.kpis.costs import Costs
from coachwork.kpis.report import Months
from coachwork.storage.case_store import CaseStore
from coachwork.storage.columns import now
from coachwork.storage.database import Database
from coachwork.storage.key_store import KeyStore


@pytest.fixture
def database(tmp_path: Path) -> Database:
    made = Database(f"sqlite:///{tmp_path / 'c.db'}")
    made.migrate()
    return made


def test_a_report_is_the_same_for_a_minute_and_each_tenants_own(database: Database) -> None:
    moment = [100.0]
    costs = Costs(
        currency="EUR",
        fixed_a_month=Decimal(10),
        a_photo=Decimal(0),
        a_work_hour=Decimal(0),
        a_handler_hour=Decimal(0),
        handler_minutes=Decimal(0),
    )
    made = Figures(database, costs, clock=lambda: moment[0])
    cases, tenant = CaseStore(database), KeyStore(database).tenant("default")
    months = Months(first=now().date().replace(day=1), last=now().date().replace(day=1))

    def counted(whose: str) -> float | None:
        return made.report(whose, months).rows[0].whole.value

    assert counted(tenant) == 0
    cases.open_case(tenant, Facts(), by="tests")
    assert (counted(tenant), counted("other")) == (0, 0)
    moment[0] += 60
    assert (counted(tenant), counted("other")) == (1, 0)
    (cost,) = [row.whole for row in made.report(tenant, months).rows if row.kpi.name == "cost"]
    assert cost.value is not None
    assert 0 < cost.value <= 10


def test_only_some_reports_are_remembered(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures_module, "_REMEMBERED", 2)
    made = Figures(database, None)
    for month in (1, 2, 3):
        made.report("t", Months(first=date(2026, month, 1), last=date(2026, month, 1)))
    assert [months.first.month for _, months in made._known] == [2, 3]
