"""What Dagster loads: assets, jobs, sensors and schedules of the loop. Nothing is decided here."""

from dagster import Definitions, definitions, in_process_executor

from coachwork.pipelines.orchestration.assets import ALL_ASSETS
from coachwork.pipelines.orchestration.sensors import JOBS, SENSORS, schedules


@definitions
def defs() -> Definitions:
    """Read by ``dagster dev -m coachwork.pipelines.orchestration.definitions``; the settings are read then, too."""
    return Definitions(
        assets=list(ALL_ASSETS),
        jobs=list(JOBS.values()),
        sensors=list(SENSORS),
        schedules=list(schedules()),
        executor=in_process_executor,  # each job has one step
    )
