"""Slices hold the photos that they say, and limits follow the reactions that stand."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachwork.photos.quality import USUAL_LIMITS
from coachwork.reactions.answers import Action, Condition
from coachwork.reactions.reaction import (
    ALL_PHOTOS,
    BY_ITSELF,
    PhotoSlice,
    Reaction,
    ReactionState,
    limits_of,
    slice_of,
)


def reaction(action: Action = Action.TIGHTEN_ADVICE, **detail: float) -> Reaction:
    return Reaction(
        number=1,
        key="k",
        condition=Condition.DRIFT_SEEN,
        action=action,
        photos=ALL_PHOTOS,
        why="w",
        state=ReactionState.DONE,
        by=BY_ITSELF,
        at=datetime(2026, 1, 1, tzinfo=UTC),
        detail=detail,
    )


def test_without_reactions_the_usual_limits_hold() -> None:
    assert limits_of([]) == USUAL_LIMITS


def test_the_strictest_reaction_that_stands_counts() -> None:
    ended = replace(reaction(brightness=0.9), state=ReactionState.UNDONE)
    paused = replace(reaction(brightness=0.8), state=ReactionState.PAUSED)
    other = reaction(Action.PAUSE_OFFERS, brightness=0.7)
    assert limits_of([reaction(brightness=0.45), reaction(brightness=0.5), ended, paused, other]).brightness == 0.5


@given(st.lists(st.floats(0, 1), max_size=5))
def test_no_reaction_makes_limits_laxer(found: list[float]) -> None:
    limits = limits_of([reaction(brightness=one) for one in found])
    assert limits.brightness == max([USUAL_LIMITS.brightness, *found])
    assert replace(limits, brightness=USUAL_LIMITS.brightness) == USUAL_LIMITS


@pytest.mark.parametrize(
    ("photos", "held"),
    [
        (ALL_PHOTOS, True),
        (PhotoSlice(name="dark", brightness_below=0.5), True),
        (PhotoSlice(name="dark", brightness_below=0.3), False),
        (PhotoSlice(name="north", market="north"), True),
        (PhotoSlice(name="south", market="south"), False),
        (PhotoSlice(name="phones", device="Apple iPhone"), True),
        (PhotoSlice(name="dark north", brightness_below=0.3, market="north"), False),
    ],
)
def test_a_slice_holds_the_photos_that_it_says(photos: PhotoSlice, held: bool) -> None:  # noqa: FBT001
    assert photos.holds(brightness=0.4, market="north") is held
    assert slice_of(photos.to_json()) == photos
