"""The KPIs of a tenant, from the database of its service."""

from collections.abc import Sequence
from datetime import datetime

from coachwork.kpis.costs import Costs
from coachwork.kpis.definition import Period
from coachwork.kpis.report import KpiReport, Months, make_report
from coachwork.storage.database import Database
from coachwork.storage.kpi_store import KpiStore
from coachwork.storage.operations_store import DriftCheck, OperationsStore


def kpis_of(
    database: Database, tenant: str, months: Months, *, moment: datetime, costs: Costs | None = None, name: str = ""
) -> KpiReport:
    """The report of a tenant's KPIs.

    Args:
        database: whose tables are up to date.
        tenant: its id.
        months: that are stated.
        moment: the present one, UTC.
        costs: of the service; None where none are told.
        name: of the tenant, as people know it; by default its id.
    """
    records = KpiStore(database).records(tenant, months.since)
    checks = OperationsStore(database).drift_checks(months.since)
    periods = {month: _period(month, checks, costs) for month in months.names}
    return make_report(records, months, tenant=name or tenant, moment=moment, periods=periods)


def _period(month: str, checks: Sequence[DriftCheck], costs: Costs | None) -> Period:
    """A month's costs, and the worst drift of its checks."""
    own = [one for one in checks if f"{one.at:%Y-%m}" == month]
    return Period(
        costs=costs, drift=max((one.level for one in own), default=None), watched=sum(one.photos for one in own)
    )
