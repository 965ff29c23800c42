"""Figures of the work behind the API, for Prometheus: cases, work, drift, signals, webhooks.

They are read from the database when they are asked for, and so are those of the service as a whole: every replica tells
the same cases, and the work that ended since it started itself. Take the maximum over replicas, not their sum.
"""

import threading
import time
from collections.abc import Iterator
from typing import Final

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from sqlalchemy.exc import DBAPIError
from typing_extensions import override

from coachwork.casework.service import Service
from coachwork.storage.operations_store import OperationsStore, Standing

BUCKETS_S: Final = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600)
"""Upper ends of the buckets of `coachwork_work_seconds`; alerts are stated on some of them."""

_FRESH_S = 5.0


class WorkFigures(Collector):
    """Tells how the work of a service stands."""

    def __init__(self, service: Service) -> None:
        """Looks at nothing before it is asked."""
        self._service, self._store = service, OperationsStore(service.database)
        self._lock = threading.Lock()
        self._standing: Standing | None = None
        self._read_at = 0.0
        self._cursor: int | None = None
        self._buckets = [0] * (len(BUCKETS_S) + 1)
        self._sum, self._failures = 0.0, 0

    @override
    def collect(self) -> Iterator[Metric]:
        """All figures; those of the database are at most some seconds old, and left out where it does not answer."""
        with self._lock:
            found = self._looked()
            yield GaugeMetricFamily("coachwork_database_up", "Whether the database answers.", value=found is not None)
            if found is not None:
                yield from self._of_work(found)
        yield from self._of_signals()

    def _looked(self) -> Standing | None:
        if self._standing is not None and time.monotonic() - self._read_at < _FRESH_S:
            return self._standing
        try:
            self._standing = self._store.standing()
            if self._cursor is None:
                self._cursor = self._store.last_event()
            for one in self._store.ended_after(self._cursor):
                self._cursor = one.number
                self._failures += not one.well
                if one.well and one.seconds is not None:
                    self._sum += one.seconds
                    self._buckets[sum(one.seconds > end for end in BUCKETS_S)] += 1
        except DBAPIError:
            self._standing = None
        self._read_at = time.monotonic()
        return self._standing

    def _of_work(self, found: Standing) -> Iterator[Metric]:
        cases = GaugeMetricFamily("coachwork_cases", "Cases, by the state that they stand in.", labels=["state"])
        for state, count in found.cases.items():
            cases.add_metric([state.value], count)
        yield cases
        told = "Seconds that the first of the cases waits whose work has not ended; 0 without any."
        yield GaugeMetricFamily("coachwork_work_oldest_seconds", told, value=found.oldest_s)
        work = HistogramMetricFamily("coachwork_work_seconds", "Seconds from handing a case over to its results.")
        below = [sum(self._buckets[: place + 1]) for place in range(len(self._buckets))]
        ends = [*(f"{end:.1f}" for end in BUCKETS_S), "+Inf"]
        work.add_metric([], buckets=list(zip(ends, below, strict=True)), sum_value=self._sum)
        yield work
        told = "Times that work on a case ended without results."
        yield CounterMetricFamily("coachwork_work_failures", told, value=self._failures)
        told = "Messages to webhooks, by state."
        deliveries = GaugeMetricFamily("coachwork_webhook_deliveries", told, labels=["state"])
        for kind, count in found.deliveries.items():
            deliveries.add_metric([kind.value], count)
        yield deliveries
        if found.drift is not None:
            told = "Level of the last check of drift: 0 ok, 1 drift, 2 beyond threshold."
            yield GaugeMetricFamily("coachwork_drift_level", told, value=found.drift.level)
            told = "When the last check of drift ended, Unix time."
            yield GaugeMetricFamily("coachwork_drift_checked_seconds", told, value=found.drift.at.timestamp())

    def _of_signals(self) -> Iterator[Metric]:
        told = "Photos whose signals were kept, or dropped since nobody waits for them."
        signals = CounterMetricFamily("coachwork_signals", told, labels=["outcome"])
        signals.add_metric(["written"], self._service.signals.written)
        signals.add_metric(["dropped"], self._service.signals.dropped)
        yield signals
