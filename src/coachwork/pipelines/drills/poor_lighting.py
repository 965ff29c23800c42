"""The drill of poor light: photos darken, drift is seen and answered, labels come, a model is trained and released."""

from collections.abc import Callable, Sequence

from coachwork.evaluation.bootstrap import Figure
from coachwork.monitoring.drift import Level
from coachwork.photos.quality import USUAL_LIMITS
from coachwork.pipelines.drills import measuring
from coachwork.pipelines.drills.plan import DrillPlan
from coachwork.pipelines.drills.playing import (
    annotate,
    check_photos,
    measured,
    release_with_photos,
    train_what_waits,
)
from coachwork.pipelines.drills.stage import SentCase, Stage, opened
from coachwork.pipelines.drills.timeline import Check, DrillReport, Lane, Moment, Timeline
from coachwork.pipelines.loop.release import Stage as ReleaseStage
from coachwork.reactions.answers import Action
from coachwork.reactions.reaction import Reaction, ReactionState
from coachwork.storage.labelling_store import LabellingState
from coachwork.storage.release_store import ReleaseTable

NAME = "poor-lighting"
_HOLD = "no-hold"
_HANDLER = "a handler"


def play_poor_lighting(plan: DrillPlan, say: Callable[[Moment], None]) -> DrillReport:
    """Plays the drill.

    Args:
        plan: how.
        say: hears of each moment.

    Raises:
        CoachworkError: it cannot be played with what was given.
    """
    timeline = Timeline(say)
    with opened(plan, timeline) as stage:
        lights = measuring.test_photos(stage.sets, plan.folder / "test", stops=plan.stops)
        before = measured(stage, lights)
        normal = _normal(stage)
        calm = [one.number for one in stage.loop.reactions.all()]
        detection = _darken(stage)
        held = stage.send(5, stops=plan.stops)
        timeline.tell(Lane.PHOTOS, f"5 dark claims more: {_held_words(held)}")
        advised = stage.service.reactions.limits().brightness
        queued = stage.loop.queue.photos(state=LabellingState.WAITING)
        annotate(stage, "dark-photos", [one.sha256 for one in queued if one.sha256 in stage.truth])
        train_what_waits(stage)
        found = release_with_photos(stage, stops=plan.stops)
        after = measured(stage, lights)
        _hear_a_person(stage)
        freed = stage.send(5, stops=plan.stops)
        timeline.tell(Lane.PHOTOS, f"5 dark claims more: {_held_words(freed)}")
        checks = (
            *_of_drift(calm, detection, plan),
            *_of_actions(stage, normal, held, freed, advised, len(queued)),
            *_of_release(stage, found),
        )
        figures = _figures(before, after, detection, plan)
    about = {"dataset": plan.dataset, "stops": f"{plan.stops:g}", "first champion": _origin(plan)}
    return DrillReport(name=NAME, moments=tuple(timeline.moments), checks=checks, figures=figures, about=about)


def _normal(stage: Stage) -> list[SentCase]:
    sent: list[SentCase] = []
    while len(sent) < stage.plan.normal:
        sent += stage.send(min(stage.plan.chunk, stage.plan.normal - len(sent)))
    stage.timeline.tell(Lane.PHOTOS, f"{len(sent)} claims in good light; {_held_words(sent[-5:])}")
    check_photos(stage)
    return sent


def _darken(stage: Stage) -> dict[Level, int]:
    """Sends dark photos until drift beyond the threshold is seen, and the rest; level -> photos it took."""
    stage.timeline.tell(Lane.PHOTOS, f"the light falls by {stage.plan.stops:g} stops")
    detection: dict[Level, int] = {}
    sent = 0
    while sent < stage.plan.dark:
        count = min(stage.plan.chunk, stage.plan.dark - sent)
        stage.send(count, stops=stage.plan.stops)
        sent += count
        stage.timeline.tell(Lane.PHOTOS, f"{sent} dark claims")
        level = Level(check_photos(stage) or Level.TOO_FEW)
        for one in (Level.DRIFT, Level.BEYOND):
            if level.rank >= one.rank:
                detection.setdefault(one, sent)
    return detection


def _hear_a_person(stage: Stage) -> None:
    """Lets a person end the holds that a new champion left, as its gates could not decide on so few dark photos."""
    if _of(stage.loop.reactions.all(), Action.REFUSE_CHALLENGER):
        return
    for one in stage.loop.reactions.holds():
        stage.timeline.tell(
            Lane.ACTIONS, f"reaction {one.number} stands: {one.detail.get('stands', 'no new champion')}"
        )
        stage.loop.reactions.undo(one.number, by=_HANDLER, why="held claims were looked at, and their damages found")
        stage.timeline.tell(Lane.PEOPLE, f"a handler looked at the held claims, and ends reaction {one.number}")


def _held_words(sent: Sequence[SentCase]) -> str:
    held = sum(one.rules.get(_HOLD, (None, ""))[0] is False for one in sent)
    return f"offers are held back on {held} of {len(sent)}"


def _of_drift(calm: Sequence[int], detection: dict[Level, int], plan: DrillPlan) -> tuple[Check, ...]:
    return (
        Check(
            promise="photos in good light trigger nothing",
            kept=not calm,
            found=f"{len(calm)} reactions to {plan.normal} photos",
        ),
        Check(
            promise="drift is seen, and then beyond the threshold",
            kept=set(detection) == {Level.DRIFT, Level.BEYOND},
            found=", ".join(f"{level.words} after {count} dark photos" for level, count in detection.items()) or "none",
        ),
    )


def _of_actions(  # noqa: PLR0917  # in the order in which they happened
    stage: Stage,
    normal: Sequence[SentCase],
    held: Sequence[SentCase],
    freed: Sequence[SentCase],
    advised: float,
    queued: int,
) -> tuple[Check, ...]:
    reactions = stage.loop.reactions.all()
    return (
        Check(
            promise="capture advice tightens",
            kept=advised > USUAL_LIMITS.brightness and bool(_of(reactions, Action.TIGHTEN_ADVICE)),
            found=f"photos need a brightness of {advised:g}, usually {USUAL_LIMITS.brightness:g}",
        ),
        Check(
            promise="dark photos go to the labelling queue",
            kept=queued > 0 and bool(_of(reactions, Action.QUEUE_PHOTOS)),
            found=f"{queued} photos, of which {_labelled(stage)} are labelled by now",
        ),
        Check(
            promise="offers on dark claims are held back, those on others are not",
            kept=all(one.rules[_HOLD][0] is False for one in held) and all(one.rules[_HOLD][0] for one in normal),
            found=f"dark: {_held_words(held)}; good light: {_held_words(normal)}",
        ),
        _of_hold(stage, freed),
    )


def _of_release(stage: Stage, found: ReleaseStage) -> tuple[Check, ...]:
    trained = _of(stage.loop.reactions.all(), Action.TRAIN)
    return (
        Check(
            promise="training with lighting augmentation starts by itself",
            kept=any(one.detail.get("light") and "run" in one.detail for one in trained),
            found="; ".join(f"reaction {one.number}: {one.ended_why}" for one in trained) or "none",
        ),
        _of_challenger(stage, found),
    )


def _of_challenger(stage: Stage, found: ReleaseStage) -> Check:
    """What passed its gates answers in the end; what did not was refused, and the champion goes on."""
    champion = ReleaseTable(stage.loop.database).read().champion
    answers = stage.service.models.serving().champion.words
    told = f"{found}; {answers} answers"
    refused = _of(stage.loop.reactions.all(), Action.REFUSE_CHALLENGER)
    if refused:
        promise = "a challenger that fails its gates is refused, and the champion goes on"
        kept = found is ReleaseStage.NOTHING and champion is not None and champion.version == "1"
        return Check(promise=promise, kept=kept, found=f"{told}; {refused[-1].why}")
    promise = "the challenger passes gates, shadow and canary, and answers as champion"
    kept = found is ReleaseStage.PROMOTED and champion is not None and champion.words == answers
    return Check(promise=promise, kept=kept, found=told)


def _of_hold(stage: Stage, freed: Sequence[SentCase]) -> Check:
    """The hold ends with a new champion whose gates passed in the dark, else by a person; without one it stands."""
    reactions, standing = stage.loop.reactions.all(), stage.loop.reactions.holds()
    held = [one.rules[_HOLD][0] is False for one in freed]
    told = f"{_held_words(freed)}; {_ended(_of(reactions, Action.PAUSE_OFFERS))}"
    if _of(reactions, Action.REFUSE_CHALLENGER):
        promise = "the hold stands as long as there is no better champion"
        return Check(promise=promise, kept=all(held) and bool(standing), found=told)
    holds = _of(reactions, Action.PAUSE_OFFERS)
    promise = "the hold ends with the new champion, whose gates passed on dark photos"
    if any(one.state is ReactionState.UNDONE for one in holds):
        promise = "the hold outlasts gates that could not decide on dark photos, and ends by a person's word"
    reasoned = all(one.ended_by == _HANDLER or "its gates passed" in one.ended_why for one in holds)
    return Check(promise=promise, kept=not any(held) and not standing and reasoned, found=told)


def _of(reactions: Sequence[Reaction], action: Action) -> list[Reaction]:
    return [one for one in reactions if one.action is action]


def _ended(holds: Sequence[Reaction]) -> str:
    return "; ".join(
        f"reaction {one.number} ended by {one.ended_by}: {one.ended_why}"
        if one.state in {ReactionState.ENDED, ReactionState.UNDONE}
        else f"reaction {one.number} stands"
        for one in holds
    )


def _labelled(stage: Stage) -> int:
    return len(stage.loop.queue.photos(state=LabellingState.LABELLED))


def _figures(
    before: dict[str, Figure], after: dict[str, Figure], detection: dict[Level, int], plan: DrillPlan
) -> dict[str, str]:
    told = {f"box AP50, {name}": f"{before[name]} -> {after[name]}" for name in before}
    told |= {f"dark photos until {level.words}": str(count) for level, count in detection.items()}
    lost, won = _loss(before), _gain(before, after)
    if lost is not None and won is not None:
        told["recovery"] = (
            f"the dark cost {100 * lost:.1f} points, {100 * won:.1f} of them are back"
            if won > 0
            else f"the dark cost {100 * lost:.1f} points, and nothing of it is back ({100 * won:.1f})"
        )
    return told | {"test photos": f"{plan.test} in each light"}


def _loss(before: dict[str, Figure]) -> float | None:
    good, poor = before["good light"].value, before["poor light"].value
    return None if good is None or poor is None else good - poor


def _gain(before: dict[str, Figure], after: dict[str, Figure]) -> float | None:
    earlier, later = before["poor light"].value, after["poor light"].value
    return None if earlier is None or later is None else later - earlier


def _origin(plan: DrillPlan) -> str:
    if plan.champion is not None:
        return str(plan.champion)
    return "trained on the known photos" if plan.initial is None else f"exported of {plan.initial.name}"
