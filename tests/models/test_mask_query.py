import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from coachwork.errors import CoachworkError
from coachwork.geometry.size import Size
from coachwork.models.family import build_model
from coachwork.models.loss_terms import LossTerms
from coachwork.models.mask_query.loss import mask_loss, mask_query_loss, middles, overlap, windows
from coachwork.models.mask_query.matching import match
from coachwork.models.mask_query.net import SEED_STRIDE, MaskQueryNet, Raw
from coachwork.models.targets import MASK_STRIDE, Targets, pixel_targets

SIZE = Size(height=128, width=256)
CELLS = (SIZE.height // MASK_STRIDE, SIZE.width // MASK_STRIDE)
TYPES = 3
BOXES = torch.tensor([[16.0, 16, 96, 96], [128, 32, 240, 64], [8, 100, 40, 124]])

sides = st.floats(0, 1)


def drawn(boxes: torch.Tensor) -> torch.Tensor:
    masks = torch.zeros(len(boxes), *CELLS, dtype=torch.uint8)
    for mask, (x_min, y_min, x_max, y_max) in zip(masks, (boxes / MASK_STRIDE).long(), strict=True):
        mask[y_min:y_max, x_min:x_max] = 1
    return masks


def truth(
    boxes: torch.Tensor = BOXES, *, has_mask: tuple[bool, ...] | None = None, annotated: tuple[bool, ...] = (True,) * 3
) -> Targets:
    labels = torch.arange(len(boxes)) % TYPES
    known = torch.tensor(has_mask or (True,) * len(boxes), dtype=torch.bool)
    masks = drawn(boxes) * known[:, None, None]
    told = torch.tensor(annotated)
    return Targets(
        boxes=boxes,
        labels=labels,
        masks=masks,
        has_mask=known,
        annotated=told,
        pixels=pixel_targets(labels, boxes, masks, known, told),
        damaged=torch.tensor(int(len(boxes) > 0), dtype=torch.uint8),
    )


def answers(queries: int = 6, *, photos: int = 1, layers: int = 2) -> Raw:
    """Random answers, as leaves that gather gradients."""
    torch.manual_seed(1)
    corners = torch.rand(layers, photos, queries, 2) * 60
    boxes = torch.cat((corners, corners + 10 + 50 * torch.rand(layers, photos, queries, 2)), dim=-1)
    places = SIZE.height * SIZE.width // SEED_STRIDE**2
    parts = [
        torch.randn(layers, photos, queries, TYPES),
        boxes,
        torch.randn(layers, photos, queries, *CELLS),
        torch.randn(photos, places, TYPES),
        torch.randn(photos, TYPES, *CELLS),
        torch.randn(photos, 1),
        torch.randn(photos, 4),
    ]
    return Raw(*(part.requires_grad_() for part in parts))


def places() -> torch.Tensor:
    rows, columns = SIZE.height // SEED_STRIDE, SIZE.width // SEED_STRIDE
    y, x = torch.meshgrid(torch.arange(rows) + 0.5, torch.arange(columns) + 0.5, indexing="ij")
    return torch.stack((x, y), dim=-1).reshape(-1, 2) * SEED_STRIDE


def grads(raw: Raw, seen: Targets) -> Raw:
    sum(mask_query_loss(raw, places(), [seen], LossTerms()).values()).backward()  # type: ignore[union-attr]
    return Raw(*(torch.zeros_like(part) if part.grad is None else part.grad for part in raw))


class TestMatch:
    def test_no_damage_leaves_every_query_free(self) -> None:
        raw = answers()
        found = match(raw.logits[-1, 0], raw.boxes[-1, 0], raw.masks[-1, 0], truth(BOXES[:0]))
        assert len(found.queries) == len(found.damages) == 0

    @pytest.mark.parametrize("turn", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
    def test_right_answers_are_found_in_any_order(self, turn: tuple[int, ...]) -> None:
        seen, order = truth(), torch.tensor(turn)
        logits = 8.0 * torch.eye(TYPES)[seen.labels[order]] - 4
        masks = 10.0 * seen.masks[order].float() - 5
        found = match(logits, BOXES[order], masks, seen)
        assert found.queries.tolist() == [0, 1, 2]
        assert found.damages.tolist() == list(turn)

    def test_more_damages_than_queries_match_as_many_as_there_are(self) -> None:
        raw = answers(queries=2)
        found = match(raw.logits[-1, 0], raw.boxes[-1, 0], raw.masks[-1, 0], truth())
        assert len(set(found.queries.tolist())) == len(set(found.damages.tolist())) == 2

    def test_where_only_the_box_is_known_the_masks_have_no_say(self) -> None:
        """Query 1 has the right box; query 0 has a box beside it and a mask that would be perfect."""
        seen = truth(BOXES[:1], has_mask=(False,))
        boxes = torch.stack((BOXES[0] + 30, BOXES[0]))
        perfect = 10.0 * drawn(BOXES[:1])[0].float() - 5
        found = match(torch.zeros(2, TYPES), boxes, torch.stack((perfect, -perfect)), seen)
        assert found.queries.tolist() == [1]

    def test_masks_decide_where_boxes_and_scores_do_not(self) -> None:
        seen = truth(BOXES[:1])
        perfect = 10.0 * seen.masks[0].float() - 5
        found = match(torch.zeros(2, TYPES), BOXES[[0, 0]], torch.stack((-perfect, perfect)), seen)
        assert found.queries.tolist() == [1]

    def test_answers_that_are_no_numbers_are_matched_last(self) -> None:
        boxes = torch.cat((torch.full((1, 4), torch.nan), BOXES[:1] + 50))
        found = match(torch.zeros(2, TYPES), boxes, torch.zeros(2, *CELLS), truth(BOXES[:1]))
        assert found.queries.tolist() == [1]


class TestLoss:
    def test_types_that_a_photo_does_not_annotate_cost_nothing(self) -> None:
        taught = grads(answers(), truth(BOXES[:1], annotated=(True, True, False)))
        assert taught.logits[..., 2].eq(0).all()
        assert taught.seeds[..., 2].eq(0).all()
        assert taught.pixels[:, 2].eq(0).all()
        assert taught.logits[..., 1].ne(0).all()

    def test_a_marked_damage_of_a_type_not_annotated_is_learnt(self) -> None:
        taught = grads(answers(), truth(BOXES[:1], annotated=(False, True, True)))
        assert (taught.logits[..., 0] != 0).sum() == 2  # its one query, in both answers

    def test_a_box_without_mask_teaches_box_and_score_alone(self) -> None:
        taught = grads(answers(), truth(has_mask=(False,) * 3))
        assert taught.masks.eq(0).all()
        assert (taught.boxes != 0).any(dim=-1).sum() == 2 * len(BOXES)

    def test_of_damages_with_and_without_mask_the_first_alone_teach_masks(self) -> None:
        taught = grads(answers(), truth(has_mask=(True, False, False)))
        assert (taught.masks != 0).flatten(3).any(dim=-1).sum() == 2

    def test_without_damage_scores_alone_are_taught(self) -> None:
        taught = grads(answers(), truth(BOXES[:0]))
        assert taught.boxes.eq(0).all()
        assert taught.masks.eq(0).all()
        assert taught.logits.gt(0).all()

    def test_right_answers_cost_next_to_nothing(self) -> None:
        seen = truth()
        raw = answers(queries=3, layers=1)
        masks = (40.0 * seen.masks.float() - 20)[None, None]
        right = raw._replace(logits=(40 * torch.eye(3) - 20)[None, None], boxes=BOXES[None, None], masks=masks)
        losses = mask_query_loss(right, places(), [seen], LossTerms())
        assert all(float(losses[name].detach()) < 1e-3 for name in ("score", "box", "mask"))

    def test_small_damages_weigh_as_much_as_large_ones(self) -> None:
        small, large = BOXES[2:], BOXES[1:2]
        missed = torch.full((1, 1, *CELLS), -4.0)
        costs = [float(mask_loss(missed, drawn(boxes), boxes)) for boxes in (small, large)]
        assert costs[0] == pytest.approx(costs[1], rel=0.25)


def test_overlap_is_the_mean_of_box_and_mask_or_the_box_alone() -> None:
    masks = drawn(BOXES)
    given = 2.0 * masks.float() - 1
    given[0] = -1
    kinds = torch.tensor([True, True, False])
    found = overlap(BOXES[None], given[None], BOXES, masks * kinds[:, None, None], kinds)
    torch.testing.assert_close(found, torch.tensor([[0.5, 1.0, 1.0]]))
    assert float(overlap(BOXES[None] + 500, given[None], BOXES, masks, ~kinds)[0, 0]) == 0


@given(x=sides, y=sides, width=sides, height=sides)
def test_every_box_has_a_cell_and_a_place(x: float, y: float, width: float, height: float) -> None:
    low = torch.tensor([x * (SIZE.width - 1), y * (SIZE.height - 1)])
    rest = torch.tensor([SIZE.width, SIZE.height]) - low
    box = torch.cat((low, low + torch.tensor([width, height]) * rest))[None]
    cells = windows(box, height=CELLS[0], width=CELLS[1])
    inside = (box[0] / MASK_STRIDE).long().tolist()
    assert cells.sum() >= 1
    assert cells[0, inside[1] : inside[3], inside[0] : inside[2]].eq(1).all()
    assert 1 <= int(middles(box, places()).sum()) <= 16


def net(**options: int) -> MaskQueryNet:
    model = build_model(
        "mask_query",
        types=TYPES,
        size=SIZE,
        backbone="efficientnet_lite0",
        pretrained=False,
        options=dict(options),
    )
    assert isinstance(model.net, MaskQueryNet)
    return model.net


def test_each_layer_answers_in_training_and_the_last_alone_after_it() -> None:
    model = net(queries=7, layers=2, hidden=32)
    seen = torch.zeros(1, SIZE.height, SIZE.width, 3, dtype=torch.uint8)
    with torch.inference_mode():
        assert model.train()(seen).masks.shape == (3, 1, 7, *CELLS)
        raw = model.eval()(seen)
    assert raw.masks.shape == (1, 1, 7, *CELLS)
    assert raw.boxes.shape == (1, 1, 7, 4)
    assert (raw.boxes[..., 2:] > raw.boxes[..., :2]).all()


def test_there_are_no_more_queries_than_places() -> None:
    assert net(queries=5000, hidden=32).queries == len(places())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"queries": 0}, "queries: expected a whole number from 1, got 0"),
        ({"layers": 0}, "layers: expected a whole number from 1, got 0"),
        ({"hidden": 100}, "hidden: expected a multiple of 8, got 100"),
        ({"hidden": 0}, "hidden: expected a multiple of 8, got 0"),
    ],
)
def test_options_that_cannot_be_are_said(options: dict[str, int], said: str) -> None:
    with pytest.raises(CoachworkError, match=said):
        net(**options)
