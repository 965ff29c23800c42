from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from coachwork.detections import Detections
from coachwork.geometry.box import box_iou
from coachwork.geometry.size import Size
from coachwork.inference.decoding import DecodingKind, DecodingRule, decode, soften_per_type, suppress_per_type
from coachwork.photos.letterbox import Letterbox
from coachwork.taxonomy import CarPart, DamageType

TYPES = (DamageType.DENT, DamageType.SCRATCH)
TARGET = Size(height=128, width=160)
RULE = DecodingRule(kind=DecodingKind.BOXES_SEMANTIC)


def outputs(
    boxes: list[list[float]], scores: list[list[float]], maps: NDArray[np.float32] | None = None
) -> dict[str, NDArray[np.generic]]:
    if maps is None:
        maps = np.ones((2, TARGET.height // 4, TARGET.width // 4), dtype=np.float32)
    return {
        "boxes": np.array(boxes, dtype=np.float32).reshape(1, -1, 4),
        "scores": np.array(scores, dtype=np.float32).reshape(1, -1, 2),
        "masks": maps[None],
    }


@pytest.mark.parametrize("kind", list(DecodingKind))
def test_a_model_that_finds_nothing_gives_no_detections(kind: DecodingKind) -> None:
    listed = {DecodingKind.BOXES_MASKS, DecodingKind.BOXES_WINDOWS}
    maps = dict.fromkeys(listed, (0, 1, 28, 28)) | {DecodingKind.BOXES_MAPS: (0, 32, 40)}
    silent: dict[str, NDArray[np.generic]] = {
        "boxes": np.zeros((0, 4), dtype=np.float32),
        "labels": np.zeros(0, dtype=np.int64),
        "scores": np.zeros((0,) if kind in listed else (0, 2), dtype=np.float32),
        "masks": np.zeros(maps.get(kind, (2, 32, 40)), dtype=np.float32),
        "windows": np.zeros((0, 4), dtype=np.float32),
    }
    photo = Size(height=300, width=200)
    letterbox = Letterbox(photo=photo, target=TARGET)
    found = decode(silent, rule=DecodingRule(kind=kind), letterbox=letterbox, types=TYPES, min_score=0.0)
    assert len(found) == 0
    assert found.masks == ()
    assert found.size == photo


def test_boxes_come_back_in_pixels_of_the_photo() -> None:
    letterbox = Letterbox(photo=Size(height=1000, width=2000), target=TARGET)
    box = np.array([[300.0, 200.0, 900.0, 650.0]])
    raw = outputs(letterbox.boxes_to_model(box).tolist(), [[0.1, 0.8]])
    found = decode(raw, rule=RULE, letterbox=letterbox, types=TYPES, min_score=0.5)
    np.testing.assert_allclose(found.boxes, box, atol=0.05)
    assert found.labels.tolist() == [1]
    assert found.scores.tolist() == pytest.approx([0.8])


def test_boxes_are_clipped_to_the_photo_and_those_in_the_padding_are_dropped() -> None:
    letterbox = Letterbox(photo=Size(height=100, width=400), target=TARGET)  # padding above and below
    raw = outputs([[-50, -50, 80, 200], [10, 0, 90, 20], [40, 60, 40, 70], [np.nan, 0, 5, 5]], [[0.9, 0]] * 4)
    found = decode(raw, rule=RULE, letterbox=letterbox, types=TYPES, min_score=0.5)
    assert len(found) == 1
    np.testing.assert_allclose(found.boxes[0], [0, 0, 200, 100], atol=1e-3)


def test_the_score_of_the_photo_is_passed_on_where_there_is_one() -> None:
    letterbox = Letterbox(photo=Size(height=100, width=400), target=TARGET)
    raw = outputs([], [])
    assert decode(raw, rule=RULE, letterbox=letterbox, types=TYPES, min_score=0.5).photo_score is None
    raw["photo_score"] = np.array([[0.25]], dtype=np.float32)
    assert decode(raw, rule=RULE, letterbox=letterbox, types=TYPES, min_score=0.5).photo_score == 0.25


def test_scores_of_zero_are_never_detections() -> None:
    letterbox = Letterbox(photo=TARGET, target=TARGET)
    assert len(decode(outputs([[0, 0, 9, 9]], [[0, 0]]), rule=RULE, letterbox=letterbox, types=TYPES, min_score=0)) == 0


def test_only_boxes_of_the_same_type_suppress_each_other() -> None:
    letterbox = Letterbox(photo=TARGET, target=TARGET)
    raw = outputs([[10, 10, 50, 50], [11, 11, 51, 51]], [[0.9, 0.3], [0.8, 0.7]])
    found = decode(raw, rule=RULE, letterbox=letterbox, types=TYPES, min_score=0.1)
    assert found.labels.tolist() == [0, 1]
    assert found.scores.tolist() == pytest.approx([0.9, 0.7])


def test_at_most_max_detections_are_kept_the_best_ones() -> None:
    letterbox = Letterbox(photo=TARGET, target=TARGET)
    boxes = [[8.0 * i, 0, 8.0 * i + 7, 7] for i in range(10)]
    raw = outputs(boxes, [[0.05 * (i + 1), 0] for i in range(10)])
    rule = DecodingRule(kind=DecodingKind.BOXES_SEMANTIC, max_detections=3, max_candidates=5)
    found = decode(raw, rule=rule, letterbox=letterbox, types=TYPES, min_score=0.01)
    assert found.scores.tolist() == pytest.approx([0.5, 0.45, 0.4])


def test_a_map_below_the_threshold_still_gives_the_top_half_of_the_probability() -> None:
    letterbox = Letterbox(photo=TARGET, target=TARGET)
    maps = np.full((2, 32, 40), 0.01, dtype=np.float32)
    maps[0, 10:14, 10:20] = 0.2
    found = decode(
        outputs([[32, 32, 100, 70]], [[0.9, 0]], maps), rule=RULE, letterbox=letterbox, types=TYPES, min_score=0.5
    )
    assert found.masks is not None
    np.testing.assert_allclose(found.masks[0].box.xyxy, [40, 40, 80, 56], atol=1)


def test_a_mask_is_the_largest_region_in_the_box_without_holes() -> None:
    maps = np.zeros((2, 32, 40), dtype=np.float32)
    maps[1, 4:12, 4:14] = 0.9
    maps[1, 7:9, 7:10] = 0.1  # a hole
    maps[1, 20:23, 4:14] = 0.95  # a neighbour, larger on the whole than what of it lies in the box
    maps[1, 2:30, 25:38] = 0.95  # outside of the box
    found = decode(
        outputs([[8, 8, 80, 88]], [[0, 0.9]], maps),
        rule=RULE,
        letterbox=Letterbox(photo=TARGET, target=TARGET),
        types=TYPES,
        min_score=0.5,
    )
    assert found.masks is not None
    mask = found.masks[0]
    np.testing.assert_allclose((mask.x, mask.y, *mask.crop.shape), (16, 16, 32, 40), atol=4)
    assert mask.crop[2:-2, 2:-2].all()


def test_a_map_of_zeros_gives_the_whole_box() -> None:
    letterbox = Letterbox(photo=TARGET, target=TARGET)
    raw = outputs([[32, 32, 100, 70]], [[0.9, 0]], np.zeros((2, 32, 40), dtype=np.float32))
    found = decode(raw, rule=RULE, letterbox=letterbox, types=TYPES, min_score=0.5)
    assert found.masks is not None
    assert found.masks[0].box.xyxy == (32, 32, 100, 70)


def test_rescoring_ranks_by_the_certainty_of_the_mask() -> None:
    letterbox = Letterbox(photo=TARGET, target=TARGET)
    maps = np.zeros((2, 32, 40), dtype=np.float32)
    maps[0, :, :20], maps[0, :, 20:] = 0.6, 1.0
    raw = outputs([[8, 8, 60, 60], [100, 8, 150, 60]], [[0.9, 0], [0.8, 0]], maps)
    rule = DecodingRule(kind=DecodingKind.BOXES_SEMANTIC, mask_rescoring=1.0)
    found = decode(raw, rule=rule, letterbox=letterbox, types=TYPES, min_score=0.1)
    assert found.scores.tolist() == pytest.approx([0.8, 0.54], abs=1e-3)
    assert found.boxes[0, 0] == pytest.approx(100)


@pytest.mark.parametrize("rescoring", [0.0, 1.0])
def test_each_box_has_its_own_map_where_the_kind_says_so(rescoring: float) -> None:
    """The second box alone passes the score, and the third lies in no photo: maps must stay with their boxes."""
    letterbox = Letterbox(photo=TARGET, target=TARGET)
    maps = np.zeros((4, 32, 40), dtype=np.float32)
    maps[1, 5:10, 5:10], maps[3, 5:10, 12:15] = 0.9, 0.6
    boxes: list[list[float]] = [[0, 0, 90, 90], [0, 0, 90, 90], [5, 5, 5, 9], [8, 0, 98, 90]]
    raw = outputs(boxes, [[0.1, 0.1], [0, 0.8], [0, 0.9], [0.7, 0]], maps)
    rule = DecodingRule(kind=DecodingKind.BOXES_MAPS, mask_rescoring=rescoring)
    found = decode(raw, rule=rule, letterbox=letterbox, types=TYPES, min_score=0.3)
    assert found.masks is not None
    assert found.labels.tolist() == [1, 0]
    np.testing.assert_allclose(found.masks[0].box.xyxy, [20, 20, 40, 40], atol=1)
    np.testing.assert_allclose(found.masks[1].box.xyxy, [48, 20, 60, 40], atol=1)
    np.testing.assert_allclose(found.scores, [0.72, 0.42] if rescoring else [0.8, 0.7], atol=1e-3)


def test_maps_that_are_not_one_per_box_are_refused() -> None:
    raw = outputs([[0, 0, 90, 90]], [[0.9, 0]])
    rule = DecodingRule(kind=DecodingKind.BOXES_MAPS)
    with pytest.raises(ValueError, match=r"'masks' must have the shape \(1, any, any\)"):
        decode(raw, rule=rule, letterbox=Letterbox(photo=TARGET, target=TARGET), types=TYPES, min_score=0.3)


@pytest.mark.parametrize("rescoring", [0.0, 0.7])
def test_a_ranking_without_masks_agrees_with_the_drawn_detections(rescoring: float) -> None:
    generator = np.random.default_rng(5)
    letterbox = Letterbox(photo=Size(height=300, width=500), target=TARGET)
    corners = generator.uniform(0, 120, (45, 2))
    boxes = np.concatenate([corners, corners + generator.uniform(2, 60, (45, 2))], axis=1)
    maps = generator.random((2, 32, 40)).astype(np.float32)
    raw = outputs(boxes.tolist(), generator.random((45, 2)).tolist(), maps)
    rule = DecodingRule(kind=DecodingKind.BOXES_SEMANTIC, mask_rescoring=rescoring)
    ranking = decode(raw, rule=rule, letterbox=letterbox, types=TYPES, min_score=0.01, with_masks=False)
    thresholds = np.array([0.6, 0.4])
    found = decode(raw, rule=rule, letterbox=letterbox, types=TYPES, min_score=thresholds)
    expected = ranking.above(thresholds)
    assert ranking.masks is None
    assert 5 < len(found) < len(ranking)
    np.testing.assert_array_equal(found.boxes, expected.boxes)
    np.testing.assert_array_equal(found.scores, expected.scores)


def test_regions_of_a_semantic_map_become_instances() -> None:
    letterbox = Letterbox(photo=Size(height=256, width=320), target=TARGET)
    maps = np.zeros((2, 32, 40), dtype=np.float32)
    maps[1, 4:10, 5:15] = 0.9
    maps[1, 10:12, 15:20] = 0.9  # touches at a corner: the same region
    maps[1, 20:26, 30:36] = 0.7
    maps[0, 0, 0] = 1.0  # a single cell is no region
    rule = DecodingRule(kind=DecodingKind.SEMANTIC)
    found = decode({"masks": maps}, rule=rule, letterbox=letterbox, types=TYPES, min_score=0.1)
    assert found.scores.tolist() == pytest.approx([0.9, 0.7])
    assert found.labels.tolist() == [1, 1]
    np.testing.assert_allclose(found.boxes, [[40, 32, 160, 96], [240, 160, 288, 208]], atol=8)
    assert found.masks is not None
    assert not (found.masks[0].full() & found.masks[1].full()).any()


def test_a_region_does_not_leak_into_its_neighbour() -> None:
    letterbox = Letterbox(photo=Size(height=256, width=320), target=TARGET)
    maps = np.zeros((2, 32, 40), dtype=np.float32)
    maps[0, 4:12, 4:10] = 1.0
    maps[0, 4:12, 11:20] = 1.0
    maps[0, 4:12, 10] = 0.49  # one column between, barely below: interpolated with both sides it would join them
    rule = DecodingRule(kind=DecodingKind.SEMANTIC)
    found = decode({"masks": maps}, rule=rule, letterbox=letterbox, types=TYPES, min_score=0.1)
    assert found.masks is not None
    assert not (found.masks[0].full() & found.masks[1].full()).any()


def test_small_masks_are_stretched_over_their_boxes() -> None:
    letterbox = Letterbox(photo=Size(height=256, width=320), target=TARGET)
    maps = np.zeros((1, 1, 28, 28), dtype=np.float32)
    maps[0, 0, :14, :] = 1.0
    raw: dict[str, NDArray[np.generic]] = {
        "boxes": np.array([[20, 20, 76, 48]], dtype=np.float32),
        "labels": np.array([1]),
        "scores": np.array([0.6], dtype=np.float32),
        "masks": maps,
    }
    rule = DecodingRule(kind=DecodingKind.BOXES_MASKS)
    found = decode(raw, rule=rule, letterbox=letterbox, types=TYPES, min_score=0.1)
    np.testing.assert_allclose(found.boxes, [[40, 40, 152, 96]], atol=0.01)
    assert found.masks is not None
    np.testing.assert_allclose(found.masks[0].box.xyxy, [40, 40, 152, 68], atol=1)


@pytest.mark.parametrize(("label", "count"), [(-1, 0), (0, 1)])
def test_background_is_no_detection(label: int, count: int) -> None:
    raw: dict[str, NDArray[np.generic]] = {
        "boxes": np.array([[20, 20, 76, 48]], dtype=np.float32),
        "labels": np.array([label]),
        "scores": np.array([0.6], dtype=np.float32),
        "masks": np.ones((1, 1, 28, 28), dtype=np.float32),
    }
    rule = DecodingRule(kind=DecodingKind.BOXES_MASKS)
    letterbox = Letterbox(photo=Size(height=256, width=320), target=TARGET)
    assert len(decode(raw, rule=rule, letterbox=letterbox, types=TYPES, min_score=0.1)) == count
    raw["labels"] = np.array([-2])
    with pytest.raises(ValueError, match=r"must lie in 0\.\.1, got -2"):
        decode(raw, rule=rule, letterbox=letterbox, types=TYPES, min_score=0.1)


def in_windows(
    boxes: Sequence[Sequence[float]], windows: Sequence[Sequence[float]], scores: list[float], *, soft: bool = False
) -> Detections:
    """Detections of the first type, each with the left half of its window as its mask."""
    maps = np.zeros((len(boxes), 1, 28, 28), dtype=np.float32)
    maps[..., :14] = 1.0
    raw: dict[str, NDArray[np.generic]] = {
        "boxes": np.array(boxes, dtype=np.float32),
        "labels": np.zeros(len(boxes), dtype=np.int64),
        "scores": np.array(scores, dtype=np.float32),
        "masks": maps,
        "windows": np.array(windows, dtype=np.float32),
    }
    rule = DecodingRule(kind=DecodingKind.BOXES_WINDOWS, nms_iou=0.5, soft_nms=soft)
    letterbox = Letterbox(photo=Size(height=256, width=320), target=TARGET)
    return decode(raw, rule=rule, letterbox=letterbox, types=TYPES, min_score=0.1)


def test_masks_in_windows_reach_beyond_their_boxes() -> None:
    found = in_windows([[40, 40, 60, 60]], [[20, 30, 80, 70]], [0.6])
    np.testing.assert_allclose(found.boxes, [[80, 80, 120, 120]], atol=0.01)
    assert found.masks is not None
    np.testing.assert_allclose(found.masks[0].box.xyxy, [40, 60, 100, 140], atol=1)


def test_boxes_with_windows_are_thinned_and_those_outside_the_photo_dropped() -> None:
    box, near, outside = [40, 40, 60, 60], [41, 41, 61, 61], [200, 40, 220, 60]
    windows = [[30, 30, 70, 70], [31, 31, 71, 71], [300, 30, 340, 70]]
    assert in_windows([box, near, outside], windows, [0.5, 0.6, 0.9]).scores.tolist() == pytest.approx([0.6])
    assert len(in_windows([box], [windows[2]], [0.9])) == 0


def test_boxes_over_a_better_one_are_made_less_sure_and_stay() -> None:
    best, half, apart, far = [40, 40, 60, 60], [40, 40, 60, 55], [40, 55, 60, 75], [90, 40, 110, 60]
    windows = [[0, 0, 150, 120]] * 4
    found = in_windows([half, best, far, apart], windows, [0.8, 0.9, 0.3, 0.15], soft=True)
    assert found.scores.tolist() == pytest.approx([0.9, 0.3, 0.8 * 0.25, 0.15])  # half shares 15 / 20 with best
    np.testing.assert_allclose(found.boxes[2], [80, 80, 120, 110], atol=0.01)
    assert len(in_windows([half, best], windows[:2], [0.3, 0.9], soft=True)) == 1  # 0.075 is below min_score


def test_each_better_box_takes_its_share_and_other_types_none() -> None:
    boxes = np.array([[0, 0, 10, 10], [0, 0, 10, 8], [0, 0, 10, 9], [0, 0, 10, 10]], dtype=np.float64)
    scores, labels = np.array([0.9, 0.5, 0.7, 0.6]), np.array([0, 0, 0, 1])
    left = soften_per_type(boxes, scores, labels, iou=0.5)
    # The third falls to 0.07 and the second to 0.1: the second is now the better one, and takes its share of the third.
    assert left.tolist() == pytest.approx([0.9, 0.1, 0.7 * 0.1 * (1 - 80 / 90), 0.6], rel=1e-5)
    assert soften_per_type(boxes[:0], scores[:0], labels[:0], iou=0.5).shape == (0,)


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ({"masks": None}, "no output 'masks'"),
        ({"scores": np.zeros((1, 1, 3), dtype=np.float32)}, r"'scores' must have the shape \(1, 2\)"),
        ({"masks": np.zeros((1, 5, 8, 8), dtype=np.float32)}, "'masks' must have the shape"),
    ],
)
def test_outputs_that_contradict_the_rule_are_named(broken: dict[str, NDArray[np.generic] | None], words: str) -> None:
    raw = outputs([[0, 0, 9, 9]], [[0.5, 0.5]]) | broken
    usable = {name: array for name, array in raw.items() if array is not None}
    with pytest.raises(ValueError, match=words):
        decode(usable, rule=RULE, letterbox=Letterbox(photo=TARGET, target=TARGET), types=TYPES, min_score=0.1)


@st.composite
def placed_boxes(draw: st.DrawFn) -> tuple[Size, Size, tuple[int, int, int, int]]:
    """A photo, a model input, and a rectangle of whole map cells inside the content."""
    photo = Size(height=draw(st.integers(60, 900)), width=draw(st.integers(60, 900)))
    target = Size(height=32 * draw(st.integers(4, 10)), width=32 * draw(st.integers(4, 10)))
    content = Letterbox(photo=photo, target=target).boxes_to_model(np.array([[0, 0, photo.width, photo.height]]))[0] / 4
    x_low, y_low, x_high, y_high = (int(v) for v in (*np.ceil(content[:2]), *np.floor(content[2:])))
    left, top = draw(st.integers(x_low, max(x_low, x_high - 4))), draw(st.integers(y_low, max(y_low, y_high - 4)))
    right = draw(st.integers(min(left + 3, x_high), x_high))
    bottom = draw(st.integers(min(top + 3, y_high), y_high))
    return photo, target, (left, top, right, bottom)


@settings(max_examples=60, deadline=None)
@given(placed_boxes())
def test_a_rectangle_of_the_map_comes_back_at_its_place_in_the_photo(
    placed: tuple[Size, Size, tuple[int, int, int, int]],
) -> None:
    photo, target, (left, top, right, bottom) = placed
    if right - left < 2 or bottom - top < 2:
        return
    letterbox = Letterbox(photo=photo, target=target)
    maps = np.zeros((2, target.height // 4, target.width // 4), dtype=np.float32)
    maps[0, top:bottom, left:right] = 1.0
    cells = np.array([[left, top, right, bottom]], dtype=np.float64)
    expected = np.clip(letterbox.boxes_to_photo(cells * 4)[0], 0, [photo.width, photo.height] * 2)
    raw = outputs([[0, 0, target.width, target.height]], [[0.9, 0]], maps)
    found = decode(raw, rule=RULE, letterbox=letterbox, types=TYPES, min_score=0.5)
    assert found.masks is not None
    tight = np.array(found.masks[0].box.xyxy)
    # Half of a map's step lies exactly on the cell's edge; a pixel is judged at its centre.
    pixels_per_cell = (expected[2] - expected[0]) / (right - left)
    assert np.abs(tight - expected).max() <= 0.5 + 0.05 * pixels_per_cell + 0.5
    area = (expected[2] - expected[0]) * (expected[3] - expected[1])
    corners = 4 * (pixels_per_cell + 1) ** 2
    assert abs(found.masks[0].area - area) <= corners + (tight[2] - tight[0] + tight[3] - tight[1]) * 1.2


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 60), st.integers(1, 40), st.floats(0.05, 0.95), st.integers(0, 2**32 - 1))
def test_suppression_agrees_with_its_definition(count: int, limit: int, iou: float, seed: int) -> None:
    generator = np.random.default_rng(seed)
    corner = generator.uniform(-20, 60, (count, 2))
    boxes = np.concatenate([corner, corner + generator.uniform(1, 40, (count, 2))], axis=1)
    scores, labels = generator.permutation(count) / 100, generator.integers(0, 3, count)
    shared = box_iou(boxes, boxes)
    expected: list[int] = []
    for index in np.argsort(-scores, kind="stable"):
        if all(labels[index] != labels[other] or shared[other, index] <= iou for other in expected):
            expected.append(int(index))
    assert suppress_per_type(boxes, scores, labels, iou=iou, limit=limit).tolist() == expected[:limit]


def test_what_is_seen_of_a_single_part_in_several_regions_is_one_instance() -> None:
    maps = np.zeros((2, 32, 40), dtype=np.float32)
    for single_map in maps:
        single_map[4:10, 4:10], single_map[4:10, 20:26], single_map[30, 30] = 0.9, 0.7, 0.9  # the last one is too small
    photo = Size(height=128, width=160)
    found = decode(
        {"masks": maps},
        rule=DecodingRule(kind=DecodingKind.SEMANTIC, single_types=("bonnet",)),
        letterbox=Letterbox(photo=photo, target=TARGET),
        types=(CarPart.BONNET, CarPart.WHEEL),
        min_score=0.1,
    )
    assert [found.types[label] for label in found.labels] == [CarPart.WHEEL, CarPart.BONNET, CarPart.WHEEL]
    assert found.scores.tolist() == pytest.approx([0.9, 0.8, 0.7])
    assert found.masks is not None
    left, bonnet, right = found.masks
    assert (bonnet.box.x_min, bonnet.box.x_max) == (left.box.x_min, right.box.x_max)
    np.testing.assert_array_equal(bonnet.full(), left.full() | right.full())
