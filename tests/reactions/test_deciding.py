"""What reports of drift ask for, by level, cause and slice."""

from dataclasses import replace

import pytest

from coachwork.monitoring.drift import (
    EVERYTHING,
    Cause,
    CauseFound,
    Dimension,
    DriftReport,
    Level,
    SignalDrift,
    Slice,
    SliceDrift,
)
from coachwork.reactions.answers import Action, answers_to
from coachwork.reactions.deciding import WantedAction, wanted_actions

NORTH = Slice(dimension=Dimension.MARKET, name="north")


def part(cause: Cause, level: Level, *, where: Slice = EVERYTHING, now: float = 60.0) -> SliceDrift:
    signal = SignalDrift(signal="brightness", test="t", photos=80, before=112.0, now=now, level=level)
    found = CauseFound(cause=cause, level=level, words=f"{cause.words}: w", signals=("brightness",))
    return SliceDrift(slice=where, photos=80, cases=40, level=level, signals=(signal,), causes=(found,))


def report(*parts: SliceDrift) -> DriftReport:
    level = max((one.level for one in parts), key=lambda one: one.rank, default=Level.OK)
    return DriftReport(level=level, slices=parts, photos=80, alpha=0.01, false_alarms_a_month=0.5)


def asked(*parts: SliceDrift) -> list[WantedAction]:
    return list(wanted_actions(report(*parts), brightness=0.5, dark_below=0.6))


def test_without_drift_nothing_is_asked_for() -> None:
    assert asked() == []
    assert asked(SliceDrift(slice=EVERYTHING, photos=80, cases=40, level=Level.OK)) == []


def test_darkness_tightens_advice_and_queues_photos_and_no_more() -> None:
    tighten, queue = asked(part(Cause.LIGHT, Level.DRIFT))
    assert (tighten.action, tighten.detail) == (Action.TIGHTEN_ADVICE, {"brightness": 0.5})
    assert queue.action is Action.QUEUE_PHOTOS
    assert (queue.photos.name, queue.photos.brightness_below) == ("dark", 0.6)
    assert tighten.why == "light: w, in all photos (80 photos, drift)"


def test_darkness_beyond_threshold_holds_offers_and_trains_with_other_light() -> None:
    found = asked(part(Cause.LIGHT, Level.BEYOND))
    assert {one.action for one in found} == {
        Action.TIGHTEN_ADVICE,
        Action.QUEUE_PHOTOS,
        Action.PAUSE_OFFERS,
        Action.TRAIN,
    }
    assert next(one for one in found if one.action is Action.TRAIN).detail == {"light": True}


def test_brighter_light_does_not_tighten_advice() -> None:
    found = asked(part(Cause.LIGHT, Level.BEYOND, now=180.0))
    assert {one.action for one in found} == {Action.QUEUE_PHOTOS, Action.PAUSE_OFFERS, Action.TRAIN}
    assert {one.photos.name for one in found} == {"all photos"}
    assert next(one for one in found if one.action is Action.TRAIN).detail == {"light": False}


@pytest.mark.parametrize(
    ("cause", "actions"),
    [
        (Cause.DATA, {Action.PAUSE_OFFERS}),
        (Cause.MODEL, {Action.PAUSE_OFFERS}),
        (Cause.PEOPLE, {Action.PAUSE_OFFERS, Action.TRAIN}),
        (Cause.MIX, {Action.QUEUE_PHOTOS, Action.PAUSE_OFFERS, Action.TRAIN}),
    ],
)
def test_other_causes_ask_for_what_helps_against_them(cause: Cause, actions: set[Action]) -> None:
    assert {one.action for one in asked(part(cause, Level.BEYOND))} == actions


def test_the_gravest_cause_stands_for_signals_that_it_explains() -> None:
    graver = replace(part(Cause.LIGHT, Level.DRIFT), level=Level.BEYOND)
    assert Action.PAUSE_OFFERS in {one.action for one in asked(graver)}


def test_what_all_photos_show_is_not_asked_for_in_each_market_too() -> None:
    everywhere = asked(part(Cause.LIGHT, Level.DRIFT), part(Cause.LIGHT, Level.DRIFT, where=NORTH))
    assert {one.part for one in everywhere} == {EVERYTHING}
    graver_there = asked(part(Cause.LIGHT, Level.DRIFT), part(Cause.LIGHT, Level.BEYOND, where=NORTH))
    held = [one for one in graver_there if one.action is Action.PAUSE_OFFERS]
    assert [(one.photos.name, one.photos.market) for one in held] == [("dark, market north", "north")]


def test_each_action_is_one_that_the_table_answers_with() -> None:
    for cause in Cause:
        for one in asked(part(cause, Level.BEYOND)):
            assert one.action in {answer.action for answer in answers_to(one.condition)}


def test_the_same_drift_has_the_same_key_whatever_its_figures() -> None:
    first, again = asked(part(Cause.LIGHT, Level.DRIFT))[0], asked(part(Cause.LIGHT, Level.DRIFT, now=50.0))[0]
    other = asked(part(Cause.LIGHT, Level.DRIFT, where=NORTH))[0]
    assert first.key == again.key == replace(first, why="x").key
    assert first.key != other.key
