"""Sensors and schedules: what lets each pipeline run by itself. The key of a run is the digest of its input."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

from dagster import (
    DefaultScheduleStatus,
    DefaultSensorStatus,
    RunRequest,
    ScheduleDefinition,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    define_asset_job,
    sensor,
)

from coachwork.casework.models import release_store
from coachwork.pipelines.loop.data import new_deliveries
from coachwork.pipelines.loop.loop import Loop
from coachwork.pipelines.loop.running import PIPELINES
from coachwork.pipelines.loop.settings import LoopSettings, read_loop_settings
from coachwork.pipelines.loop.training import PIPELINE as TRAINING
from coachwork.pipelines.loop.training import waiting_trainings, want_for_new_versions
from coachwork.pipelines.orchestration.assets import ASSETS
from coachwork.pipelines.orchestration.place import opened_loop, settings_path
from coachwork.reactions.answers import Action
from coachwork.storage.pipeline_run_store import RunState
from coachwork.storage.signal_store import SignalStore

_NOTHING = "nothing new"
_LOOK_EVERY_S = 15

JOBS: Mapping[str, Any] = {
    name: define_asset_job(name, selection=[ASSETS[name]], description=one.words) for name, one in PIPELINES.items()
}
"""One job for each pipeline; Dagster does not export their type."""


def annotation_keys(loop: Loop) -> Sequence[str]:
    """Digests of deliveries that no run worked on yet."""
    paused = loop.reactions.is_paused(Action.MAKE_VERSION)
    return [] if paused else [one.digest for one in new_deliveries(loop)]


def correction_keys(loop: Loop) -> Sequence[str]:
    """One key for each time that enough corrections came."""
    data = loop.settings.data
    if not data.corrections or loop.reactions.is_paused(Action.MAKE_VERSION):
        return []
    tenant = loop.keys.tenant(data.tenant)
    count = loop.corrections.count(tenant)
    return [f"corrections:{count // data.corrections}"] if count >= data.corrections else []


def training_keys(loop: Loop) -> Sequence[str]:
    """One key for each training that waits."""
    want_for_new_versions(loop)
    paused = loop.reactions.is_paused(Action.TRAIN)
    return [] if paused else [f"reaction:{one.number}" for one in waiting_trainings(loop)]


def drift_keys(loop: Loop) -> Sequence[str]:
    """One key for each quarter of a window of new photos."""
    settings = loop.settings.monitoring
    newest = SignalStore(loop.database).count()
    step = max(settings.photos // 4, 1)
    return [f"photos:{newest // step}"] if newest >= step else []


def challenger_keys(loop: Loop) -> Sequence[str]:
    """The newest bundle that passed its gates, where nothing else is tried and it may be released without a person."""
    release = release_store(loop.service, loop.database).read()
    if release.challenger is not None or not loop.settings.release.auto or loop.reactions.is_paused(Action.RELEASE):
        return []
    trained = [run for run in loop.runs.all(pipeline=TRAINING) if run.state is RunState.DONE and run.result["passed"]]
    return [f"{run.result['digest']}:{release.revision}" for run in trained[:1]]


_SENSED = {
    "new_annotations": ("data", annotation_keys),
    "enough_corrections": ("data", correction_keys),
    "waiting_training": ("training", training_keys),
    "new_photos": ("monitoring", drift_keys),
    "passed_challenger": ("release", challenger_keys),
}
"""Sensor -> the pipeline that it starts, and the keys of what there is to do."""


def _sensor(name: str) -> SensorDefinition:
    pipeline, keys = _SENSED[name]

    @sensor(
        name=name,
        job=JOBS[pipeline],
        minimum_interval_seconds=_LOOK_EVERY_S,
        default_status=DefaultSensorStatus.RUNNING,
        description=keys.__doc__,
    )
    def sensed(context: SensorEvaluationContext) -> SensorResult:
        with opened_loop(context.log.info) as loop:
            found = keys(loop)
        if not found:
            return SensorResult(skip_reason=SkipReason(_NOTHING))
        return SensorResult(run_requests=[RunRequest(run_key=f"{name}:{key}") for key in found])

    return sensed


SENSORS = tuple(_sensor(name) for name in _SENSED)
"""All on from the start; each can be turned off in Dagster's pages, and each action by `coachwork reactions pause`."""


def schedules() -> Sequence[ScheduleDefinition]:
    """Watching by the clock, trials as they go on, listings once a night; and hourly whatever a sensor missed."""
    minutes = _settings().monitoring.every_minutes
    hourly = f"*/{minutes} * * * *" if minutes < 60 else f"0 */{max(minutes // 60, 1)} * * *"
    times = {"monitoring": hourly, "release": "*/5 * * * *", "inference": "30 2 * * *"}
    times |= {"data": "7 * * * *", "training": "17 * * * *"}
    return [
        ScheduleDefinition(
            name=f"{name}_by_the_clock",
            job=JOBS[name],
            cron_schedule=cron,
            execution_timezone=os.environ.get("TZ") or "UTC",
            default_status=DefaultScheduleStatus.RUNNING,
        )
        for name, cron in times.items()
    ]


def _settings() -> LoopSettings:
    return read_loop_settings(settings_path())
