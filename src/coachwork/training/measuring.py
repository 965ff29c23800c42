"""A validation of a run: scores, losses on fixed photos, example pictures."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from coachwork.datasets.sample import Entry
from coachwork.models.family import FamilyModule
from coachwork.training.fixed_loss import FixedLoss
from coachwork.training.log import RunLog
from coachwork.training.plan import Plan
from coachwork.training.tracking.examples import chosen_examples, example_picture
from coachwork.training.validation import Scores, detect, validate
from coachwork.training.watchdog.observations import ValidationSeen


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a validation found.

    Attributes:
        scores: on the validation photos.
        seen: the same for observers, with the losses.
    """

    scores: Scores
    seen: ValidationSeen


class Measuring:
    """Measures a run's model on the same photos again and again.

    Args:
        plan: the run's.
        validation: entries to measure on; at least one.
        training: entries that the run learns from.
    """

    def __init__(self, plan: Plan, *, validation: Sequence[Entry], training: Sequence[Entry]) -> None:
        self._plan, self._validation = plan, validation
        count = plan.tracking.loss_photos
        self._held, self._learnt = FixedLoss(validation, plan, count), FixedLoss(training, plan, count)
        self._examples = chosen_examples(validation, plan.tracking.examples)

    def measure(self, model: FamilyModule, log: RunLog, *, step: int, epoch: int) -> Measured:
        """Measures the model and writes it to the log.

        Args:
            model: the averaged weights.
            log: takes curves and pictures.
            step: steps done.
            epoch: epochs done.
        """
        scores = validate(model, self._validation, self._plan)
        held, learnt = self._held.measure(model), self._learnt.measure(model)
        row = {name: value for name, value in asdict(scores).items() if name != "per_type"} | scores.per_type
        row["headline"] = scores.headline
        row |= {name: loss for name, loss in (("loss", held), ("training_loss", learnt)) if loss is not None}
        log.write("validation", step, row)
        if self._examples:
            heading = f"found after epoch {epoch}"
            log.picture(
                step, example_picture(self._examples, lambda photo: detect(model, photo, self._plan), heading=heading)
            )
        seen = ValidationSeen(
            step=step,
            progress=epoch / self._plan.schedule.epochs,
            headline=scores.headline,
            validation_loss=held,
            training_loss=learnt,
        )
        return Measured(scores=scores, seen=seen)
