"""Figures for Prometheus of the bundles that answer and are tried, read when they are asked for."""

import logging
from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError
from typing_extensions import override

from coachwork.casework.service import Service
from coachwork.storage.release_trials import TrialStore

_LOG = logging.getLogger(__name__)


class ReleaseFigures(Collector):
    """The figures of one service; of its own bundles nothing before they are loaded."""

    def __init__(self, service: Service) -> None:
        """Reads the service's models, and the trial's comparisons of all processes in its database."""
        self._service, self._trials = service, TrialStore(service.database)

    @override
    def collect(self) -> Iterator[Metric]:
        serving, models, trials = self._service.models.loaded, self._service.models, self._service.trials
        yield from self._followers()
        if serving is None:
            return
        bundles = InfoMetricFamily("coachwork_bundle", "Bundles that are loaded in this process.", labels=["role"])
        for role, one in (("champion", serving.champion), ("challenger", serving.challenger)):
            if one is not None:
                bundles.add_metric([role], {"name": one.name, "version": one.version, "digest": one.digest})
        yield bundles
        yield _gauge("release_revision", "Revision of the release that this process follows.", serving.release.revision)
        behind = "Whether this process cannot follow the release: 1 or 0."
        yield _gauge("release_behind", behind, int(bool(models.problem)))
        yield _counter("bundle_swaps", "Times that another champion took the place.", models.swaps)
        yield _counter("bundle_load_failures", "Bundles that could not be loaded.", models.failures)
        yield _counter("challengers_rejected", "Challengers that were taken back by limits.", models.rejections)
        yield _counter("trial_compared", "Photos that both models saw.", trials.compared)
        yield _counter("trial_differing", "Photos on which the verdicts differ.", trials.differing)
        yield _counter("trial_failed", "Photos on which the challenger failed.", trials.failed)
        yield _counter("trial_dropped", "Photos that were not compared, as there was no room.", models.dropped)
        yield _gauge("trial_waiting", "Photos that wait to be compared.", trials.waiting)
        if serving.release.trial:
            yield from self._whole_trial(serving.release.trial)

    def _followers(self) -> Iterator[Metric]:
        """Of all processes on the database that told something in the last minutes, workers without `/metrics` too."""
        counts = {"follows": 0, "behind": 0}
        try:
            for server in self._trials.servers():
                if not server.is_gone:
                    counts["behind" if server.problem else "follows"] += 1
        except SQLAlchemyError:
            _LOG.warning("the servers that follow the release cannot be read", exc_info=True)
            return
        told = GaugeMetricFamily("coachwork_release_servers", "Processes on this database.", labels=["state"])
        for state, count in counts.items():
            told.add_metric([state], count)
        yield told

    def _whole_trial(self, trial: int) -> Iterator[Metric]:
        """Of the present trial, by all processes on the database."""
        try:
            found = self._trials.evidence(trial)
        except SQLAlchemyError:
            _LOG.warning("the trial's figures cannot be read", exc_info=True)
            return
        for name, text, value in (
            ("photos", "Photos compared in the present trial, by all processes.", found.photos),
            ("failures", "Of these, photos on which the challenger failed.", found.failures),
            ("slower", "Of these, photos on which it took longer than its limit.", found.slower),
            ("disagreements", "Of these, photos on which its verdict is another one.", found.disagreements),
        ):
            yield _gauge(f"trial_{name}", text, value)


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"coachwork_{name}", text, value=value)


def _counter(name: str, text: str, value: float) -> CounterMetricFamily:
    return CounterMetricFamily(f"coachwork_{name}", text, value=value)
