"""One contract for all model families."""

import itertools

import numpy as np
import pytest
import torch

from coachwork.errors import CoachworkError
from coachwork.geometry.size import Size
from coachwork.inference.decoding import DecodingKind, DecodingRule, decode
from coachwork.models.family import FamilyModule, build_model
from coachwork.models.onnx_export import ExportError, compare_onnx, export_onnx
from coachwork.models.targets import MASK_STRIDE, Targets, pixel_targets
from coachwork.photos.letterbox import Letterbox
from coachwork.taxonomy import DamageType
from tests.models.kinds import MODELS

SIZE = Size(height=128, width=256)
TYPES = (DamageType.DENT, DamageType.SCRATCH, DamageType.RUST)


def model_of(kind: str) -> FamilyModule:
    torch.manual_seed(3)
    family, options = MODELS[kind]
    return build_model(
        family, types=len(TYPES), size=SIZE, backbone="efficientnet_lite0", pretrained=False, options=options
    )


def truth(*boxes: tuple[float, float, float, float], masks: bool = True, annotated: bool = True) -> Targets:
    corners = torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4)
    labels = torch.arange(len(boxes)) % len(TYPES)
    drawn = torch.zeros(len(boxes), SIZE.height // MASK_STRIDE, SIZE.width // MASK_STRIDE, dtype=torch.uint8)
    for mask, (x_min, y_min, x_max, y_max) in zip(drawn, (corners / MASK_STRIDE).long(), strict=True):
        mask[y_min:y_max, x_min:x_max] = int(masks)
    has_mask = torch.full((len(boxes),), masks)
    known = torch.full((len(TYPES),), annotated)
    pixels = pixel_targets(labels, corners, drawn, has_mask, known)
    return Targets(
        boxes=corners,
        labels=labels,
        masks=drawn,
        has_mask=has_mask,
        annotated=known,
        pixels=pixels,
        damaged=torch.tensor(int(len(corners) > 0), dtype=torch.uint8),
    )


def photos(count: int) -> torch.Tensor:
    return torch.randint(0, 255, (count, SIZE.height, SIZE.width, 3), dtype=torch.uint8)


@pytest.mark.parametrize("kind", MODELS)
class TestFamily:
    def test_losses_are_finite_for_every_kind_of_truth(self, kind: str) -> None:
        model = model_of(kind).train()
        truths = [
            truth(),
            truth((8, 8, 100, 90)),
            truth((8, 8, 100, 90), masks=False),
            truth((3, 3, 40, 40), annotated=False),
        ]
        for pair in itertools.product(truths, repeat=2):
            terms = model.losses(photos(2), pair)
            assert terms
            assert all(torch.isfinite(term) for term in terms.values())

    def test_a_photo_without_damage_can_be_learnt_from(self, kind: str) -> None:
        model = model_of(kind).train()
        sum(model.losses(photos(2), [truth(), truth()]).values()).backward()  # type: ignore[union-attr]
        learnt = [p for p in model.parameters() if p.grad is not None and p.grad.abs().sum() > 0]
        assert len(learnt) > 10

    def test_steps_lower_the_loss(self, kind: str) -> None:
        model = model_of(kind).train()
        seen, told = photos(2), [truth((16, 16, 110, 100)), truth((100, 20, 240, 120), (8, 60, 60, 120))]
        optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3)
        course = []
        for _ in range(12):
            loss = torch.stack(list(model.losses(seen, told).values())).sum()
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            course.append(float(loss.detach()))
        assert min(course[-3:]) < 0.9 * course[0]

    def test_onnx_says_what_torch_says_on_a_photo_that_is_not_square(self, kind: str) -> None:
        model = model_of(kind).eval()
        exported = export_onnx(model, SIZE)
        seen = [photo.numpy() for photo in photos(2)]
        agreement = compare_onnx(model, exported, seen)
        assert [row.output for row in agreement] == list(model.output_names)
        assert all(row.largest <= 2e-3 * row.scale for row in agreement)

    def test_outputs_decode(self, kind: str) -> None:
        model = model_of(kind).eval()
        with torch.inference_mode():
            outputs = model(photos(1))
        named = {name: out.numpy() for name, out in zip(model.output_names, outputs, strict=True)}
        letterbox = Letterbox(photo=Size(height=300, width=500), target=SIZE)
        rule = DecodingRule(kind=DecodingKind(model.decoding))
        found = decode(named, rule=rule, letterbox=letterbox, types=TYPES, min_score=0.01)
        assert found.masks is not None
        assert found.size == letterbox.photo


def test_a_changed_model_is_noticed() -> None:
    model = model_of("unet").eval()
    exported = export_onnx(model, SIZE)
    with torch.no_grad():
        next(p for p in reversed(list(model.parameters()))).add_(1.0)
    with pytest.raises(ExportError, match="masks"):
        compare_onnx(model, exported, [photos(1)[0].numpy()])


def test_imagenet_weights_see_more_than_random_ones() -> None:
    """The weights fit when their features tell stripes apart from noise in the way random ones do not."""
    weights = {
        pretrained: build_model(
            "unet", types=1, size=SIZE, backbone="efficientnet_lite0", pretrained=pretrained
        ).backbone.net.state_dict()  # type: ignore[union-attr]
        for pretrained in (True, False)
    }
    running = [name for name in weights[True] if name.endswith("running_var")]
    assert running
    assert all(not torch.allclose(weights[True][name], weights[False][name]) for name in running)


def test_unknown_names_are_said() -> None:
    with pytest.raises(CoachworkError, match="choose one of efficientdet"):
        build_model("yolo", types=1, size=SIZE, backbone="efficientnet_lite0", pretrained=False)
    with pytest.raises(CoachworkError, match="depth"):
        build_model("unet", types=1, size=SIZE, backbone="efficientnet_lite0", pretrained=False, options={"depth": 3})
    alone: dict[str, object] = {"frozen_detector": True}
    with pytest.raises(CoachworkError, match="leaves nothing to learn without roi_head"):
        build_model("efficientdet", types=1, size=SIZE, backbone="efficientnet_lite0", pretrained=False, options=alone)
    with pytest.raises(CoachworkError, match="resnet50"):
        build_model("unet", types=1, size=SIZE, backbone="resnet50", pretrained=False)


def test_values_of_another_kind_are_no_options() -> None:
    truthy: dict[str, object] = {"roi_head": "no"}
    with pytest.raises(CoachworkError, match=r"model\.options\.roi_head: expected true or false, got 'no'"):
        build_model("efficientdet", types=1, size=SIZE, backbone="efficientnet_lite0", pretrained=False, options=truthy)


@pytest.mark.parametrize(
    ("family", "options"),
    [
        ("efficientdet", {"channels": 1, "repeats": 1, "head_repeats": 1, "decoder": [1, 1, 1, 1], "frozen_stages": 7}),
        ("mask_query", {"queries": 1, "layers": 1, "hidden": 8, "decoder": [1, 1, 1, 1], "frozen_stages": 0}),
        ("mask_rcnn", {"channels": 1}),
        ("unet", {"channels": 1}),
    ],
)
def test_the_smallest_values_of_options_make_models(family: str, options: dict[str, object]) -> None:
    model = build_model(
        family, types=len(TYPES), size=SIZE, backbone="efficientnet_lite0", pretrained=False, options=options
    ).train()
    losses = model.losses(torch.zeros(1, SIZE.height, SIZE.width, 3, dtype=torch.uint8), [truth((8, 8, 40, 40))])
    assert all(torch.isfinite(loss) for loss in losses.values())


def test_unknown_pixels_are_neither_damage_nor_background() -> None:
    told = truth((0, 0, 40, 40), masks=False)
    assert np.unique(told.pixels[0]).tolist() == [0, 255]
    assert np.unique(told.pixels[1]).tolist() == [0]
    assert np.unique(truth(annotated=False).pixels).tolist() == [255]
