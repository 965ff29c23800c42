"""Any timm pyramid can carry a family; what cannot is refused with a sentence, offline too."""

import json
import shutil
import warnings
from pathlib import Path

import pytest
import timm
import torch
from torchvision.models.detection import maskrcnn_resnet50_fpn

from coachwork.errors import CoachworkError
from coachwork.geometry.size import Size
from coachwork.models import hub_weights
from coachwork.models.backbone import Backbone, Normalise, input_statistics
from coachwork.models.efficientdet.scaling import SCALES
from coachwork.models.family import build_model
from coachwork.models.mask_rcnn import coco
from coachwork.taxonomy import DamageType
from coachwork.training.plan import DataPlan, ModelPlan, Plan, plan_from_json

SIZE = Size(height=128, width=256)


def test_photos_are_normalised_by_channel() -> None:
    photos = torch.tensor([[[[10, 20, 30]]]], dtype=torch.uint8)
    given = Normalise((10.0, 10.0, 10.0), (1.0, 2.0, 4.0))(photos)
    assert given.flatten().tolist() == [0.0, 5.0, 5.0]
    assert not Normalise((10.0, 10.0, 10.0), (1.0, 2.0, 4.0)).state_dict()


@pytest.mark.parametrize(
    ("name", "channels"),
    [
        ("timm/test_resnet", (32, 48, 192, 96)),
        ("timm/convnext_atto", (40, 80, 160, 320)),
        ("timm/mobilenetv3_large_100", (24, 40, 112, 960)),
    ],
)
def test_a_timm_pyramid_has_features_at_four_strides(name: str, channels: tuple[int, ...]) -> None:
    backbone = Backbone(name, pretrained=False)
    features = backbone(torch.zeros(1, 3, 128, 256))
    assert tuple(backbone.channels) == channels
    assert [tuple(one.shape[1:]) for one in features] == [
        (count, 128 // stride, 256 // stride) for count, stride in zip(channels, (4, 8, 16, 32), strict=True)
    ]
    known = timm.get_pretrained_cfg(name.removeprefix("timm/"))
    assert known is not None
    assert backbone.mean == pytest.approx([255 * share for share in known.mean], abs=1e-3)


@pytest.mark.parametrize("stages", [0, 2, 3])
def test_frozen_stages_are_those_below_a_stride(stages: int) -> None:
    backbone = Backbone("timm/test_resnet", pretrained=False, frozen_stages=stages)
    learns = {name for name, parameter in backbone.net.named_parameters() if parameter.requires_grad}
    assert any(name.startswith("conv1") for name in learns) == (stages == 0)
    assert any(name.startswith("layer1") for name in learns) == (stages < 2)
    assert any(name.startswith("layer2") for name in learns) == (stages < 3)
    assert any(name.startswith("layer4") for name in learns)


def test_weights_have_the_same_names_whatever_is_frozen() -> None:
    frozen, free = (Backbone("efficientnet_lite0", pretrained=False, frozen_stages=stages) for stages in (2, 0))
    assert list(frozen.state_dict()) == list(free.state_dict())


def test_large_depthwise_convolutions_run_in_full_precision_under_bf16() -> None:
    backbone = Backbone("efficientnet_lite0", pretrained=False).eval()
    kinds: dict[tuple[int, ...], set[torch.dtype]] = {}
    for layer in backbone.modules():
        if isinstance(layer, torch.nn.Conv2d) and layer.groups > 1:

            def seen(conv: torch.nn.Conv2d, _given: object, out: torch.Tensor) -> None:
                kinds.setdefault(tuple(conv.kernel_size), set()).add(out.dtype)

            layer.register_forward_hook(seen)
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
        backbone(torch.zeros(1, 3, 128, 128))
    assert kinds[5, 5] == {torch.float32}
    assert torch.bfloat16 in kinds[3, 3]


def test_batch_statistics_are_learnt_only_from_nothing() -> None:
    def moving(**options: object) -> bool:
        net = Backbone("timm/test_resnet", pretrained=False, **options).train()  # type: ignore[arg-type]
        return any(module.training for module in net.net.modules() if isinstance(module, torch.nn.BatchNorm2d))

    assert moving(frozen_stages=0)
    assert not moving()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("timm/resnt18", "did you mean timm/resnet18"),
        ("timm/hf-hub:someone/model", "knows no such model"),
        ("timm/visformer_tiny", "strides 8, 16, 32, and a pyramid needs 4, 8, 16 and 32"),
        ("timm/swin_tiny_patch4_window7_224", "does not take pictures of any size"),
        ("resnet50", "choose one of efficientnet_lite0"),
    ],
)
def test_what_is_no_pyramid_is_said(name: str, said: str) -> None:
    with pytest.raises(CoachworkError, match=said):
        Backbone(name, pretrained=False)


def test_a_number_of_stages_that_means_nothing_is_said() -> None:
    with pytest.raises(CoachworkError, match="choose 0 for none"):
        Backbone("timm/test_resnet", pretrained=False, frozen_stages=1)


class TestWithoutNetwork:
    @pytest.fixture(autouse=True)
    def offline(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setattr(hub_weights, "reachable", lambda _address: False)
        monkeypatch.setattr(coco, "reachable", lambda _address: False)
        monkeypatch.setattr(hub_weights, "try_to_load_from_cache", lambda *_place: None)
        monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))

    def test_imagenet_weights_that_cannot_be_had_are_said(self) -> None:
        with pytest.raises(CoachworkError, match=r"timm/resnet18 cannot be had .* set model\.pretrained = false"):
            Backbone("timm/resnet18", pretrained=True)

    def test_weights_in_the_cache_are_taken(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        torch.manual_seed(1)
        source = timm.create_model("test_resnet", pretrained=False)
        torch.save(source.state_dict(), tmp_path / "pytorch_model.bin")
        monkeypatch.setattr(
            hub_weights, "try_to_load_from_cache", lambda _repo, file: str(tmp_path / file) if "bin" in file else None
        )
        net = Backbone("timm/test_resnet", pretrained=True).net
        assert torch.equal(net.state_dict()["conv1.0.weight"], source.state_dict()["conv1.0.weight"])

    def test_coco_weights_that_cannot_be_had_are_said(self) -> None:
        with pytest.raises(CoachworkError, match=r"put https://download\.pytorch\.org/.* at .*checkpoints"):
            build_model(
                "mask_rcnn",
                types=2,
                size=SIZE,
                backbone="timm/resnet50",
                pretrained=True,
                options={"weights": "coco"},
            )

    @pytest.mark.slow
    def test_coco_weights_give_what_torchvision_gives(self, tmp_path: Path) -> None:
        torch.manual_seed(1)
        theirs = maskrcnn_resnet50_fpn(weights=None, weights_backbone=None).eval()
        place = tmp_path / "checkpoints" / "maskrcnn_resnet50_fpn_coco-bf2d0c1e.pth"
        place.parent.mkdir()
        torch.save(theirs.state_dict(), place)
        ours = build_model(
            "mask_rcnn", types=2, size=SIZE, backbone="timm/resnet50", pretrained=True, options={"weights": "coco"}
        ).eval()
        for module in theirs.modules():
            if hasattr(module, "running_var"):
                module.eps = 0.0  # as torchvision does with these weights
        image = torch.rand(1, 3, 128, 128)
        with torch.no_grad():
            wanted = theirs.backbone(image)
            given = ours.fpn(dict(zip("0123", ours.backbone(image), strict=True)))  # type: ignore[operator]
            logits, boxes = ours.rpn.head(list(given.values()))  # type: ignore[operator, union-attr]
            their_logits, their_boxes = theirs.rpn.head(list(wanted.values()))
        for one, other in zip(
            [*given.values(), *logits, *boxes], [*wanted.values(), *their_logits, *their_boxes], strict=True
        ):
            assert torch.allclose(one, other, rtol=1e-3, atol=1e-3 * float(other.abs().max()))
        shutil.rmtree(place.parent)


def test_coco_weights_need_their_backbone() -> None:
    with pytest.raises(CoachworkError, match="COCO weights go with timm/resnet50"):
        build_model(
            "mask_rcnn", types=2, size=SIZE, backbone="timm/resnet18", pretrained=False, options={"weights": "coco"}
        )


@pytest.mark.parametrize("name", SCALES)
def test_scales_are_those_of_effdet(name: str) -> None:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`torch.jit.script` is deprecated", FutureWarning)
        from effdet import get_efficientdet_config  # noqa: PLC0415 - it warns when it is loaded
    scale, theirs = SCALES[name], get_efficientdet_config(SCALES[name].configuration)
    assert (scale.channels, scale.repeats, scale.head_repeats, (scale.side, scale.side)) == (
        theirs["fpn_channels"],
        theirs["fpn_cell_repeats"],
        theirs["box_class_repeats"],
        theirs["image_size"],
    )
    assert f"tf_{scale.backbone.removeprefix('timm/tf_')}" == theirs["backbone_name"]


@pytest.mark.parametrize("name", SCALES)
def test_a_scale_builds_and_answers(name: str) -> None:
    scale = SCALES[name]
    model = build_model(
        "efficientdet", types=2, size=SIZE, backbone=scale.backbone, pretrained=False, options={"scale": name}
    ).eval()
    with torch.inference_mode():
        boxes, scores, masks, *_ = model(torch.zeros(1, 128, 256, 3, dtype=torch.uint8))
    assert (boxes.shape[2], scores.shape[2], tuple(masks.shape)) == (4, 2, (1, 2, 32, 64))
    assert len(model.net.fpn.cell) == scale.repeats  # type: ignore[arg-type, union-attr]
    grey = (127.0,) * 3 if name.startswith("lite") else (123.675, 116.28, 103.53)
    assert input_statistics(model)[0] == grey


def test_a_scale_stands_on_its_own_backbone() -> None:
    with pytest.raises(CoachworkError, match="scale 'd0' stands on timm/tf_efficientnet_b0"):
        build_model(
            "efficientdet",
            types=2,
            size=SIZE,
            backbone="efficientnet_lite0",
            pretrained=False,
            options={"scale": "d0"},
        )
    with pytest.raises(CoachworkError, match="choose one of lite0"):
        build_model(
            "efficientdet",
            types=2,
            size=SIZE,
            backbone="efficientnet_lite0",
            pretrained=False,
            options={"scale": "d9"},
        )


def test_a_plan_fills_in_what_a_scale_decides() -> None:
    plain, scaled = ModelPlan(), ModelPlan(options={"scale": "d1"}, pretrained=False, width=256)
    assert (plain.backbone, plain.height, plain.width, plain.options) == ("efficientnet_lite0", 512, 512, {})
    assert (scaled.backbone, scaled.height, scaled.width) == ("timm/tf_efficientnet_b1", 640, 256)
    assert scaled.options == {"scale": "d1", "frozen_stages": 0}
    assert ModelPlan(options={"scale": "lite0"}).height == 384
    plan = Plan(name="one", types=(DamageType.DENT,), model=scaled, data=DataPlan(datasets=("here",)))
    assert plan_from_json(json.loads(json.dumps(plan.as_json()))) == plan
