import pytest
import torch

from coachwork.models.efficientdet.loss import shape_loss
from coachwork.models.loss_terms import LossTerms
from coachwork.models.losses import photo_loss, pixel_loss, score_loss
from coachwork.models.targets import UNKNOWN, Targets, pixel_targets


def truth(*, has_mask: bool) -> Targets:
    boxes, labels = torch.tensor([[16.0, 16.0, 48.0, 48.0]]), torch.tensor([1])
    masks = torch.zeros(1, 16, 16, dtype=torch.uint8)
    masks[0, 4:12, 4:8] = 1
    known, annotated = torch.tensor([has_mask]), torch.ones(2, dtype=torch.bool)
    pixels = pixel_targets(labels, boxes, masks, known, annotated)
    return Targets(
        boxes=boxes,
        labels=labels,
        masks=masks,
        has_mask=known,
        annotated=annotated,
        pixels=pixels,
        damaged=torch.tensor(1, dtype=torch.uint8),
    )


def test_a_right_shape_costs_less_than_a_wrong_one_and_the_rest_of_the_photo_costs_nothing() -> None:
    told = truth(has_mask=True)
    right = torch.full((1, 2, 16, 16), -8.0)
    right[0, 1, 4:12, 4:8] = 8.0
    elsewhere = right.clone()
    elsewhere[0, 0] = 8.0
    elsewhere[0, 1, 14:, :] = 8.0
    assert float(shape_loss(right, [told])) < 0.02
    assert float(shape_loss(-right, [told])) > 4
    assert float(shape_loss(elsewhere, [told])) == float(shape_loss(right, [told]))


def test_boxes_alone_teach_no_shape_but_keep_the_gradient() -> None:
    logits = torch.zeros(1, 2, 16, 16, requires_grad=True)
    loss = shape_loss(logits, [truth(has_mask=False)])
    loss.backward()  # type: ignore[no-untyped-call]
    assert float(loss.detach()) == 0
    assert logits.grad is not None
    assert float(logits.grad.abs().sum()) == 0


def test_unknown_pixels_cost_nothing() -> None:
    target = torch.zeros(1, 1, 8, 8, dtype=torch.uint8)
    target[..., 4:] = UNKNOWN
    low = torch.full((1, 1, 8, 8), -6.0)
    wild = low.clone()
    wild[..., 4:] = 9.0
    assert float(pixel_loss(low, target, LossTerms())) == float(pixel_loss(wild, target, LossTerms()))
    wild[..., 0] = 9.0
    assert float(pixel_loss(wild, target, LossTerms())) > float(pixel_loss(low, target, LossTerms()))


def test_absence_of_a_type_that_is_not_annotated_costs_nothing() -> None:
    logits = torch.full((1, 5, 2), 3.0)
    quality = torch.zeros(1, 5, 2)
    first_alone = score_loss(logits, quality, torch.tensor([[True, False]]), LossTerms())
    assert torch.isclose(2 * first_alone, score_loss(logits, quality, torch.tensor([[True, True]]), LossTerms()))
    quality[0, 2, 1] = 0.8
    assert float(score_loss(logits, quality, torch.tensor([[True, False]]), LossTerms())) > float(first_alone)


def test_photos_of_unknown_damage_teach_nothing() -> None:
    damaged = torch.tensor([1, 0, UNKNOWN], dtype=torch.uint8)
    right, wrong_where_unknown = torch.tensor([5.0, -5.0, 5.0]), torch.tensor([5.0, -5.0, -50.0])
    assert float(photo_loss(right, damaged)) == float(photo_loss(wrong_where_unknown, damaged)) < 0.01
    assert float(photo_loss(-right, damaged)) > 4
    assert float(photo_loss(right[2:], damaged[2:])) == 0


TERMS = ("cross_entropy", "dice", "focal", "lovasz", "boundary")
NOTHING = dict.fromkeys(TERMS, 0.0)


@pytest.mark.parametrize("term", TERMS)
def test_every_pixel_term_prefers_the_truth_and_leaves_out_what_is_unknown(term: str) -> None:
    target = torch.zeros(1, 2, 16, 16, dtype=torch.uint8)
    target[0, 0, 4:12, 4:12] = 1
    target[0, :, 14:] = UNKNOWN
    right = torch.where(target == 1, 6.0, -6.0).requires_grad_()
    shifted = right.detach().roll(3, dims=3).requires_grad_()
    wild = right.detach().clone()
    wild[0, :, 15:] = 9.0
    terms = LossTerms(**(NOTHING | {term: 1.0}))  # type: ignore[arg-type]
    loss = pixel_loss(shifted, target, terms)
    assert float(pixel_loss(right, target, terms).detach()) < 0.1 < float(loss.detach())
    assert torch.isclose(pixel_loss(wild, target, terms), pixel_loss(right, target, terms))
    loss.backward()  # type: ignore[no-untyped-call]
    assert shifted.grad is not None
    assert shifted.grad.abs().sum() > 0
    assert torch.isfinite(shifted.grad).all()


@pytest.mark.parametrize("term", TERMS)
def test_a_batch_that_shows_nothing_gives_a_finite_loss(term: str) -> None:
    for value in (0, UNKNOWN):
        logits = torch.zeros(1, 2, 8, 8, requires_grad=True)
        target = torch.full((1, 2, 8, 8), value, dtype=torch.uint8)
        loss = pixel_loss(logits, target, LossTerms(**(NOTHING | {term: 1.0})))  # type: ignore[arg-type]
        loss.backward()  # type: ignore[no-untyped-call]
        assert torch.isfinite(loss)


@pytest.mark.parametrize("term", TERMS)
def test_a_type_that_weighs_nothing_teaches_nothing(term: str) -> None:
    target = torch.zeros(1, 2, 16, 16, dtype=torch.uint8)
    target[0, :, 4:12, 4:12] = 1
    logits = torch.zeros(1, 2, 16, 16, requires_grad=True)
    terms = LossTerms(**(NOTHING | {term: 1.0, "type_weights": (0.0, 2.0)}))  # type: ignore[arg-type]
    pixel_loss(logits, target, terms).backward()  # type: ignore[no-untyped-call]
    assert logits.grad is not None
    assert logits.grad[0, 0].abs().sum() == 0 < logits.grad[0, 1].abs().sum()


def test_the_focal_exponent_takes_weight_from_scores_that_are_right() -> None:
    quality = torch.zeros(1, 2, 1)
    quality[0, 0] = 0.9
    annotated = torch.ones(1, 1, dtype=torch.bool)
    right, wrong = torch.tensor([[[2.0], [-2.0]]]), torch.tensor([[[-2.0], [2.0]]])
    plain, focal = (LossTerms(score_gamma=gamma) for gamma in (0.0, 2.0))
    shares = [
        float(score_loss(right, quality, annotated, terms) / score_loss(wrong, quality, annotated, terms))
        for terms in (plain, focal)
    ]
    assert shares[1] < shares[0] / 5
