from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachwork.evaluation.average_precision import Extent, precision_curves
from coachwork.evaluation.matching import choose_thresholds, match_photo, operating_counts, rates
from coachwork.evaluation.pairs import Pair, evaluated_types
from coachwork.taxonomy import DamageType, Kind

DENT, SCRATCH = DamageType.DENT, DamageType.SCRATCH
A, B, C = (0, 0, 20, 20), (40, 0, 60, 20), (80, 40, 110, 90)
HALF: dict[Kind, float] = {DENT: 0.5, SCRATCH: 0.5}


def test_nothing_found_and_nothing_there(made: Any) -> None:
    counts = operating_counts([made.pair("a", [], [])], made.types, HALF)
    assert counts.confusion.sum() == 0
    found = rates(counts, np.ones((1, 1), dtype=np.int64))
    assert np.isnan(found.precision).all()
    assert np.isnan(found.f1).all()


def test_right_wrong_missed_and_mistaken_by_hand(made: Any) -> None:
    truth = [(DENT, A), (DENT, B), (SCRATCH, C)]
    found = [(DENT, 0.9, A), (DENT, 0.8, (12, 0, 32, 20)), (SCRATCH, 0.7, B), (SCRATCH, 0.4, C)]
    counts = operating_counts([made.pair("a", truth, found)], made.types, HALF)
    assert counts.right.tolist() == [[1, 0]]
    assert counts.wrong.tolist() == [[1, 1]]
    assert counts.missed.tolist() == [[1, 1]]
    #                                   dent scratch background
    assert counts.confusion.tolist() == [[1, 1, 0], [0, 0, 1], [1, 0, 0]]
    measured = rates(counts, np.ones((1, 1), dtype=np.int64))
    assert measured.precision[0].tolist() == pytest.approx([1 / 2, 0, 1 / 3, 1 / 4])
    assert measured.recall[0].tolist() == pytest.approx([1 / 2, 0, 1 / 3, 1 / 4])


def test_a_damage_that_is_found_twice_counts_once(made: Any) -> None:
    found = [(DENT, 0.9, A), (DENT, 0.8, (1, 0, 21, 20)), (SCRATCH, 0.7, (1, 0, 21, 20)), (DENT, 0.6, B)]
    match = match_photo(made.pair("a", [(DENT, A), (DENT, B)], found), made.types, HALF)
    assert match.found == {0: 0, 3: 1}
    assert match.wrong == (2,)


def test_lower_thresholds_find_more(made: Any) -> None:
    pair = made.pair("a", [(SCRATCH, C)], [(SCRATCH, 0.4, C)])
    assert match_photo(pair, made.types, HALF).missed == (0,)
    assert match_photo(pair, made.types, {SCRATCH: 0.4 - 1e-6}).found == {0: 0}


def test_masks_decide_where_both_sides_have_them(made: Any) -> None:
    """Boxes are equal, but the detection covers a third of the shape's pixels."""
    pair = made.pair("a", [(DENT, (0, 0, 30, 30))], [(DENT, 0.9, (0, 0, 30, 30))])
    thin = made.filled((0, 0, 10, 30), made.frame)
    found = made.detections([(DENT, 0.9, (0, 0, 30, 30))])
    thinner = type(found)(
        boxes=found.boxes, labels=found.labels, scores=found.scores, masks=(thin,), size=found.size, types=found.types
    )
    assert match_photo(pair, made.types, HALF).found == {0: 0}
    assert match_photo(Pair.of(pair.sample, thinner), made.types, HALF).wrong == (0,)
    boxed = Pair.of(made.sample("a", [made.rectangle((0, 0, 30, 30), DENT, outlined=False)]), thinner)
    assert match_photo(boxed, made.types, HALF).found == {0: 0}


def test_ignored_regions_and_unknown_types_cost_nothing(made: Any) -> None:
    shapes = [made.rectangle(A, DENT, crowd=True), made.rectangle(B, None, outlined=False)]
    found = [(DENT, 0.9, (2, 2, 12, 12)), (DENT, 0.8, (42, 2, 58, 18)), (SCRATCH, 0.9, C)]
    pair = Pair.of(made.sample("a", shapes, annotated=[DENT]), made.detections(found))
    match = match_photo(pair, made.types, HALF)
    assert (match.wrong, match.missed) == ((), ())


def test_counts_agree_with_pycocotools_at_half(claims_pairs: tuple[Pair, ...]) -> None:
    """With every detection let in, recall at IoU .50 is COCO's."""
    types = evaluated_types(claims_pairs)
    curves = precision_curves(claims_pairs, types, Extent.MASK)
    counts = operating_counts(claims_pairs, types, dict.fromkeys(types, 0.0))
    assert curves is not None
    recall = rates(counts, np.ones((1, len(claims_pairs)), dtype=np.int64)).recall[0, : len(types)]
    np.testing.assert_allclose(recall, curves.recall[0, :, 0], atol=1e-12)
    assert (counts.right + counts.missed).sum() == curves.truths.sum()
    assert counts.confusion[:-1].sum() == curves.truths.sum()


@given(low=st.floats(0.05, 0.4), high=st.floats(0.6, 0.95))
def test_thresholds_fall_between_right_and_wrong_scores(made: Any, low: float, high: float) -> None:
    pairs = [made.pair(f"{i}", [(DENT, A)], [(DENT, high, A), (DENT, low, C)]) for i in range(3)]
    chosen = choose_thresholds(pairs)
    assert low < chosen[DENT] < high
    assert chosen[SCRATCH] == chosen[DENT], "a type without a shape takes the threshold of all together"


def test_rare_types_lean_on_the_others_and_common_ones_do_not(made: Any) -> None:
    common = [made.pair(f"c{i}", [(DENT, A)], [(DENT, 0.7, A), (DENT, 0.6, C)]) for i in range(200)]
    rare = [made.pair("r", [(SCRATCH, B)], [(SCRATCH, 0.2, B)])]
    assert choose_thresholds(common + rare)[DENT] == pytest.approx(0.65, abs=0.01)
    assert choose_thresholds(common + rare)[SCRATCH] == pytest.approx(0.65, abs=0.01)
    many = [made.pair(f"m{i}", [(SCRATCH, B)], [(SCRATCH, 0.2, B)]) for i in range(200)]
    assert choose_thresholds(common + many)[SCRATCH] == pytest.approx(0.2)
    assert choose_thresholds(common + many)[DENT] == pytest.approx(0.65, abs=0.01)


@pytest.mark.parametrize("found", [[], [(DENT, 0.9, C)]])
def test_thresholds_without_a_single_hit_are_the_default(made: Any, found: list[Any]) -> None:
    assert choose_thresholds([made.pair("a", [(DENT, A)], found)]) == HALF


def test_chosen_thresholds_beat_a_fixed_one(claims_pairs: tuple[Pair, ...]) -> None:
    types = evaluated_types(claims_pairs)
    once = np.ones((1, len(claims_pairs)), dtype=np.int64)
    chosen = choose_thresholds(claims_pairs)
    best, fixed = (
        rates(operating_counts(claims_pairs, types, t), once).f1[0, len(types)]
        for t in (chosen, dict.fromkeys(types, 0.5))
    )
    assert best >= fixed
