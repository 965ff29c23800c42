"""A hold ends with a new champion only where all its gates passed on photos of the hold's kind."""

from datetime import UTC, datetime

import pytest

from coachwork.reactions.answers import Action, Condition
from coachwork.reactions.holding import gate_slice, ruling
from coachwork.reactions.reaction import BY_ITSELF, PhotoSlice, Reaction, ReactionState

DARK = PhotoSlice(name="dark", brightness_below=0.6)
ALL = PhotoSlice(name="all photos")


def hold(photos: PhotoSlice = DARK, cause: str = "light") -> Reaction:
    return Reaction(
        number=1,
        key="k",
        condition=Condition.DRIFT_BEYOND,
        action=Action.PAUSE_OFFERS,
        photos=photos,
        why="w",
        state=ReactionState.DONE,
        by=BY_ITSELF,
        at=datetime(2026, 1, 1, tzinfo=UTC),
        detail={"cause": cause},
    )


@pytest.mark.parametrize(
    ("slices", "ends"),
    [
        ({}, False),
        ({"dark, AP50": "passed: 1 on 90 photos"}, True),
        ({"dark, AP50": "undecided: 1 on 9 photos"}, False),
        ({"dark, AP50": "failed: 1 on 90 photos"}, False),
        ({"dark, AP50": "passed: 1", "dark, AUROC": "undecided: 1"}, False),
        ({"dark, AP50": "passed: 1", "dark, AUROC": "passed: 1"}, True),
        ({"dark, AP50": "passed: 1", "blurred, AP50": "failed: 1"}, True),
        ({"close-up, AP50": "passed: 1"}, False),
        ({"market darkwood, AP50": "passed: 1"}, False),
    ],
)
def test_every_gate_on_dark_photos_must_have_passed(slices: dict[str, str], ends: bool) -> None:  # noqa: FBT001
    found = ruling(hold(), slices)
    assert found.ends is ends
    assert found.why


def test_a_hold_on_blurred_photos_asks_for_those() -> None:
    assert gate_slice(hold(ALL, "blur")) == "blurred"
    assert ruling(hold(ALL, "blur"), {"blurred, AP50": "passed: 1"}).ends
    assert not ruling(hold(ALL, "blur"), {"dark, AP50": "passed: 1"}).ends


@pytest.mark.parametrize("cause", ["camera", "mix_of_cars", "model_outputs", "data_quality", "corrections", ""])
def test_gates_say_nothing_of_other_causes(cause: str) -> None:
    found = ruling(hold(ALL, cause), {"dark, AP50": "passed: 1", "blurred, AP50": "passed: 1"})
    assert not found.ends
    assert "no gate looks at the slice 'all photos'" in found.why
