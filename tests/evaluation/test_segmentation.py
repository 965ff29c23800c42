from typing import Any

import numpy as np
import pytest

from coachwork.evaluation.pairs import Pair, evaluated_types
from coachwork.evaluation.segmentation import pixel_counts
from coachwork.taxonomy import DamageType, Kind

DENT, SCRATCH = DamageType.DENT, DamageType.SCRATCH
HALF: dict[Kind, float] = {DENT: 0.5, SCRATCH: 0.5}


def once(photos: int) -> Any:
    return np.ones((1, photos), dtype=np.int64)


def test_iou_and_dice_by_hand(made: Any) -> None:
    pairs = [
        made.pair("a", [(DENT, (0, 0, 20, 20))], [(DENT, 0.9, (10, 0, 30, 20)), (SCRATCH, 0.9, (0, 0, 10, 20))]),
        made.pair("b", [], [(DENT, 0.9, (0, 0, 10, 10)), (DENT, 0.3, (50, 50, 90, 90))]),
    ]
    counts = pixel_counts(pairs, made.types, HALF)
    assert counts is not None
    iou, dice = counts.pooled(once(2))
    assert iou[0] == pytest.approx([200 / 700, 0, 400 / 700])
    assert dice[0] == pytest.approx([400 / 900, 0, 800 / 1100])
    iou, dice = counts.per_damaged_photo(once(2))
    assert iou[0].tolist() == pytest.approx([200 / 600, np.nan, 400 / 600], nan_ok=True)
    assert dice[0].tolist() == pytest.approx([400 / 800, np.nan, 800 / 1000], nan_ok=True)


def test_perfect_masks_give_one_on_real_shapes(claims_pairs: tuple[Pair, ...], made: Any) -> None:
    """Every shape found with its very pixels."""
    types = evaluated_types(claims_pairs)
    perfect = []
    for pair in claims_pairs[:20]:
        shapes = [(s.type, m) for s, m in zip(pair.sample.shapes, pair.masks, strict=True) if m is not None]
        found = made.detections([(kind, 0.9, (0, 0, 1, 1)) for kind, _ in shapes], frame=pair.sample.size, types=types)
        exact = type(found)(
            boxes=found.boxes,
            labels=found.labels,
            scores=found.scores,
            masks=tuple(mask for _, mask in shapes),
            size=found.size,
            types=types,
        )
        perfect.append(Pair.of(pair.sample, exact))
    counts = pixel_counts(perfect, types, dict.fromkeys(types, 0.5))
    assert counts is not None
    measured = counts.truth.sum(axis=0) > 0
    assert measured.sum() >= 4
    for values in (*counts.pooled(once(20)), *counts.per_damaged_photo(once(20))):
        assert (values[0][measured] == 1).all()


def test_no_masks_no_figure(made: Any) -> None:
    assert pixel_counts([Pair.of(made.sample("a", []), made.detections([], masks=False))], made.types, HALF) is None


def test_unstated_damages_count_as_any_damage_and_hide_pixels_of_a_type(made: Any) -> None:
    shapes = [made.rectangle((0, 0, 20, 20), None), made.rectangle((50, 0, 70, 20), DENT)]
    found = made.detections([(DENT, 0.9, (0, 0, 20, 10)), (DENT, 0.9, (50, 0, 70, 20))])
    counts = pixel_counts([Pair.of(made.sample("a", shapes), found)], made.types, HALF)
    assert counts is not None
    assert counts.shared[0].tolist() == [400, 0, 600]
    assert counts.found[0].tolist() == [400, 0, 600]
    assert counts.truth[0].tolist() == [400, 0, 800]


def test_photos_that_say_damage_and_no_type_are_judged_for_any_damage(made: Any) -> None:
    sample = made.sample("a", [made.rectangle((0, 0, 20, 20), None)], annotated=[])
    counts = pixel_counts([Pair.of(sample, made.detections([(SCRATCH, 0.9, (0, 0, 20, 20))]))], made.types, HALF)
    assert counts is not None
    assert counts.shared[0].tolist() == [0, 0, 400]


def test_unknown_types_and_box_only_shapes_are_not_judged(made: Any) -> None:
    boxed = made.sample("a", [made.rectangle((0, 0, 20, 20), SCRATCH, outlined=False)], annotated=[SCRATCH])
    found = made.detections([(DENT, 0.9, (30, 30, 50, 50)), (SCRATCH, 0.9, (0, 0, 20, 20))])
    counts = pixel_counts([Pair.of(boxed, found)], made.types, HALF)
    assert counts is not None
    assert counts.found.sum() == counts.truth.sum() == 0
