"""The data pipeline: a delivery of annotations, or people's corrections, become a checked version of the dataset."""

import hashlib
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from coachwork.annotations.importing import ImportPlan, ImportReport, import_source
from coachwork.annotations.problems import Problem, ProblemCode, SourceError
from coachwork.casework.feedback import CORRECTIONS, export_feedback
from coachwork.datasets.checking import check_version
from coachwork.datasets.place import DatasetError, DatasetPlace
from coachwork.datasets.store import DatasetStore
from coachwork.datasets.understanding import understand
from coachwork.pipelines.loop.deliveries import Delivery, deliveries
from coachwork.pipelines.loop.loop import Loop, RefusedInput
from coachwork.reactions.answers import Action, Condition
from coachwork.reactions.reaction import ALL_PHOTOS
from coachwork.reports.dataset_pictures import PictureLimits
from coachwork.reports.dataset_report import write_dataset_report
from coachwork.storage.labelling_store import LabellingState
from coachwork.storage.pipeline_run_store import PipelineRun, RunState
from coachwork.taxonomy import TaxonomyError

PIPELINE = "data"
_REASONS = 5
_PICTURES = PictureLimits(suspicions=4)


def new_deliveries(loop: Loop) -> tuple[Delivery, ...]:
    """Deliveries in the watched folder that no run worked on yet."""
    known = {run.key for run in loop.runs.all(pipeline=PIPELINE, limit=100_000) if run.state is not RunState.FAILED}
    data = loop.settings.data
    return tuple(one for one in deliveries(data.watch, quiet_s=data.quiet_s) if one.digest not in known)


def take_deliveries(loop: Loop) -> Sequence[PipelineRun]:
    """Takes every new delivery; what was paused stays where it lies."""
    return [take_delivery(loop, one)[0] for one in new_deliveries(loop) if not _is_paused(loop)]


def take_delivery(
    loop: Loop, delivery: Delivery, *, condition: Condition = Condition.NEW_ANNOTATIONS
) -> tuple[PipelineRun, bool]:
    """Makes a version of one delivery; a delivery with the same bytes is taken once.

    Returns:
        The run, whose result names the dataset's version, and whether anything was done.

    Raises:
        DatasetError: the dataset cannot be read or written.
    """
    why = f"{condition}: {delivery.path.name} ({delivery.digest[:12]})"
    run, done = loop.once(PIPELINE, delivery.digest, why=why, work=lambda: _taken(loop, delivery))
    if done:
        _react(loop, run, delivery, condition)
    return run, done


def take_corrections(loop: Loop) -> tuple[PipelineRun, bool] | None:
    """Makes a version of people's corrections, once enough came since the last time; None where too few did."""
    data = loop.settings.data
    if not data.corrections or _is_paused(loop):
        return None
    with tempfile.TemporaryDirectory(prefix="coachwork-feedback-") as place:
        folder = Path(place) / "feedback"
        done = export_feedback(
            loop.keys.tenant(data.tenant),
            folder,
            cases=loop.cases,
            corrections=loop.corrections,
            photo_bytes=loop.photo_store,
        )
        before = max((run.result.get("corrections", 0) for run in loop.runs.all(pipeline=PIPELINE)), default=0)
        if done.corrections - before < data.corrections or not done.photos:
            return None
        key = hashlib.sha256((folder / CORRECTIONS).read_bytes()).hexdigest()
        return take_delivery(loop, Delivery(path=folder, digest=key), condition=Condition.CORRECTIONS)


def _is_paused(loop: Loop) -> bool:
    if loop.reactions.is_paused(Action.MAKE_VERSION):
        loop.tell("data: versions are paused; see  coachwork reactions list")
        return True
    return False


def _taken(loop: Loop, delivery: Delivery) -> Mapping[str, Any]:
    """Tries the delivery in a place of its own first: what is refused never touches the dataset."""
    data = loop.settings.data
    with tempfile.TemporaryDirectory(prefix="coachwork-delivery-") as place:
        tried = _tried(loop, delivery, Path(place) / "store" / "tried")
    loop.tell(f"data: {delivery.path.name} holds {tried.photos_read} photos that can be used")
    to = DatasetPlace.to_write(data.dataset)
    store = DatasetStore(to.store)
    before = store.head(to.name)
    plan = ImportPlan(source=delivery.path, to=data.dataset, label_map=data.label_map, merge=before is not None)
    made = import_source(plan).dataset
    wrong = check_version(store, made.digest, bytes_too=False)
    if wrong:
        if before is not None:
            head = store.head(to.name)
            store.move(to.name, before.version, after=head, how=f"checks refused {delivery.path.name}")
        why = f"the version {made.digest[:12]} fails its checks: {wrong[0].where}: {wrong[0].what}"
        raise RefusedInput(why)
    earlier = {one.sha256 for one in store.version(before.version).samples} if before is not None else set()
    fresh = [one for one in made.samples if one.sha256 not in earlier]
    marked = loop.queue.mark((one.sha256 for one in made.samples if one.shapes), LabellingState.LABELLED)
    page = loop.service.data_dir / "loop" / "reports" / f"{made.digest[:12]}.html"
    title = f"New in version {made.digest[:12]} of {to.name}"
    about = {"dataset": data.dataset, "version": made.digest, "delivery": delivery.digest}
    write_dataset_report(
        understand(fresh, made.folder, about=about), page, folder=made.folder, title=title, limits=_PICTURES
    )
    loop.tell(f"data: version {made.digest[:12]} of {to.name}, {len(fresh)} new photos; report: {page}")
    return {
        "dataset": data.dataset,
        "version": made.digest,
        "parent": None if before is None else before.version,
        "new_photos": len(fresh),
        "photos": len(made.samples),
        "labelled_of_queue": marked,
        "problems": len(tried.problems),
        "report": str(page),
        "corrections": _corrections(delivery),
    }


def _tried(loop: Loop, delivery: Delivery, place: Path) -> ImportReport:
    data = loop.settings.data
    try:
        report = import_source(ImportPlan(source=delivery.path, to=place, label_map=data.label_map))
    except (SourceError, TaxonomyError, DatasetError) as refused:
        why = f"{delivery.path.name} cannot be used: {refused}"
        raise RefusedInput(why) from refused
    unread = [one for one in report.problems if one.code is ProblemCode.FILE_UNREADABLE]
    if unread:
        why = f"{delivery.path.name} holds a file that cannot be read: {unread[0]}"
        raise RefusedInput(why, result={"problems": _shown(unread)})
    grave = [one for one in report.problems if not one.code.is_note]
    if len(grave) > data.most_problems * report.photos_read:
        share = len(grave) / report.photos_read
        why = (
            f"{delivery.path.name} has {len(grave)} problems in {report.photos_read} photos ({share:.0%}, at most "
            f"{data.most_problems:.0%} are let through); the first: {grave[0]}"
        )
        raise RefusedInput(why, result={"problems": _shown(grave)})
    if not any(one.annotated for one in report.dataset.samples):
        why = f"{delivery.path.name} holds {report.photos_read} photos and no annotations of them"
        raise RefusedInput(why)
    return report


def _shown(problems: Sequence[Problem]) -> list[str]:
    return [str(one) for one in problems[:_REASONS]]


def _corrections(delivery: Delivery) -> int:
    """How many corrections a delivery of feedback holds; 0 of others."""
    lines = delivery.path / CORRECTIONS
    return len(lines.read_text(encoding="utf-8").splitlines()) if lines.is_file() else 0


def _react(loop: Loop, run: PipelineRun, delivery: Delivery, condition: Condition) -> None:
    if run.state is RunState.REFUSED:
        loop.reactions.take(
            Action.REFUSE_DATA,
            Condition.FAILED_CHECKS,
            key=delivery.digest,
            photos=ALL_PHOTOS,
            why=run.result["problem"],
            detail={"delivery": str(delivery.path), "run": run.number},
        )
        return
    result = run.result
    loop.reactions.take(
        Action.MAKE_VERSION,
        condition,
        key=delivery.digest,
        photos=ALL_PHOTOS,
        why=f"{delivery.path.name}: {result['new_photos']} new photos make version {result['version'][:12]}",
        detail={"delivery": delivery.digest, "run": run.number, **result},
    )
