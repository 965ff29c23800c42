"""The `[tracking]` table of a plan: where a run's records go."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingPlan:
    """Where a run's records go, beside the CSV files in its folder.

    Attributes:
        mlflow: URI of an MLflow store or server; "" for MLFLOW_TRACKING_URI, or else mlflow.db beside the run's
            folder; "off" for none.
        experiment: MLflow's experiment and W&B's project.
        tensorboard: whether to write events for TensorBoard.
        wandb: `off`, `offline` or `online`.
        examples: validation photos that are pictured with truth and predictions after each validation.
        loss_photos: photos of either split on which the loss is measured after each validation, none of them varied.
    """

    mlflow: str = ""
    experiment: str = "coachwork"
    tensorboard: bool = True
    wandb: str = "off"
    examples: int = 6
    loss_photos: int = 32

    def faults(self) -> Mapping[str, bool]:
        """What must hold of the table, and whether it does."""
        return {
            "tracking.wandb: off, offline or online": self.wandb in {"off", "offline", "online"},
            "tracking.examples and tracking.loss_photos: 0 or more": min(self.examples, self.loss_photos) >= 0,
            "tracking.experiment: name it": bool(self.experiment.strip()),
        }
