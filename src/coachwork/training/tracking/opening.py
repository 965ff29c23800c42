"""The sinks that a plan asks for, each guarded."""

from collections.abc import Callable
from pathlib import Path

from coachwork.registry.tracking_place import tracking_uri
from coachwork.training.tracking.folder_sink import FolderSink
from coachwork.training.tracking.guarding import BackgroundSink, GuardedSink
from coachwork.training.tracking.mlflow_sink import MlflowSink
from coachwork.training.tracking.settings import TrackingPlan
from coachwork.training.tracking.sink import Sink
from coachwork.training.tracking.tensorboard_sink import TensorBoardSink
from coachwork.training.tracking.wandb_sink import WandbSink


def sinks_of(plan: TrackingPlan, folder: Path, say: Callable[[str], None]) -> list[Sink]:
    """The sinks of a run.

    Args:
        plan: which.
        folder: of the run.
        say: told what goes wrong with one while the run goes on.

    Raises:
        MissingExtra: a sink's package is not installed.
    """
    sinks: list[Sink] = [GuardedSink(FolderSink(folder), say)]
    if plan.tensorboard:
        sinks.append(GuardedSink(TensorBoardSink(folder), say))
    uri = tracking_uri(plan.mlflow, folder.parent)
    if uri is not None:
        sinks.append(BackgroundSink(MlflowSink(uri, plan.experiment), say))
    if plan.wandb != "off":
        sinks.append(BackgroundSink(WandbSink(plan.experiment, plan.wandb), say))
    return sinks
