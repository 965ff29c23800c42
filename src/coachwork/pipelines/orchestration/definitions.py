"""What Dagster loads: assets, jobs, sensors and schedules of the loop. Nothing is decided here."""

from dagster import Definitions

from coachwork.pipelines.orchestration.assets import ALL_ASSETS
from coachwork.pipelines.orchestration.sensors import JOBS, SENSORS, schedules

defs = Definitions(
    assets=list(ALL_ASSETS), jobs=list(JOBS.values()), sensors=list(SENSORS), schedules=list(schedules())
)
"""Read by ``dagster dev -m coachwork.pipelines.orchestration.definitions``."""
