"""The pipelines by their names, as the command and Dagster run them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from coachwork.pipelines.loop.data import take_corrections, take_deliveries
from coachwork.pipelines.loop.listings import assess_listings
from coachwork.pipelines.loop.loop import Loop
from coachwork.pipelines.loop.monitoring import monitor
from coachwork.pipelines.loop.release import release
from coachwork.pipelines.loop.training import train_waiting
from coachwork.reactions.reaction import BY_ITSELF
from coachwork.storage.pipeline_run_store import PipelineRun


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """One pipeline.

    Attributes:
        name: as people call it.
        words: what becomes of what.
        run: does whatever is to be done now, wanted by somebody, and says what that was.
    """

    name: str
    words: str
    run: Callable[[Loop, str], str]


def _data(loop: Loop, _by: str) -> str:
    runs = list(take_deliveries(loop))
    corrected = take_corrections(loop)
    runs += [] if corrected is None else [corrected[0]]
    return _told(runs, "no new annotations", "version")


def _training(loop: Loop, _by: str) -> str:
    return _told(train_waiting(loop), "nothing to train on", "gates")


def _inference(loop: Loop, _by: str) -> str:
    found = assess_listings(loop)
    if found is None:
        return "no listings are named: see [listings] in the settings"
    return _told([found[0]] if found[1] else [], "no new listings", "out")


def _monitoring(loop: Loop, _by: str) -> str:
    found = monitor(loop)
    if found is None:
        return "no photos were assessed yet"
    return _told([found[0]] if found[1] else [], "no new photos", "words")


def _release(loop: Loop, by: str) -> str:
    return release(loop, by=by).value


def _told(runs: Sequence[PipelineRun], nothing: str, what: str) -> str:
    told = [f"run {run.number} {run.state}: {run.result.get(what, run.result.get('problem', ''))}" for run in runs]
    return "; ".join(told) or nothing


PIPELINES: Mapping[str, Pipeline] = {
    one.name: one
    for one in (
        Pipeline(name="data", words="new annotations or corrections -> dataset version -> checks -> report", run=_data),
        Pipeline(name="training", words="plan -> tracked run -> evaluation -> gates -> challenger", run=_training),
        Pipeline(name="inference", words="listings -> bulk assessment by the champion", run=_inference),
        Pipeline(name="monitoring", words="signals -> drift -> actions", run=_monitoring),
        Pipeline(name="release", words="shadow -> canary -> champion or roll-back", run=_release),
    )
}
"""Every pipeline, in the order in which one feeds the next."""


def run_pipeline(loop: Loop, name: str, *, by: str = BY_ITSELF) -> str:
    """Runs a pipeline once.

    Args:
        loop: with its settings.
        name: of `PIPELINES`.
        by: who wants it.

    Returns:
        What was done, one sentence.

    Raises:
        CoachworkError: something that it needs cannot be used.
    """
    return PIPELINES[name].run(loop, by)
