import torch

from coachwork.models.efficientdet.loss import shape_loss
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
    assert float(pixel_loss(low, target)) == float(pixel_loss(wild, target))
    wild[..., 0] = 9.0
    assert float(pixel_loss(wild, target)) > float(pixel_loss(low, target))


def test_absence_of_a_type_that_is_not_annotated_costs_nothing() -> None:
    logits = torch.full((1, 5, 2), 3.0)
    quality = torch.zeros(1, 5, 2)
    first_alone = score_loss(logits, quality, torch.tensor([[True, False]]))
    assert torch.isclose(2 * first_alone, score_loss(logits, quality, torch.tensor([[True, True]])))
    quality[0, 2, 1] = 0.8
    assert float(score_loss(logits, quality, torch.tensor([[True, False]]))) > float(first_alone)


def test_photos_of_unknown_damage_teach_nothing() -> None:
    damaged = torch.tensor([1, 0, UNKNOWN], dtype=torch.uint8)
    right, wrong_where_unknown = torch.tensor([5.0, -5.0, 5.0]), torch.tensor([5.0, -5.0, -50.0])
    assert float(photo_loss(right, damaged)) == float(photo_loss(wrong_where_unknown, damaged)) < 0.01
    assert float(photo_loss(-right, damaged)) > 4
    assert float(photo_loss(right[2:], damaged[2:])) == 0
