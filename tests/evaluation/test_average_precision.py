import contextlib
import io
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from coachwork.evaluation.average_precision import Extent, precision_curves, resampled_precision
from coachwork.evaluation.bootstrap import cluster_weights
from coachwork.evaluation.pairs import EvaluationError, Pair, evaluated_types, ordered
from coachwork.geometry.mask import mask_to_rle
from coachwork.taxonomy import DamageType, Kind

DENT, SCRATCH = DamageType.DENT, DamageType.SCRATCH
BOTH = list(Extent)

grid_boxes = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), min_size=1, max_size=6, unique=True)


@given(places=grid_boxes, kinds=st.lists(st.sampled_from([DENT, SCRATCH]), min_size=6, max_size=6))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_perfect_detections_give_one(made: Any, places: list[tuple[int, int]], kinds: list[DamageType]) -> None:
    boxes = [(24 * x, 25 * y, 24 * x + 20, 25 * y + 18) for x, y in places]
    truth = list(zip(kinds, boxes, strict=False))
    pair = made.pair("a", truth, [(kind, 0.9, box) for kind, box in truth])
    for extent in BOTH:
        curves = precision_curves([pair], made.types, extent)
        assert curves is not None
        for kind, value, recall in zip(made.types, curves.average_precision(), curves.average_recall(), strict=True):
            if kind in dict(truth):
                assert value == pytest.approx(1, abs=1e-9)
                assert recall == 1
            else:
                assert np.isnan(value)


@pytest.mark.parametrize("extent", BOTH)
def test_no_detection_gives_zero_and_no_truth_gives_nothing(made: Any, extent: Extent) -> None:
    pairs = [made.pair("a", [(DENT, (10, 10, 40, 40))], []), made.pair("b", [], [(SCRATCH, 0.8, (5, 5, 20, 20))])]
    curves = precision_curves(pairs, made.types, extent)
    assert curves is not None
    assert curves.average_precision()[0] == 0
    assert np.isnan(curves.average_precision()[1])
    assert curves.mean(curves.average_precision()) == 0
    assert curves.truths.tolist() == [1, 0]


def test_one_hit_above_one_false_alarm_by_hand(made: Any) -> None:
    truth = [(DENT, (0, 0, 20, 20)), (DENT, (50, 50, 70, 70))]
    found = [(DENT, 0.9, (0, 0, 20, 20)), (DENT, 0.8, (80, 0, 100, 20)), (DENT, 0.7, (50, 50, 70, 70))]
    curves = precision_curves([made.pair("a", truth, found)], made.types)
    assert curves is not None
    # precision 1 up to recall 1/2 (51 of 101 points), 2/3 beyond
    assert curves.average_precision()[0] == pytest.approx((51 + 50 * 2 / 3) / 101)


def test_overlap_of_seven_tenths_passes_five_thresholds(made: Any) -> None:
    pair = made.pair("a", [(DENT, (0, 0, 100, 10))], [(DENT, 0.9, (0, 0, 72, 10))])
    curves = precision_curves([pair], made.types)
    assert curves is not None
    assert curves.average_precision()[0] == pytest.approx(0.5)
    assert curves.average_precision(iou=0.5)[0] == pytest.approx(1)
    assert curves.average_precision(iou=0.75)[0] == 0


def test_a_type_that_a_photo_does_not_annotate_is_neither_right_nor_wrong_there(made: Any) -> None:
    known = made.pair("a", [(DENT, (0, 0, 20, 20))], [(DENT, 0.5, (0, 0, 20, 20))])
    unknown = made.pair("b", [], [(DENT, 0.9, (30, 30, 60, 60))], annotated=[SCRATCH])
    curves = precision_curves([known, unknown], made.types)
    assert curves is not None
    assert curves.average_precision()[0] == pytest.approx(1)
    assert curves.photos.tolist() == [1, 2]


def test_crowds_and_damages_of_unstated_type_are_ignored(made: Any) -> None:
    shapes = [
        made.rectangle((0, 0, 20, 20), DENT),
        made.rectangle((40, 0, 100, 40), DENT, crowd=True),
        made.rectangle((0, 50, 60, 90), None, outlined=False),
    ]
    found = [
        (DENT, 0.9, (45, 5, 65, 25)),
        (DENT, 0.9, (70, 5, 90, 25)),
        (DENT, 0.8, (5, 55, 25, 75)),
        (DENT, 0.5, (0, 0, 20, 20)),
    ]
    pair = Pair.of(made.sample("a", shapes), made.detections(found))
    for extent in BOTH:
        curves = precision_curves([pair], made.types, extent)
        assert curves is not None
        assert curves.average_precision()[0] == pytest.approx(1)


def test_shapes_known_by_box_alone_count_for_boxes_only(made: Any) -> None:
    boxed = Pair.of(
        made.sample("a", [made.rectangle((0, 0, 20, 20), DENT, outlined=False)]),
        made.detections([(DENT, 0.9, (0, 0, 20, 20))]),
    )
    by_box, by_mask = (precision_curves([boxed], made.types, extent) for extent in BOTH)
    assert by_box is not None
    assert by_mask is not None
    assert by_box.truths.tolist() == [1, 0]
    assert by_mask.truths.tolist() == [0, 0]
    assert np.isnan(by_mask.average_precision()[0])


def test_a_model_without_masks_has_no_mask_figures(made: Any) -> None:
    pair = Pair.of(made.sample("a", []), made.detections([], masks=False))
    assert precision_curves([pair], made.types, Extent.MASK) is None


def test_sizes_split_the_truth(made: Any) -> None:
    truth = [(DENT, (0, 0, 20, 20)), (DENT, (40, 10, 100, 70))]
    curves = precision_curves([made.pair("a", truth, [(DENT, 0.9, truth[1][1])])], made.types)
    assert curves is not None
    assert curves.average_precision(size="coco small")[0] == 0
    assert curves.average_precision(size="coco medium")[0] == pytest.approx(1)
    assert np.isnan(curves.average_precision(size="coco large")[0])
    assert curves.average_precision(size="cardd small")[0] == pytest.approx(51 / 101)


def test_an_empty_set_is_refused() -> None:
    with pytest.raises(EvaluationError, match="no photo"):
        evaluated_types([])


def test_detections_in_another_frame_are_refused(made: Any) -> None:
    other = made.detections([], frame=type(made.frame)(height=10, width=10))
    with pytest.raises(EvaluationError, match="the detections in"):
        Pair.of(made.sample("a", []), other)


def independent_stats(pairs: tuple[Pair, ...], types: tuple[Kind, ...], extent: str) -> list[float]:
    """COCO's twelve figures by its plain route: files, `loadRes`, `summarize`."""
    annotations: list[dict[str, Any]] = []
    results: list[dict[str, Any]] = []
    for p, pair in enumerate(pairs, 1):
        for shape, mask in zip(pair.sample.shapes, pair.masks, strict=True):
            assert mask is not None
            assert shape.type is not None
            box = shape.box
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": p,
                    "category_id": types.index(shape.type) + 1,
                    "bbox": [box.x_min, box.y_min, box.width, box.height],
                    "area": mask.area,
                    "iscrowd": 0,
                    "segmentation": mask_to_rle(mask),
                }
            )
        found = pair.detections
        for row, mask in enumerate(found.masks or ()):
            x0, y0, x1, y1 = found.boxes[row].tolist()
            part = {"bbox": [x0, y0, x1 - x0, y1 - y0]} if extent == "bbox" else {"segmentation": mask_to_rle(mask)}
            results.append(
                part | {"image_id": p, "category_id": int(found.labels[row]) + 1, "score": float(found.scores[row])}
            )
    coco = COCO()
    coco.dataset = {
        "info": {},
        "images": [
            {"id": p, "height": pair.sample.size.height, "width": pair.sample.size.width}
            for p, pair in enumerate(pairs, 1)
        ],
        "categories": [{"id": k, "name": kind} for k, kind in enumerate(types, 1)],
        "annotations": annotations,
    }
    with contextlib.redirect_stdout(io.StringIO()):
        coco.createIndex()
        run = COCOeval(coco, coco.loadRes(results), extent)
        run.evaluate()
        run.accumulate()
        run.summarize()
    return [float(value) for value in run.stats]


@pytest.mark.parametrize(("extent", "name"), [(Extent.BOX, "bbox"), (Extent.MASK, "segm")])
def test_figures_are_those_of_pycocotools(claims_pairs: tuple[Pair, ...], extent: Extent, name: str) -> None:
    types = evaluated_types(claims_pairs)
    curves = precision_curves(claims_pairs, types, extent)
    assert curves is not None
    ours = [
        curves.mean(curves.average_precision()),
        curves.mean(curves.average_precision(iou=0.5)),
        curves.mean(curves.average_precision(iou=0.75)),
        *(curves.mean(curves.average_precision(size=f"coco {size}")) for size in ("small", "medium", "large")),
        curves.mean(curves.average_recall()),
    ]
    stats = independent_stats(claims_pairs, types, name)
    assert 0.1 < ours[0] < 0.9
    assert ours == pytest.approx([*stats[:6], stats[8]], abs=1e-12)


@pytest.mark.parametrize("extent", BOTH)
def test_drawing_every_photo_once_is_pycocotools_to_the_last_bit(
    claims_pairs: tuple[Pair, ...], extent: Extent
) -> None:
    curves = precision_curves(claims_pairs, evaluated_types(claims_pairs), extent)
    assert curves is not None
    once = np.ones((1, len(claims_pairs)), dtype=np.int64)
    for size in ("all", "coco medium", "cardd small"):
        mean, at_half = resampled_precision(curves, once, size=size)
        np.testing.assert_array_equal(at_half[0], curves.average_precision(size=size, iou=0.5))
        np.testing.assert_array_equal(mean[0], curves.average_precision(size=size))


def test_drawing_photos_twice_equals_evaluating_copies_of_them(claims_pairs: tuple[Pair, ...]) -> None:
    few = claims_pairs[:25]
    types = evaluated_types(few)
    curves = precision_curves(few, types, Extent.MASK)
    drawn = cluster_weights([pair.sample.cluster for pair in few], resamples=3, seed=1)
    assert curves is not None
    assert drawn.max() > 1
    mean, _ = resampled_precision(curves, drawn)
    for weights, row in zip(drawn, mean, strict=True):
        copies = [pair for pair, count in zip(few, weights, strict=True) for _ in range(count)]
        again = precision_curves(copies, types, Extent.MASK)
        assert again is not None
        np.testing.assert_allclose(row, again.average_precision(), atol=1e-12)


def test_the_order_of_the_photos_changes_nothing(claims_pairs: tuple[Pair, ...]) -> None:
    types = evaluated_types(claims_pairs)
    shuffled = [claims_pairs[i] for i in np.random.default_rng(3).permutation(len(claims_pairs))]
    first, second = (precision_curves(ordered(p), types) for p in (claims_pairs, shuffled))
    assert first is not None
    assert second is not None
    np.testing.assert_array_equal(first.precision, second.precision)
