"""The training pipeline: a version of the dataset becomes a run, a bundle, a report of gates, perhaps a challenger."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coachwork.datasets.dataset import read_dataset
from coachwork.datasets.place import DatasetPlace
from coachwork.datasets.sample import Split
from coachwork.datasets.store import DatasetStore
from coachwork.errors import MissingExtra
from coachwork.inference.contents import contents_of
from coachwork.inference.variant import WEIGHTS_FILE
from coachwork.pipelines.loop.data import PIPELINE as DATA
from coachwork.pipelines.loop.loop import Loop, RefusedInput
from coachwork.pipelines.loop.models import registry_of, registry_uri, with_champion, words_of
from coachwork.pipelines.loop.quickening import quickened
from coachwork.pipelines.loop.references import keep_reference
from coachwork.reactions.answers import Action, Condition
from coachwork.reactions.reaction import ALL_PHOTOS, BY_ITSELF, PhotoSlice, Reaction
from coachwork.registry.gate import GateReport
from coachwork.registry.gate_toml import read_gates
from coachwork.registry.gating import GatePhotos
from coachwork.storage.pipeline_run_store import PipelineRun, RunState

if TYPE_CHECKING:
    from coachwork.registry.lineage import RegisteredModel
    from coachwork.registry.registry import Registry
    from coachwork.training.plan import Plan

PIPELINE = "training"
_RESAMPLES = 200


def want_training(
    loop: Loop, condition: Condition, *, key: str, why: str, photos: PhotoSlice = ALL_PHOTOS, light: bool = False
) -> Reaction:
    """Puts a training on the list of those that are to be carried out; the same one once."""
    reaction, _ = loop.reactions.take(Action.TRAIN, condition, key=key, photos=photos, why=why, detail={"light": light})
    return reaction


def want_for_new_versions(loop: Loop) -> Sequence[Reaction]:
    """Puts on the list what new versions with enough new photos ask for."""
    least = loop.settings.training.least_photos
    light = bool(loop.reactions.holds())
    wanted = []
    for run in reversed(loop.runs.all(pipeline=DATA)):
        if run.state is RunState.DONE and run.result["new_photos"] >= least:
            version = run.result["version"]
            condition = Condition.CORRECTIONS if run.result["corrections"] else Condition.NEW_ANNOTATIONS
            why = f"version {version[:12]} has {run.result['new_photos']} new photos, {least} are asked for"
            wanted.append(want_training(loop, condition, key=version, why=why, light=light))
    return wanted


def waiting_trainings(loop: Loop) -> Sequence[Reaction]:
    """The trainings that are to be carried out, the first one first."""
    return loop.reactions.all(action=Action.TRAIN, standing=True)


def train_waiting(loop: Loop) -> Sequence[PipelineRun]:
    """Carries out the trainings on the list, one after the other; what was trained before is not trained again."""
    runs = []
    want_for_new_versions(loop)
    for reaction in waiting_trainings(loop):
        if loop.reactions.is_paused(Action.TRAIN):
            loop.tell("training: paused; see  coachwork reactions list")
            break
        run, _ = train(loop, light=bool(reaction.detail.get("light")), why=reaction.why)
        if run.state is RunState.RUNNING:
            continue
        ended = f"run {run.number}: {run.result.get('gates', run.result.get('problem', run.state))}"
        loop.reactions.end(reaction.number, by=reaction.by, why=ended, detail={"run": run.number})
        runs.append(run)
    return runs


def train(loop: Loop, *, light: bool = False, why: str) -> tuple[PipelineRun, bool]:
    """Trains on the current version of the dataset, and holds what comes of it against the gates.

    Args:
        loop: with its settings.
        light: with the lighting augmentation of the settings.
        why: one sentence.

    Returns:
        The run, whose result tells of bundle and gates; and whether it was carried out now.

    Raises:
        CoachworkError: dataset, plan or gates cannot be used, or the training failed.
    """
    place = DatasetPlace.of(loop.settings.data.dataset)
    version = DatasetStore(place.store).resolve(place.name)
    plan = _plan(loop, place.at(version), light=light)
    key = _key(plan, version)
    run, done = loop.once(PIPELINE, key, why=why, work=lambda: _trained(loop, plan, place.at(version), key))
    if done and run.state is RunState.DONE and not run.result["passed"]:
        loop.reactions.take(
            Action.REFUSE_CHALLENGER,
            Condition.BROKEN_CHALLENGER,
            key=run.result["digest"],
            photos=ALL_PHOTOS,
            why=f"{run.result['model']} {run.result['number']}: {run.result['gates']}",
            detail={"run": run.number, "findings": run.result["blocking"]},
        )
    return run, done


def _plan(loop: Loop, place: DatasetPlace, *, light: bool) -> "Plan":
    """The plan of the settings on a version of the dataset, perhaps from the champion, perhaps with more light."""
    try:
        from coachwork.training.plan import ModelPlan, made_as, read_plan
    except ModuleNotFoundError as missing:
        raise MissingExtra(extra="train", package=str(missing.name)) from missing
    plan = read_plan(loop.settings.training.plan)
    varied = plan.augmentation
    if light:
        varied = replace(varied, light=max(varied.light, loop.settings.training.light))
    tracking = replace(plan.tracking, mlflow=plan.tracking.mlflow or registry_uri(loop))
    data = replace(plan.data, datasets=(str(place),))
    plan = replace(plan, data=data, augmentation=varied, tracking=tracking)
    champion = _champion_to_train_on(loop)
    if champion is None:
        return plan
    made = made_as(champion)
    planned = {name: value for name, value in plan.model.options.items() if name == "frozen_stages"}
    model = ModelPlan(
        family=made["family"],
        backbone=made["backbone"],
        height=plan.model.height,
        width=plan.model.width,
        initial=str(champion),
        options=made["options"] | planned,
    )
    return replace(plan, model=model)


def _champion_to_train_on(loop: Loop) -> Path | None:
    """The folder of the champion, where the settings start from it and it carries its weights."""
    if not loop.settings.training.from_champion:
        return None
    champion = with_champion(loop, registry_of(loop))
    if (champion / WEIGHTS_FILE).is_file():
        return champion
    loop.tell("training: the champion's bundle carries no weights to train on from, so it begins as the plan says")
    return None


def _key(plan: "Plan", version: str) -> str:
    """Digest of all that the weights depend on; neither of where the dataset lies nor of where records go."""
    told = plan.as_json()
    told["data"]["datasets"] = version
    if plan.model.initial and (start := Path(plan.model.initial)).is_dir():
        told["model"]["initial"] = contents_of(start).digest
    told = {name: value for name, value in told.items() if name not in {"tracking", "watchdog"}}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _trained(loop: Loop, plan: "Plan", place: DatasetPlace, key: str) -> Mapping[str, Any]:
    from coachwork.training.exporting import export_bundle
    from coachwork.training.starting import start_run
    from coachwork.training.tracking.attaching import NotAttachedError, attach_bundle

    settings, version = loop.settings.training, place.version
    folder = settings.runs / f"{plan.name}-{key[:12]}"
    run = start_run(plan, folder, threads=settings.threads or None)
    loop.tell(f"training: {run.photos} photos an epoch, {plan.schedule.epochs} epochs, on {version[:12]}; in {folder}")
    scores = run.train(say=loop.tell)
    if scores is None:
        why = f"the run in {folder} learnt nothing that could be measured: it needs validation photos"
        raise RefusedInput(why)
    exported, _ = export_bundle(folder / "best.pt", folder / "bundle", name=settings.model)
    bundle = quickened(exported.folder, read_dataset(place), most=settings.variants, tell=loop.tell)
    try:
        tracked = attach_bundle(folder / "best.pt", exported)
    except NotAttachedError as away:
        tracked = None
        loop.tell(f"training: {away}")
    keep_reference(bundle, place, parts=loop.service.parts)
    registry = registry_of(loop)
    with_champion(loop, registry)
    model = registry.add(bundle.folder, by=BY_ITSELF)
    loop.tell(f"training: {words_of(model)} is in the registry, on version {version[:12]}")
    report = gate(loop, registry, model, version)
    loop.tell(f"training: {words_of(model)}: {report.summary}")
    (folder / "gates.json").write_text(json.dumps(report.to_json(), indent=1) + "\n", encoding="utf-8")
    return {
        "version": version,
        "folder": str(folder),
        "tracked": tracked,
        "model": model.name,
        "number": model.version,
        "digest": model.digest,
        "variant": bundle.variant.name,
        "light": plan.augmentation.light,
        "val_box_ap50": scores.box_ap50,
        "val_mask_ap50": scores.mask_ap50,
        "passed": report.passed,
        "gates": report.summary,
        "blocking": [f"{one.name}: {one.sentence}" for one in report.findings if one.blocks],
        "slices": _slices(report),
        "report": str(folder / "gates.json"),
    }


def gate(loop: Loop, registry: "Registry", model: "RegisteredModel", version: str) -> GateReport:
    """Holds a version of the model against the champion on the photos of a dataset's version that neither learnt from.

    Args:
        loop: with its settings.
        registry: that holds both.
        model: that is to become champion.
        version: digest of the dataset's version.

    Raises:
        CoachworkError: gates, bundles or photos cannot be used.
    """
    place = DatasetPlace.of(loop.settings.data.dataset).at(version)
    dataset = read_dataset(place)
    held_out = [one for split in (Split.VAL, Split.TEST) for one in dataset.split(split)]
    photos = GatePhotos(
        samples=[one for one in held_out if one.shapes],
        folder=dataset.folder,
        undamaged=[one for one in held_out if one.annotated and not one.shapes],
        about=f"{place.name} {version[:12]}",
    )
    limits = read_gates(loop.settings.training.gates)
    return registry.gate(model, limits, photos, resamples=_RESAMPLES).report


def _slices(report: GateReport) -> dict[str, str]:
    """Slice -> what its gate found; by these a hold on a slice ends when the bundle becomes champion."""
    return {one.name: f"{one.outcome}: {one.figure}" for one in report.findings if one.gate == "slices"}
