"""The closer look of EfficientDet: which boxes it is given, how it begins, what it is taught."""

import pytest
import torch
from torch import Tensor

from coachwork.models.efficientdet.roi_head import Boxes, Looks, RoiHead, best_boxes, windows_of
from coachwork.models.efficientdet.roi_loss import roi_losses
from coachwork.models.loss_terms import LossTerms
from coachwork.models.targets import Targets
from tests.models.test_families import truth

WIDTHS = (4, 6, 8, 10)
BOX = (16.0, 24.0, 96.0, 104.0)


def features() -> list[Tensor]:
    torch.manual_seed(1)
    return [torch.randn(1, width, 128 // s, 256 // s) for width, s in zip(WIDTHS, (4, 8, 16, 32), strict=True)]


def given(*boxes: tuple[float, float, float, float], labels: list[int], logit: float = 0.5) -> Boxes:
    count = len(boxes)
    none = torch.zeros(count, dtype=torch.int64)
    return Boxes(torch.tensor(boxes).reshape(-1, 4), torch.tensor(labels), torch.full((count,), logit), none)


def looks(boxes: Boxes, *, masks: float, logits: float = 0.5) -> Looks:
    """A look that fills, or leaves empty, the whole window."""
    count = len(boxes.boxes)
    drawn = torch.full((count, 28, 28), masks)
    return Looks(boxes.boxes, torch.full((count,), logits), drawn, windows_of(boxes.boxes))


def taught(look: Looks, boxes: Boxes, photo: Targets) -> dict[str, float]:
    return {name: float(value) for name, value in roi_losses(look, boxes, [photo], LossTerms()).items()}


def test_the_head_begins_as_the_detectors_own_answer() -> None:
    head = RoiHead(WIDTHS, types=3).eval()
    maps = torch.full((1, 3, 32, 64), -3.0)
    maps[:, 1] = 2.0
    boxes = given((36.0, 36.0, 76.0, 76.0), (100.0, 40.0, 160.0, 80.0), labels=[1, 2])
    with torch.no_grad():
        said = head(features(), torch.zeros_like(maps), maps, boxes)
    torch.testing.assert_close(said.boxes, boxes.boxes)
    torch.testing.assert_close(said.logits, boxes.logits)
    torch.testing.assert_close(said.masks, torch.tensor([2.0, -3.0])[:, None, None].expand(2, 28, 28))


def test_windows_are_larger_than_their_boxes_and_never_tiny() -> None:
    boxes = torch.tensor([[20.0, 20.0, 60.0, 40.0], [50.0, 50.0, 52.0, 51.0]])
    assert windows_of(boxes).tolist() == [[10.0, 15.0, 70.0, 45.0], [43.0, 42.5, 59.0, 58.5]]


def test_the_best_boxes_are_thinned_per_type_and_at_least_one() -> None:
    boxes = torch.tensor([BOX, (17.0, 24.0, 96.0, 104.0), (150.0, 10.0, 200.0, 60.0)])
    logits = torch.tensor([[2.0, -9.0], [1.0, 1.5], [-9.0, -1.0]])
    found, labels, scores = best_boxes(boxes, logits)
    assert labels.tolist() == [0, 1, 1]
    assert scores.tolist() == [2.0, 1.5, -1.0]
    assert found[0].tolist() == list(BOX)
    silent = best_boxes(boxes, torch.full((3, 2), -20.0) + logits)
    assert silent[2].tolist() == [-18.0]


def test_a_mask_that_fits_costs_less() -> None:
    boxes, photo = given((0, 0, 128, 128), labels=[0]), truth((0, 0, 128, 128))
    full, empty = (taught(looks(boxes, masks=value), boxes, photo) for value in (6.0, -6.0))
    assert full["roi_mask"] < empty["roi_mask"]
    assert full["roi_box"] == pytest.approx(0, abs=1e-4)


def test_a_score_learns_the_overlap_of_the_mask() -> None:
    photo, boxes = truth(BOX), given(BOX, labels=[0])
    sure, unsure = (taught(looks(boxes, masks=-6.0, logits=logit), boxes, photo)["roi_score"] for logit in (4.0, -4.0))
    assert unsure < sure  # nothing of the damage is covered, however well the box fits
    assert taught(looks(boxes, masks=6.0, logits=0.0), boxes, photo)["roi_score"] > 0


def test_a_box_that_is_meant_for_nothing_is_taught_to_say_so_where_the_type_is_annotated() -> None:
    boxes = given((150.0, 10.0, 200.0, 60.0), labels=[0])
    look = looks(boxes, masks=6.0, logits=3.0)
    assert taught(look, boxes, truth(BOX))["roi_score"] > 0.5
    assert taught(look, boxes, truth(BOX, annotated=False)) == {"roi_mask": 0, "roi_box": 0, "roi_score": 0}
    assert taught(look, boxes, truth())["roi_mask"] == 0


def test_a_damage_known_as_a_box_alone_teaches_no_mask() -> None:
    boxes = given(BOX, labels=[0])
    terms = taught(looks(boxes, masks=6.0), boxes, truth((20.0, 24.0, 100.0, 104.0), masks=False))
    assert terms["roi_mask"] == 0
    assert terms["roi_box"] > 0


def test_what_nobody_found_has_no_score_to_learn() -> None:
    boxes = given(BOX, labels=[0], logit=-2.0)
    assert taught(looks(boxes, masks=6.0, logits=3.0), boxes, truth(BOX))["roi_score"] == 0
