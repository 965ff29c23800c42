"""The monitoring pipeline: signals of the last photos are held against the champion's reference, and answered."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from coachwork.inference.bundle import load_bundle
from coachwork.monitoring.checking import latest_findings
from coachwork.monitoring.drift import DriftReport, Level
from coachwork.monitoring.drift_json import drift_to_json
from coachwork.monitoring.photo_record import Channel, PhotoRecord
from coachwork.monitoring.thresholds import Thresholds, read_thresholds
from coachwork.pipelines.loop.loop import Loop
from coachwork.pipelines.loop.models import registry_of, with_champion
from coachwork.pipelines.loop.references import reference_of
from coachwork.reactions.answers import Action, Condition
from coachwork.reactions.deciding import WantedAction, wanted_actions
from coachwork.reactions.reaction import ALL_PHOTOS, BY_ITSELF, Reaction
from coachwork.storage.columns import now
from coachwork.storage.labelling_store import QueuedPhoto
from coachwork.storage.pipeline_run_store import PipelineRun
from coachwork.storage.signal_store import SignalStore

PIPELINE = "monitoring"
_EASED_AFTER = 2


def monitor(loop: Loop) -> tuple[PipelineRun, bool] | None:
    """Checks the last photos once, and does what the table says; None where there are no photos yet.

    Returns:
        The run, whose result tells the report's level and the reactions; and whether these photos were new.

    Raises:
        CoachworkError: the champion or its reference cannot be used.
    """
    records = _window(loop)
    if not records:
        return None
    registry = registry_of(loop)
    bundle = load_bundle(with_champion(loop, registry))
    told = [f"{one.at.isoformat()}:{one.sha256}" for one in records]
    key = hashlib.sha256("\n".join([bundle.digest, *told]).encode()).hexdigest()

    def work() -> Mapping[str, Any]:
        report = latest_findings(reference_of(loop, bundle), records, _thresholds(loop))
        loop.tell(f"monitoring: {_words(report)}")
        taken = react(loop, report, records)
        return {
            "level": report.level.value,
            "words": _words(report),
            "photos": report.photos,
            "reactions": [one.number for one in taken],
            "report": drift_to_json(report),
        }

    run, done = loop.once(PIPELINE, key, why=f"{len(records)} photos up to {records[-1].at:%Y-%m-%d %H:%M}", work=work)
    if done:
        _ease(loop)
    return run, done


def react(loop: Loop, report: DriftReport, records: Sequence[PhotoRecord]) -> Sequence[Reaction]:
    """Does what a report asks for; what was done for the same drift before is not done again.

    Args:
        loop: with its settings.
        report: of a check.
        records: of the window that was checked.

    Returns:
        The new reactions.
    """
    settings, taken = loop.settings, []
    episode = len(loop.reactions.all(action=Action.EASE))
    for wanted in wanted_actions(report, brightness=settings.brightness, dark_below=settings.dark_below):
        detail: dict[str, Any] = {**wanted.detail, "cause": wanted.cause.value}
        if wanted.photos.market is not None:
            detail["tenants"] = [loop.keys.tenant(wanted.photos.market)]
        key = f"{report.bundle_digest[:12]}:{episode}:{wanted.key}"
        reaction, new = loop.reactions.take(
            wanted.action, wanted.condition, key=key, photos=wanted.photos, why=wanted.why, detail=detail
        )
        if not new and not (wanted.action is Action.QUEUE_PHOTOS and reaction.stands):
            continue
        if wanted.action is Action.QUEUE_PHOTOS and reaction.stands:
            reaction = _queued(loop, reaction, wanted, records)
        if new:
            taken.append(reaction)
            loop.tell(f"reaction {reaction.number}: {reaction.action} ({reaction.state}): {reaction.why}")
    return taken


def _window(loop: Loop) -> Sequence[PhotoRecord]:
    return SignalStore(loop.database).records(last=loop.settings.monitoring.photos, channel=Channel.CASE)


def _thresholds(loop: Loop) -> Thresholds:
    """The usual ones, whose false alarms a month are shared by all checks of the last 30 days, this one among them."""
    usual = read_thresholds()
    checks = loop.runs.count(PIPELINE, since=now() - timedelta(days=30))
    return replace(usual, checks_a_month=max(usual.checks_a_month, checks))


def _words(report: DriftReport) -> str:
    if report.shortage:
        return f"{report.level.words}: {report.shortage}"
    causes = [cause.words for part in report.slices[:1] for cause in part.causes]
    told = "; ".join(causes) or "nothing moved"
    return f"{report.level.words} on {report.photos} photos: {told}"


def _queued(loop: Loop, reaction: Reaction, wanted: WantedAction, records: Sequence[PhotoRecord]) -> Reaction:
    """Queues photos of the slice, the darkest first; those of later windows of the same drift come to them."""
    fitting = [one for one in records if one.readable and one.case and wanted.part.holds(one) and _inside(one, wanted)]
    ranked = sorted(fitting, key=lambda one: one.measures.get("highlights", 1.0))
    room = loop.settings.monitoring.queue - int(reaction.detail.get("photos", 0))
    added = loop.queue.add(_photos(loop, ranked[: max(room, 0)], wanted), reaction)
    loop.tell(f"labelling queue: {added} photos more")
    return loop.reactions.note(reaction.number, {"photos": int(reaction.detail.get("photos", 0)) + added})


def _inside(record: PhotoRecord, wanted: WantedAction) -> bool:
    return wanted.photos.holds(brightness=record.measures.get("highlights", 0.0))


def _photos(loop: Loop, records: Sequence[PhotoRecord], wanted: WantedAction) -> list[QueuedPhoto]:
    found = []
    for one in records:
        level = one.measures.get("highlights", 1.0)
        why = f"{wanted.photos.name}: brightness {level:.2f}"
        photo = loop.queue.of_case(one.case, one.sha256, rank=level, why=why)
        if photo is not None:
            found.append(photo)
    return found


def _ease(loop: Loop) -> None:
    """Eases advice again, and ends holds on offers, once two checks in a row saw no drift."""
    last = loop.runs.all(pipeline=PIPELINE, limit=_EASED_AFTER)
    calm = len(last) == _EASED_AFTER and all(run.result.get("level") == Level.OK.value for run in last)
    standing = [*loop.reactions.all(action=Action.TIGHTEN_ADVICE, standing=True), *loop.reactions.holds()]
    if not calm or not standing:
        return
    why = f"{_EASED_AFTER} checks in a row saw no drift"
    numbers = [one.number for one in standing]
    before = "held up after" if loop.reactions.is_paused(Action.EASE) else "after"
    reaction, _ = loop.reactions.take(
        Action.EASE,
        Condition.DRIFT_GONE,
        key=f"{before} {hashlib.sha256(str(numbers).encode()).hexdigest()[:32]}",
        photos=ALL_PHOTOS,
        why=why,
        detail={"reactions": numbers},
    )
    if not reaction.stands:
        return
    for one in standing:
        loop.reactions.end(one.number, by=BY_ITSELF, why=f"{why}: reaction {reaction.number}")
        hold = one.action is Action.PAUSE_OFFERS
        told = f"offers on the slice {one.photos.name!r} are no longer held back" if hold else "advice is eased"
        loop.tell(f"monitoring: {told}: {why}")
