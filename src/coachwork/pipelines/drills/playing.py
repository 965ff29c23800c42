"""Moves that all drills share: a check of the last photos, annotations, training, the way of a challenger."""

import time
from collections.abc import Sequence

from coachwork.evaluation.bootstrap import Figure
from coachwork.pipelines.drills.measuring import Light, accuracy
from coachwork.pipelines.drills.stage import Stage
from coachwork.pipelines.drills.timeline import Lane
from coachwork.pipelines.loop.data import take_deliveries
from coachwork.pipelines.loop.models import registry_of, with_champion
from coachwork.pipelines.loop.monitoring import monitor
from coachwork.pipelines.loop.release import Stage as ReleaseStage
from coachwork.pipelines.loop.release import step
from coachwork.pipelines.loop.training import train_waiting
from coachwork.reactions.reaction import Reaction
from coachwork.storage.pipeline_run_store import PipelineRun

_MOST_STEPS = 12


def check_photos(stage: Stage) -> str:
    """Lets the monitoring pipeline look at the last photos; tells what it did, and gives the report's level."""
    known = {one.number for one in stage.loop.reactions.all()}
    found = monitor(stage.loop)
    if found is None:
        return ""
    stage.timeline.tell(Lane.WATCHING, found[0].result["words"])
    for one in stage.loop.reactions.all():
        if one.number not in known:
            tell_reaction(stage, one)
    return str(found[0].result["level"])


def tell_reaction(stage: Stage, one: Reaction) -> None:
    """Puts a reaction into the timeline."""
    count = f", {one.detail['photos']} photos" if "photos" in one.detail else ""
    stage.timeline.tell(Lane.ACTIONS, f"reaction {one.number}: {one.action} on {one.photos.name}{count} ({one.state})")


def annotate(stage: Stage, name: str, digests: Sequence[str]) -> PipelineRun:
    """Delivers annotations, and lets the data pipeline take them."""
    stage.deliver(name, digests)
    stage.timeline.tell(Lane.PEOPLE, f"annotators put {len(digests)} labelled photos into the watched folder")
    begun = time.monotonic()
    (run,) = take_deliveries(stage.loop)
    told = run.result.get("problem") or f"version {run.result['version'][:12]}: {run.result['new_photos']} new photos"
    stage.timeline.tell(Lane.DATA, told, took_s=time.monotonic() - begun)
    return run


def train_what_waits(stage: Stage) -> Sequence[PipelineRun]:
    """Lets the training pipeline carry out what waits."""
    begun = time.monotonic()
    runs = train_waiting(stage.loop)
    for run in {one.number: one for one in runs}.values():
        result, took_s = run.result, time.monotonic() - begun
        told = f"damage {result['number']} trained on {result['version'][:12]}, light {result['light']:g}"
        stage.timeline.tell(Lane.TRAINING, told, took_s=took_s)
        stage.timeline.tell(Lane.TRAINING, f"its gates: {result['gates']}")
    return runs


def release_with_photos(stage: Stage, *, stops: float) -> ReleaseStage:
    """Lets the release pipeline go as far as it does while photos are sent in."""
    found = ReleaseStage.NOTHING
    for _ in range(_MOST_STEPS):
        before, found = found, step(stage.loop)
        if found is not before:
            stage.timeline.tell(Lane.RELEASE, _words(stage, found))
        if found not in {ReleaseStage.SHADOW, ReleaseStage.CANARY}:
            break
        stage.service.models.follow()
        sent = stage.send(stage.plan.trial, stops=stops)
        stage.timeline.tell(Lane.PHOTOS, f"{len(sent)} photos more for shadow and canary")
    stage.service.models.follow()
    return found


def measured(stage: Stage, lights: Sequence[Light]) -> dict[str, Figure]:
    """Accuracy of the present champion in each light."""
    folder = with_champion(stage.loop, registry_of(stage.loop))
    begun = time.monotonic()
    found = {light.name: accuracy(folder, light) for light in lights}
    told = ", ".join(f"{name} {figure}" for name, figure in found.items())
    stage.timeline.tell(Lane.WATCHING, f"box AP50 of the champion: {told}", took_s=time.monotonic() - begun)
    return found


def _words(stage: Stage, found: ReleaseStage) -> str:
    release = registry_of(stage.loop).read()
    last = f"{release.action}: {release.why}" if release.why else release.action
    return f"{found}: revision {release.revision}, {last}"
