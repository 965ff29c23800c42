"""How far two assessments agree: bounded, the same from both sides, and 1 with itself."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from coachwork.assessments.assessment import Assessment, Damage
from coachwork.assessments.verdict import Verdict
from coachwork.geometry.box import Box
from coachwork.geometry.mask import Mask
from coachwork.geometry.size import Size
from coachwork.registry.agreement import Agreement, agreement
from coachwork.taxonomy import DamageType
from tests.assessments.test_assessment_json import assessment

FRAME = Size(height=20, width=30)
PLAIN = replace(assessment(None), size=FRAME, damages=())


def damage(x: int, y: int, side: int, kind: DamageType = DamageType.DENT, *, masked: bool = True) -> Damage:
    mask = Mask(crop=np.ones((side, side), dtype=np.bool_), x=x, y=y, frame=FRAME) if masked else None
    box = Box(x_min=x, y_min=y, x_max=x + side, y_max=y + side)
    return Damage(type=kind, score=0.5, box=box, mask=mask)


_damages = st.builds(
    damage, st.integers(0, 20), st.integers(0, 10), st.integers(1, 9), st.sampled_from(list(DamageType)[:2])
)
_assessments = st.lists(_damages, max_size=5).map(lambda found: replace(PLAIN, damages=tuple(found)))


def test_two_that_found_nothing_agree() -> None:
    assert agreement(PLAIN, PLAIN) == Agreement(verdict=True, boxes=1.0, masks=1.0)


def test_figures_worked_out_by_hand() -> None:
    first = replace(PLAIN, damages=(damage(0, 0, 4), damage(10, 0, 4)))
    second = replace(PLAIN, verdict=Verdict.NONE, damages=(damage(0, 1, 4), damage(10, 0, 4, DamageType.SCRATCH)))
    found = agreement(first, second)
    assert (found.verdict, found.boxes) == (False, 0.5)  # IoU 12 / 20 is the same dent; a scratch is no dent
    assert found.masks == (12 + 16) / (20 + 16)


def test_damages_without_masks_leave_those_out() -> None:
    bare = replace(PLAIN, damages=(damage(0, 0, 4, masked=False),))
    assert agreement(bare, bare) == Agreement(verdict=True, boxes=1.0, masks=None)


@given(_assessments, _assessments)
def test_bounded_and_the_same_from_both_sides(first: Assessment, second: Assessment) -> None:
    there, back = agreement(first, second), agreement(second, first)
    assert there == back
    assert 0 <= there.boxes <= 1
    assert there.masks is not None
    assert 0 <= there.masks <= 1
    assert agreement(first, first).boxes == agreement(first, first).masks == 1
