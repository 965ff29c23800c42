"""The drill of a bad release: broken challengers are caught by gates, and where these are bypassed by the canary."""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from coachwork.cases.case import CaseState
from coachwork.datasets.place import DatasetPlace
from coachwork.datasets.store import DatasetStore
from coachwork.errors import CoachworkError
from coachwork.inference.assessing import Assessor
from coachwork.inference.bundle import load_bundle, shipped_parts_folder
from coachwork.inference.severity_file import shipped_severity_path
from coachwork.photos.letterbox import Letterbox
from coachwork.photos.reading import read_photo
from coachwork.pipelines.drills.broken_bundles import Fault, broken_bundle
from coachwork.pipelines.drills.plan import DrillPlan
from coachwork.pipelines.drills.stage import SentCase, Stage, opened
from coachwork.pipelines.drills.timeline import Check, DrillReport, Lane, Moment, Timeline
from coachwork.pipelines.loop.models import registry_of, with_champion
from coachwork.pipelines.loop.training import gate
from coachwork.registry.lineage import RegisteredModel
from coachwork.registry.registry import NotPromoted
from coachwork.registry.release import Action as Move
from coachwork.registry.release import Limits, Mode, Release, Signature
from coachwork.registry.release_moves import change, start_canary, stop
from coachwork.storage.release_store import ReleaseTable

NAME = "bad-release"
_CAUGHT_BY_CANARY = (Fault.BLIND, Fault.SLOW, Fault.RAISING)
_MOST_ROUNDS = 4
_WAIT_S = 10.0
_SLOWER = 20.0
"""Times the usual answer that a slow challenger is made to take longer; done quicker, still several."""
_LEVEL_PHOTOS = 31


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What became of a broken challenger.

    Attributes:
        fault: what is wrong with it.
        gates: what they said; empty where they let it pass.
        canary: why it was taken back; empty where it was not.
        photos: that were sent until then.
        sent: the claims of them.
    """

    fault: Fault
    gates: str
    canary: str
    photos: int
    sent: tuple[SentCase, ...]


def play_bad_release(plan: DrillPlan, say: Callable[[Moment], None]) -> DrillReport:
    """Plays the drill.

    Args:
        plan: how.
        say: hears of each moment.

    Raises:
        CoachworkError: it cannot be played with what was given.
    """
    timeline = Timeline(say)
    with opened(plan, timeline) as stage:
        sound = with_champion(stage.loop, registry_of(stage.loop))
        champion = ReleaseTable(stage.loop.database).read().champion
        tried = {fault: _try(stage, sound, fault) for fault in Fault}
        release = ReleaseTable(stage.loop.database).read()
        after = stage.send(3)
        checks = (
            *(_of_gates(one) for one in tried.values()),
            *(_of_canary(tried[fault]) for fault in _CAUGHT_BY_CANARY),
            Check(
                promise="the champion never changed",
                kept=release.champion == champion and release.challenger is None,
                found="nobody" if release.champion is None else release.champion.words,
            ),
            Check(
                promise="no claim failed while broken challengers answered",
                kept=all(case.state is CaseState.READY for one in tried.values() for case in one.sent),
                found=f"{sum(len(one.sent) for one in tried.values())} claims, all worked on",
            ),
            Check(
                promise="the service goes on",
                kept=all(case.state is CaseState.READY for case in after),
                found=f"{len(after)} claims more",
            ),
        )
    return DrillReport(
        name=NAME,
        moments=tuple(timeline.moments),
        checks=checks,
        figures=_figures(tried),
        about={"dataset": plan.dataset},
    )


def _try(stage: Stage, sound: Path, fault: Fault) -> Tried:
    """Holds a broken bundle against the gates; then a canary begins in spite of them."""
    stage.timeline.tell(Lane.PEOPLE, f"a challenger comes of which {fault.words}")
    folder = stage.plan.folder / "broken" / fault
    broken_bundle(sound, fault, folder, level=_usual_level(stage, sound), slow_s=_SLOWER * _answer_s(stage, sound))
    registry = registry_of(stage.loop)
    model = registry.add(folder, by="drill")
    gates = _gated(stage, model)
    if fault not in _CAUGHT_BY_CANARY:
        return Tried(fault=fault, gates=gates, canary="", photos=0, sent=())
    signature = Signature(by="drill", why=f"the drill bypasses the gates: {fault.words}")
    bundle, limits = registry.bundle_version(model), Limits(min_photos=10, latency_ratio=2.0, disagreement=0.2)
    change(registry.releases, lambda one: start_canary(one, signature, share=1.0, challenger=bundle, limits=limits))
    stage.service.models.follow()
    stage.timeline.tell(Lane.RELEASE, f"in spite of that it answers every claim, as a canary: {bundle.words}")
    sent: list[SentCase] = []
    for _ in range(_MOST_ROUNDS):
        if _taken_back(stage):
            break
        sent += stage.send(stage.plan.trial)
    why = _waited_for(stage)
    if not why:
        change(registry.releases, lambda one: stop(one, Signature(by="drill", why="the drill ends it")))
    stage.service.models.follow()
    told = f"taken back after {len(sent)} claims: {why}" if why else f"not taken back by {len(sent)} claims"
    stage.timeline.tell(Lane.RELEASE, told)
    return Tried(fault=fault, gates=gates, canary=why, photos=len(sent), sent=tuple(sent))


def _answer_s(stage: Stage, sound: Path) -> float:
    """How long an answer takes by the sound model, with parts and severity as the service gives them."""
    assessor = Assessor(sound, parts=shipped_parts_folder(), severity=shipped_severity_path())
    one = stage.sets.known[0]
    took = []
    for _ in range(2):  # the first one also loads the models
        begun = time.perf_counter()
        photo = read_photo(stage.sets.dataset.photo_path(one), name=one.name, min_side=assessor.min_side)
        assessor.assess(photo, file=one.name, parts=assessor.parts_in(photo))
        took.append(time.perf_counter() - begun)
    return min(took)


def _usual_level(stage: Stage, sound: Path) -> float:
    """Median over some known photos of the mean grey level that the model sees, so that about half are darker."""
    target = load_bundle(sound).card.input_size
    levels = []
    for one in stage.sets.known[:_LEVEL_PHOTOS]:
        photo = read_photo(stage.sets.dataset.photo_path(one), name=one.name)
        levels.append(float(Letterbox(photo=photo.size, target=target).apply(photo.pixels).mean()))
    return statistics.median(levels)


def _gated(stage: Stage, model: RegisteredModel) -> str:
    """What the gates say against a challenger, and that it may not be promoted; empty where they let it pass."""
    begun = time.monotonic()
    registry = registry_of(stage.loop)
    place = DatasetPlace.of(stage.loop.settings.data.dataset)
    version = DatasetStore(place.store).resolve(place.name)
    try:
        report = gate(stage.loop, registry, model, version)
        registry.promote(model, by="drill", why="the drill tries")
    except NotPromoted as refused:
        told = str(refused)
    except CoachworkError as failed:
        told = f"the gates cannot even run it: {failed}"
    else:
        told = ""
        registry.rollback(by="drill", why=f"the drill ends it: {report.summary}")
    words = told or "the gates let it pass"
    stage.timeline.tell(Lane.RELEASE, words, took_s=time.monotonic() - begun)
    return told


def _taken_back(stage: Stage) -> str:
    """Why the challenger was taken back; empty while it is tried."""
    release: Release = ReleaseTable(stage.loop.database).read()
    return release.why if release.mode is Mode.OFF and release.action is Move.REJECTED else ""


def _waited_for(stage: Stage) -> str:
    until = time.monotonic() + _WAIT_S
    while not (why := _taken_back(stage)) and time.monotonic() < until:
        time.sleep(0.1)
    return why


def _of_gates(one: Tried) -> Check:
    return Check(
        promise=f"gates: a challenger of which {one.fault.words} is refused",
        kept=bool(one.gates),
        found=one.gates or "it passed",
    )


def _of_canary(one: Tried) -> Check:
    return Check(
        promise=f"canary: one of which {one.fault.words} is taken back",
        kept=bool(one.canary),
        found=one.canary or f"it was not, by {one.photos} claims",
    )


def _figures(tried: Mapping[Fault, Tried]) -> dict[str, str]:
    return {f"claims until taken back, {one.fault}": str(one.photos) for one in tried.values() if one.canary}
