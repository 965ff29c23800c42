"""The KPIs of a tenant, from the database of its service."""

import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime

from coachwork.kpis.costs import Costs
from coachwork.kpis.definition import Period
from coachwork.kpis.report import KpiReport, Months, make_report
from coachwork.storage.columns import now
from coachwork.storage.database import Database
from coachwork.storage.kpi_store import KpiStore
from coachwork.storage.operations_store import DriftCheck, OperationsStore

_FRESH_S = 60.0
_REMEMBERED = 32


class Figures:
    """The KPIs of a running service: computed one report at a time, and the same for a minute.

    Whoever loads a page again and again waits for one report, and does not make the service compute many.
    """

    def __init__(self, database: Database, costs: Costs | None, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Works on a database whose tables are brought up to date before anybody asks; `clock` gives seconds."""
        self._database, self._costs, self._clock = database, costs, clock
        self._lock = threading.Lock()
        self._known: dict[tuple[str, Months], tuple[float, KpiReport]] = {}

    def report(self, tenant: str, months: Months, *, name: str = "") -> KpiReport:
        """The report of a tenant, at most a minute old; see `kpis_of`."""
        with self._lock:
            at, known = self._known.get((tenant, months), (0.0, None))
            if known is None or self._clock() - at >= _FRESH_S:
                known = kpis_of(self._database, tenant, months, moment=now(), costs=self._costs, name=name)
                self._known.pop((tenant, months), None)
                self._known[tenant, months] = (self._clock(), known)
                if len(self._known) > _REMEMBERED:
                    self._known.pop(next(iter(self._known)))
            return known


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
