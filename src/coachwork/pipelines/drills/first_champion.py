"""The champion that a drill begins with: given, exported of a checkpoint, or trained on the known photos."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from coachwork.datasets.dataset import read_dataset
from coachwork.datasets.place import DatasetPlace
from coachwork.errors import MissingExtra
from coachwork.evaluation.pairs import headline_types
from coachwork.pipelines.drills.plan import DrillPlan, write_files
from coachwork.pipelines.drills.timeline import Lane, Timeline
from coachwork.pipelines.loop.quickening import quickened
from coachwork.taxonomy import DamageType

MAIN_TYPES = tuple(DamageType(kind) for kind in headline_types(DamageType))
"""What a drill's own model learns."""


def first_champion(plan: DrillPlan, timeline: Timeline) -> Path:
    """The folder of the first champion; the files of the drill say afterwards what later trainings begin from.

    Args:
        plan: of the drill, whose known photos are a dataset already.
        timeline: of the drill.

    Raises:
        MissingExtra: torch is not installed.
        CoachworkError: checkpoint or bundle cannot be used.
    """
    try:
        from coachwork.training.exporting import export_bundle
    except ModuleNotFoundError as missing:
        raise MissingExtra(extra="train", package=str(missing.name)) from missing
    checkpoint = plan.initial
    if checkpoint is None:
        write_files(plan, MAIN_TYPES, {})
        checkpoint = _trained(plan, timeline)
    local = _of_known_photos(plan, checkpoint)
    write_files(plan, types_of(local), _begun_from(local))
    if plan.champion is not None:
        timeline.tell(Lane.RELEASE, f"the bundle in {plan.champion} answers at the start")
        return plan.champion
    bundle, _ = export_bundle(local, plan.folder / "first-champion", name="damage")
    known = read_dataset(DatasetPlace(store=str(plan.folder / "datasets"), name="damage"))
    bundle = quickened(bundle.folder, known, most=len(known.samples), tell=lambda _: None)
    told = f"damage ({bundle.digest[:12]}), answers by {bundle.variant.words}"
    timeline.tell(Lane.RELEASE, f"the first champion is exported: {told}")
    return bundle.folder


def types_of(checkpoint: Path) -> tuple[DamageType, ...]:
    """What the model of a checkpoint knows."""
    from coachwork.training.checkpoint import read_checkpoint

    return tuple(DamageType(name) for name in read_checkpoint(checkpoint).plan["types"])


def _begun_from(checkpoint: Path) -> dict[str, Any]:
    """The [model] of plans that begin from a checkpoint."""
    from coachwork.training.checkpoint import read_checkpoint

    held = read_checkpoint(checkpoint).plan["model"]
    same = {name: held[name] for name in ("family", "backbone", "options")}
    return {**same, "initial": str(checkpoint), "pretrained": False}


def _trained(plan: DrillPlan, timeline: Timeline) -> Path:
    """Trains a small model on the known photos, without any variation of the light."""
    from coachwork.training.plan import read_plan
    from coachwork.training.starting import start_run

    read = read_plan(plan.folder / "plan.toml")
    still = replace(
        read, augmentation=replace(read.augmentation, light=0.0), tracking=replace(read.tracking, mlflow="off")
    )
    run = start_run(still, plan.folder / "first-run")
    timeline.tell(Lane.TRAINING, f"a first model is trained on {run.photos} photos, none of them in other light")
    run.train()
    return plan.folder / "first-run" / "best.pt"


def _of_known_photos(plan: DrillPlan, checkpoint: Path) -> Path:
    """A copy of a checkpoint that is exported and calibrated on the drill's known photos."""
    from coachwork.training.checkpoint import read_checkpoint, write_checkpoint

    read = read_checkpoint(checkpoint)
    place = DatasetPlace(store=str((plan.folder / "datasets").resolve()), name="damage")
    data = {**read.plan["data"], "datasets": [str(place)], "validate_on": [], "repeats": {}, "only_publishable": False}
    model = {**read.plan["model"], "height": plan.side_px, "width": plan.side_px}
    moved = plan.folder / "start.pt"
    write_checkpoint(moved, replace(read, plan={**read.plan, "data": data, "model": model}))
    return moved
