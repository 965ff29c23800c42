"""The release pipeline: a challenger that passed its gates goes through shadow and canary, or is taken back.

Where a trial stands is told by the release alone; each step here looks at it and makes at most one move. A process that
dies in between leaves a release from which the next step goes on.
"""

import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from coachwork.pipelines.loop.loop import Loop
from coachwork.pipelines.loop.models import registry_of, with_champion
from coachwork.pipelines.loop.training import PIPELINE as TRAINING
from coachwork.reactions.answers import Action, Condition
from coachwork.reactions.holding import ruling
from coachwork.reactions.reaction import ALL_PHOTOS, BY_ITSELF
from coachwork.registry.release import Action as Move
from coachwork.registry.release import BundleVersion, Limits, Mode, Release, Signature
from coachwork.registry.release_moves import change, reject, start_canary, start_shadow
from coachwork.registry.trial import passed_limits
from coachwork.storage.pipeline_run_store import PipelineRun, RunState
from coachwork.storage.release_trials import TrialStore

if TYPE_CHECKING:
    from coachwork.registry.registry import Registry

PIPELINE = "release"
_BETWEEN_LOOKS_S = 0.5
_TAKEN_BACK = {Move.REJECTED, Move.STOPPED}


class Stage(StrEnum):
    """Where a release stands after a step."""

    NOTHING = "nothing to release"
    AWAITS_PERSON = "waits for a person"
    SHADOW = "shadow"
    CANARY = "canary"
    PROMOTED = "champion"
    TAKEN_BACK = "taken back"


_RESTS = {Stage.NOTHING, Stage.AWAITS_PERSON, Stage.PROMOTED, Stage.TAKEN_BACK}


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A bundle that is to be tried.

    Attributes:
        bundle: as servers are told of it.
        run: of the training that made it.
        despite: why it is tried although its gates did not pass, in a person's words; empty else.
    """

    bundle: BundleVersion
    run: PipelineRun
    despite: str = ""


def release(loop: Loop, *, by: str = BY_ITSELF, wait_s: float | None = None) -> Stage:
    """Takes steps until there is nothing more to do, or the photos to decide by did not come in time.

    Args:
        loop: with its settings.
        by: who wants it; `BY_ITSELF` does only what the settings allow without a person.
        wait_s: longest wait, by default that of the settings.

    Raises:
        CoachworkError: registry or release cannot be used.
    """
    until = time.monotonic() + (loop.settings.release.wait_s if wait_s is None else wait_s)
    stage = step(loop, by=by)
    while stage not in _RESTS and time.monotonic() < until:
        time.sleep(_BETWEEN_LOOKS_S)
        stage = step(loop, by=by)
    return stage


def step(loop: Loop, *, by: str = BY_ITSELF) -> Stage:
    """One look at the release, and at most one move.

    Raises:
        CoachworkError: registry or release cannot be used.
    """
    registry = registry_of(loop)
    present = registry.read()
    if present.challenger is not None:
        return _watched(loop, registry, present)
    if _note_taken_back(loop, registry):
        return Stage.TAKEN_BACK
    wanted = waiting_candidate(loop, registry)
    if wanted is None:
        return Stage.NOTHING
    if not _is_allowed(loop, wanted, by):
        return Stage.AWAITS_PERSON
    return try_candidate(loop, registry, wanted, by=by)


def waiting_candidate(loop: Loop, registry: "Registry") -> Candidate | None:
    """The newest bundle whose gates passed and that was neither tried nor overtaken; None where there is none."""
    champion = registry.read().champion
    tried = {run.key for run in loop.runs.all(pipeline=PIPELINE)}
    for run in loop.runs.all(pipeline=TRAINING):
        if run.state is not RunState.DONE:
            continue
        digest = run.result["digest"]
        if digest in tried or (champion is not None and digest == champion.digest):
            return None
        if run.result["passed"]:
            return Candidate(bundle=registry.bundle_version(registry.named(run.result["number"])), run=run)
    return None


def try_candidate(loop: Loop, registry: "Registry", wanted: Candidate, *, by: str = BY_ITSELF) -> Stage:
    """Lets a bundle run in the shadow.

    Raises:
        CoachworkError: another one is tried, or the release cannot be written.
    """
    settings = loop.settings.release
    with_champion(loop, registry)
    limits = Limits(
        error_rate=settings.error_rate, latency_ratio=settings.latency_ratio, disagreement=settings.disagreement
    )
    gates = wanted.run.result["gates"]
    why = f"despite its gates: {wanted.despite} [{gates}]" if wanted.despite else f"its gates: {gates}"
    loop.runs.begin(PIPELINE, wanted.bundle.digest, why=why)
    signature = Signature(by=by, why=why)
    change(registry.releases, lambda one: start_shadow(one, wanted.bundle, signature, limits=limits))
    reaction, _ = loop.reactions.take(
        Action.RELEASE,
        Condition.GOOD_CHALLENGER,
        key=wanted.bundle.digest,
        photos=ALL_PHOTOS,
        why=f"{wanted.bundle.words}: {why}",
        by=by,
        detail={"training": wanted.run.number},
    )
    loop.tell(f"release: {wanted.bundle.words} runs in the shadow (reaction {reaction.number})")
    return Stage.SHADOW


def _is_allowed(loop: Loop, wanted: Candidate, by: str) -> bool:
    waiting = [one for one in loop.reactions.all(action=Action.RELEASE) if one.detail.get("waits")]
    key = f"waits:{wanted.bundle.digest}"
    if by != BY_ITSELF:
        for one in waiting:
            if one.key.endswith(wanted.bundle.digest) and one.ended_at is None:
                loop.reactions.end(one.number, by=by, why="released")
        return True
    if loop.reactions.is_paused(Action.RELEASE):
        loop.tell("release: paused; see  coachwork reactions list")
        return False
    if loop.settings.release.auto:
        return True
    why = f"{wanted.bundle.words} passed its gates: release it with  coachwork pipelines run release"
    detail = {"waits": True, "training": wanted.run.number}
    _, new = loop.reactions.take(
        Action.RELEASE, Condition.GOOD_CHALLENGER, key=key, photos=ALL_PHOTOS, why=why, detail=detail, waits=True
    )
    if new:
        loop.tell(f"release: {why}")
    return False


def _watched(loop: Loop, registry: "Registry", present: Release) -> Stage:
    """What the trial that goes on has shown so far, and what follows."""
    settings, trials = loop.settings.release, TrialStore(loop.database)
    evidence = trials.evidence(present.trial)
    passed = passed_limits(evidence, present.limits)
    if passed:
        signature = Signature(by=BY_ITSELF, why="; ".join(passed))
        change(registry.releases, lambda one: reject(one, signature) if one.trial == present.trial else one)
        _note_taken_back(loop, registry)
        return Stage.TAKEN_BACK
    if present.mode is Mode.SHADOW:
        if evidence.photos < settings.shadow_photos:
            return Stage.SHADOW
        why = f"{evidence.photos} photos in the shadow, within all limits"
        signature, share = Signature(by=BY_ITSELF, why=why), settings.canary_share
        change(registry.releases, lambda one: start_canary(one, signature, share=share))
        loop.tell(f"release: {why}: it answers {share:.0%} of the cases now")
        return Stage.CANARY
    answered = trials.evidence(present.trial).photos - settings.shadow_photos
    if answered < settings.canary_photos:
        return Stage.CANARY
    return _promoted(loop, registry, present, f"{evidence.photos} photos in shadow and canary, within all limits")


def _promoted(loop: Loop, registry: "Registry", present: Release, why: str) -> Stage:
    challenger = present.challenger
    assert challenger is not None  # noqa: S101 (looked at by `step`)
    registry.promote(registry.named(challenger.version), by=BY_ITSELF, why=why)
    run = loop.runs.run(PIPELINE, challenger.digest)
    loop.runs.end(run, RunState.DONE, {"champion": challenger.words, "digest": challenger.digest, "why": why})
    loop.tell(f"release: {challenger.words} is champion: {why}")
    _end_holds(loop, challenger)
    return Stage.PROMOTED


def _end_holds(loop: Loop, champion: BundleVersion) -> None:
    """Ends the holds on whose photos the new champion's gates passed; of the others it is kept why they stand."""
    trained = loop.runs.all(pipeline=TRAINING)
    results = [run.result for run in trained if run.state is RunState.DONE and run.result["digest"] == champion.digest]
    slices = results[0]["slices"] if results else {}
    for hold in loop.reactions.holds():
        found = ruling(hold, slices)
        if found.ends:
            why = f"{champion.words} is champion, and its gates passed on the slice: {found.why}"
            loop.reactions.end(hold.number, by=BY_ITSELF, why=why)
            loop.tell(f"release: offers on the slice {hold.photos.name!r} are no longer held back: {found.why}")
            continue
        loop.reactions.note(hold.number, {"stands": f"{champion.words} is champion, but {found.why}"})
        until = f"until drift is gone, or  coachwork reactions undo {hold.number}"
        loop.tell(f"release: offers on the slice {hold.photos.name!r} stay held back, {until}: {found.why}")


def _note_taken_back(loop: Loop, registry: "Registry") -> bool:
    """Keeps that a challenger was taken back, by this process or by a server; False where nothing is new."""
    begun = {run.key: run for run in loop.runs.all(pipeline=PIPELINE) if run.state is RunState.RUNNING}
    if not begun:
        return False
    history = registry.releases.history(limit=50)
    champion = history[0].champion if history else None
    if champion is not None and champion.digest in begun:  # a person promoted it
        loop.runs.end(begun.pop(champion.digest), RunState.DONE, {"champion": champion.words, "why": history[0].why})
        _end_holds(loop, champion)
    for earlier, later in zip(history[1:], history, strict=False):
        tried = earlier.challenger
        if tried is None or tried.digest not in begun or later.action not in _TAKEN_BACK:
            continue
        loop.runs.end(begun[tried.digest], RunState.REFUSED, {"problem": later.why, "mode": earlier.mode.value})
        loop.reactions.take(
            Action.ROLL_BACK,
            Condition.BROKEN_CHALLENGER,
            key=f"{tried.digest}:{later.revision}",
            photos=ALL_PHOTOS,
            why=f"{tried.words} was taken back from its {earlier.mode}: {later.why}",
            by=later.by,
            detail={"revision": later.revision, "mode": earlier.mode.value},
        )
        loop.tell(f"release: {tried.words} is taken back from its {earlier.mode}: {later.why}")
        return True
    return False
