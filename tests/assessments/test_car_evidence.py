import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachwork.assessments.car_evidence import (
    AIRBAG_WITHOUT_CAR,
    LEAST_CAR,
    NO_CAR,
    NO_CAR_SEEN,
    CarEvidence,
    parts_share,
)
from coachwork.detections import Detections
from coachwork.geometry.mask import Mask
from coachwork.geometry.size import Size
from coachwork.reasons import Reason
from coachwork.taxonomy import CarPart

FRAME = Size(height=10, width=20)


def parts(*masks: Mask, boxes: tuple[tuple[float, ...], ...] = (), with_masks: bool = True) -> Detections:
    count = len(masks) if with_masks else len(boxes)
    return Detections(
        boxes=np.array(boxes or [(0, 0, 1, 1)] * count, dtype=np.float32).reshape(count, 4),
        labels=np.zeros(count, dtype=np.int64),
        scores=np.full(count, 0.9, dtype=np.float32),
        masks=masks if with_masks else None,
        size=FRAME,
        types=(CarPart.BONNET,),
    )


def filled(x: int, y: int, width: int, height: int) -> Mask:
    return Mask(crop=np.ones((height, width), dtype=np.bool_), x=x, y=y, frame=FRAME)


def test_a_photo_without_parts_has_no_share() -> None:
    assert parts_share(parts()) == 0
    assert parts_share(parts(with_masks=False)) == 0


def test_pixels_that_two_parts_share_count_once() -> None:
    assert parts_share(parts(filled(0, 0, 10, 10), filled(5, 0, 10, 10))) == pytest.approx(150 / 200)


def test_without_masks_boxes_count_as_far_as_they_lie_in_the_photo() -> None:
    assert parts_share(parts(boxes=((-5.0, 0.0, 10.0, 10.0),), with_masks=False)) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("distance", "share", "strange", "no_car"),
    [
        (1.0, None, False, False),
        (1.3, None, False, False),  # in doubt, but nobody looked for parts
        (1.3, 0.2, False, False),
        (1.3, 0.0, True, True),
        (1.0, 0.0, False, False),  # a close photo of bare paint: familiar, without parts
        (1.5, None, True, False),
        (1.5, 0.2, True, False),
        (1.5, 0.0, True, True),
    ],
)
def test_no_car_takes_both_witnesses(distance: float, share: float | None, *, strange: bool, no_car: bool) -> None:
    evidence = CarEvidence(distance=distance, limit=1.4, doubt_limit=1.2, parts_share=share)
    assert (evidence.strange, evidence.no_car) == (strange, no_car)


@pytest.mark.parametrize(
    ("distance", "share", "airbag", "objection"),
    [
        (1.0, 0.05, True, AIRBAG_WITHOUT_CAR),  # a face that looks familiar
        (1.0, 0.05, False, None),
        (1.0, 0.1, True, None),
        (1.3, 0.2, True, AIRBAG_WITHOUT_CAR),  # in doubt, it takes more of a car
        (1.3, 0.3, True, None),
        (1.3, 0.0, True, NO_CAR),
        (1.5, 0.05, True, NO_CAR_SEEN),
        (1.0, None, True, None),  # nobody could be asked
    ],
)
def test_an_airbag_needs_a_car_around_it(
    distance: float, share: float | None, *, airbag: bool, objection: Reason | None
) -> None:
    evidence = CarEvidence(distance=distance, limit=1.4, doubt_limit=1.2, parts_share=share, airbag=airbag)
    assert evidence.objection == objection
    assert evidence.asks_for_parts == (airbag or distance > 1.2)


def test_a_card_of_an_earlier_version_has_no_doubts() -> None:
    evidence = CarEvidence(distance=9.0, limit=1.4, parts_share=0.0)
    assert (evidence.doubtful, evidence.no_car, evidence.strange) == (False, False, True)


@given(st.floats(0, 3), st.floats(0, 1), st.floats(LEAST_CAR, 1))
def test_a_part_that_is_seen_rules_the_sentence_out(distance: float, doubt_limit: float, share: float) -> None:
    assert not CarEvidence(distance=distance, limit=1.0, doubt_limit=doubt_limit, parts_share=share).no_car
