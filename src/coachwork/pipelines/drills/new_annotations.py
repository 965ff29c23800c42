"""The drill of new annotations: a broken file, a good one, the same again; from file to champion by itself."""

import shutil
from collections.abc import Callable

from coachwork.datasets.store import DatasetStore
from coachwork.pipelines.drills.plan import DrillPlan
from coachwork.pipelines.drills.playing import annotate, release_with_photos, train_what_waits
from coachwork.pipelines.drills.stage import Stage, opened
from coachwork.pipelines.drills.timeline import Check, DrillReport, Lane, Moment, Timeline
from coachwork.pipelines.loop.data import new_deliveries, take_deliveries
from coachwork.pipelines.loop.release import Stage as ReleaseStage
from coachwork.pipelines.loop.training import train_waiting
from coachwork.reactions.answers import Action, Condition
from coachwork.storage.pipeline_run_store import PipelineRun, RunState
from coachwork.storage.release_store import ReleaseTable

NAME = "new-annotations"
_FEW = 40


def play_new_annotations(plan: DrillPlan, say: Callable[[Moment], None]) -> DrillReport:
    """Plays the drill.

    Args:
        plan: how.
        say: hears of each moment.

    Raises:
        CoachworkError: it cannot be played with what was given.
    """
    timeline = Timeline(say)
    with opened(plan, timeline) as stage:
        sent = stage.send(min(_FEW, plan.normal or _FEW))
        timeline.tell(Lane.PHOTOS, f"{len(sent)} claims, whose photos are labelled then")
        digests = [one.sample.sha256 for one in sent]
        broken = _broken(stage, digests)
        versions = DatasetStore(plan.folder / "datasets").history("damage")
        good = annotate(stage, "second-try", digests)
        again = _again(stage)
        trained = train_what_waits(stage)
        twice = train_waiting(stage.loop)
        found = release_with_photos(stage, stops=0.0)
        checks = (
            Check(
                promise="a broken delivery is refused, and changes nothing",
                kept=broken.state is RunState.REFUSED and len(versions) == 1 and _refused(stage),
                found=str(broken.result.get("problem", "")),
            ),
            Check(
                promise="a good delivery becomes a version, with a report",
                kept=good.state is RunState.DONE and good.result["new_photos"] == len(digests),
                found=f"version {good.result['version'][:12]}, {good.result['new_photos']} new photos",
            ),
            Check(
                promise="the same files again make no version and no run",
                kept=not again,
                found=f"{again} new runs, {_versions(plan)} versions in all",
            ),
            Check(
                promise="the version is trained on once, by itself",
                kept=len(trained) == 1 and not twice and _by_itself(stage),
                found=f"{len(trained)} run, then {len(twice)}",
            ),
            *_of_release(stage, found, trained[0] if trained else None),
        )
    about = {"dataset": plan.dataset}
    return DrillReport(
        name=NAME, moments=tuple(timeline.moments), checks=checks, figures=_figures(timeline), about=about
    )


def _broken(stage: Stage, digests: list[str]) -> PipelineRun:
    """Delivers a file that was cut off on its way."""
    folder = stage.deliver("first-try", digests)
    file = folder / "annotations.coco.json"
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    (run,) = take_deliveries(stage.loop)
    stage.timeline.tell(Lane.DATA, f"a delivery that was cut off: {run.state}: {run.result.get('problem', '')}")
    return run


def _again(stage: Stage) -> int:
    """Delivers the same files under another name; how many of them the data pipeline takes."""
    watch = stage.loop.settings.data.watch
    shutil.copytree(watch / "second-try", watch / "second-try-again")
    runs = len(new_deliveries(stage.loop)) + len(take_deliveries(stage.loop))
    stage.timeline.tell(Lane.DATA, f"the same files once more: {runs} runs")
    return runs


def _refused(stage: Stage) -> bool:
    return any(one.condition is Condition.FAILED_CHECKS for one in stage.loop.reactions.all(action=Action.REFUSE_DATA))


def _by_itself(stage: Stage) -> bool:
    return [one.condition for one in stage.loop.reactions.all(action=Action.TRAIN)] == [Condition.NEW_ANNOTATIONS]


def _versions(plan: DrillPlan) -> int:
    return len(DatasetStore(plan.folder / "datasets").history("damage"))


def _of_release(stage: Stage, found: ReleaseStage, trained: PipelineRun | None) -> tuple[Check, ...]:
    """A challenger that passes its gates becomes champion; one that does not is refused, and the champion stays."""
    champion = ReleaseTable(stage.loop.database).read().champion
    answers = stage.service.models.serving().champion.words
    passed = trained is not None and bool(trained.result["passed"])
    digest = "" if trained is None else str(trained.result["digest"])
    is_new = champion is not None and champion.digest == digest
    if passed:
        promise = "the challenger passes gates, shadow and canary, and answers as champion"
        kept = found is ReleaseStage.PROMOTED and is_new
    else:
        promise = "the challenger fails its gates, is refused, and the champion goes on"
        kept = not is_new and bool(stage.loop.reactions.all(action=Action.REFUSE_CHALLENGER))
    return (Check(promise=promise, kept=kept, found=f"{found}; {answers} answers"),)


def _figures(timeline: Timeline) -> dict[str, str]:
    began = next((one.at_s for one in timeline.moments if one.lane is Lane.PEOPLE), 0.0)
    ended = [one.at_s for one in timeline.moments if one.lane is Lane.RELEASE and one.words.startswith("champion")]
    return {"from annotation file to champion": f"{ended[-1] - began:.0f} s"} if ended else {}
