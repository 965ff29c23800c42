"""Variants of a bundle's model: which one is chosen, that each runs, and that a broken card says so."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachwork.errors import MissingExtra
from coachwork.inference import runtimes
from coachwork.inference.assessing import Assessor
from coachwork.inference.bundle import BundleError, load_bundle, model_files, shipped_bundle_folder, write_variants
from coachwork.inference.engines import OnnxRuntimeEngine, OpenVinoEngine
from coachwork.inference.predictor import Predictor
from coachwork.inference.runtimes import VariantError, hindrance, named_variant, usable_variant
from coachwork.inference.variant import (
    AP50_MARGIN,
    REFERENCE_FILE,
    WEIGHTS_FILE,
    Choice,
    Precision,
    Runtime,
    Variant,
    choose_variant,
)
from coachwork.photos.reading import Photo, read_photo


def variant(precision: Precision, runtime: Runtime, *, ap50: float = 0.5, cpu_ms: float = 50.0) -> Variant:
    measured = {"ap50": ap50, "cpu_ms": cpu_ms}
    return Variant(
        runtime=runtime, precision=precision, file="model.onnx", sha256="ab" * 32, size_bytes=1, measured=measured
    )


FULL = variant(Precision.FP32, Runtime.ONNX_RUNTIME, ap50=0.500, cpu_ms=50)
QUICK = variant(Precision.INT8, Runtime.ONNX_RUNTIME, ap50=0.496, cpu_ms=25)
ROUGH = variant(Precision.INT8, Runtime.OPENVINO, ap50=0.470, cpu_ms=18)
ALL = (FULL, QUICK, ROUGH)


@pytest.fixture
def copied(colour_bundle: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(colour_bundle, tmp_path / "bundle"))


@pytest.fixture
def able(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that runs everything."""
    monkeypatch.setattr(runtimes, "processor_features", lambda: frozenset({"avx512_vnni", "avx512_bf16"}))
    monkeypatch.setattr(runtimes, "_installed", lambda _package: True)


@pytest.fixture
def bundle_with_variants(copied: Path) -> Path:
    """The bundle of colours, with its own file as three variants, the int8 one with thresholds of its own."""
    one = load_bundle(copied)
    plain = replace(one.variant, measured={"ap50": 0.5, "cpu_ms": 9.0})
    openvino = replace(plain, runtime=Runtime.OPENVINO, measured={"ap50": 0.5, "cpu_ms": 7.0})
    int8 = replace(
        plain,
        precision=Precision.INT8,
        file="model-int8.onnx",
        calibrated={"thresholds": {"dent": 0.11, "scratch": 0.22}, "thresholds_how": "anew"},
        measured={"ap50": 0.4, "cpu_ms": 3.0},
    )
    write_variants(copied, (plain, openvino, int8), {"model-int8.onnx": one.model_path.read_bytes()})
    return copied


def test_choices() -> None:
    assert choose_variant(ALL) is QUICK
    assert choose_variant(ALL, Choice.FAST) is ROUGH
    assert choose_variant(ALL, Choice.BEST) is FULL
    assert choose_variant([FULL]) is FULL


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(1, 1000)), min_size=1, max_size=6))
def test_the_default_is_within_the_margin_and_nothing_within_it_is_faster(figures: list[tuple[float, float]]) -> None:
    variants = [
        replace(FULL, sha256=str(n), measured={"ap50": ap50, "cpu_ms": ms}) for n, (ap50, ms) in enumerate(figures)
    ]
    chosen, best = choose_variant(variants), max(one.ap50 for one in variants)
    assert chosen.ap50 >= best - AP50_MARGIN - 1e-9
    assert all(one.cpu_ms >= chosen.cpu_ms or one.ap50 < best - AP50_MARGIN for one in variants)


def test_those_that_look_twice_are_for_the_best_alone() -> None:
    twice = replace(QUICK, mirrored=True, measured={"ap50": 0.6, "cpu_ms": 51.0})
    assert twice.name == "int8-onnxruntime-mirrored"
    assert twice.words == "int8 on ONNX Runtime, photo and mirror image"
    assert choose_variant((*ALL, twice)) is QUICK
    assert choose_variant((*ALL, twice), Choice.FAST) is ROUGH
    assert choose_variant((*ALL, twice), Choice.BEST) is twice
    assert choose_variant((twice,)) is twice


def test_unmeasured_variants_leave_the_first() -> None:
    bare = [replace(one, measured={}) for one in ALL]
    assert all(choose_variant(bare, choice) is bare[0] for choice in Choice)


@pytest.mark.usefixtures("able")
def test_an_able_machine_has_no_hindrance() -> None:
    assert [hindrance(one) for one in ALL] == ["", "", ""]
    assert usable_variant(ALL, Choice.FAST) == (ROUGH, "")


def test_a_processor_without_vnni_gets_full_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtimes, "processor_features", lambda: frozenset({"avx2"}))
    chosen, notice = usable_variant((FULL, QUICK), Choice.FAST)
    assert chosen is FULL
    assert "VNNI" in notice
    assert "fp32 on ONNX Runtime is used instead" in notice
    with pytest.raises(VariantError, match="no variant of the model can run here"):
        usable_variant((QUICK,))


@pytest.mark.usefixtures("able")
def test_a_missing_extra_is_passed_over_or_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtimes, "_installed", lambda _package: False)
    chosen, notice = usable_variant(ALL, Choice.FAST)
    assert chosen is QUICK
    assert "the extra openvino is not installed" in notice
    with pytest.raises(MissingExtra, match=r"coachwork\[openvino\]"):
        named_variant(ALL, "int8-openvino")
    with pytest.raises(VariantError, match="no variant 'fp16-tpu', it has fp32-onnxruntime"):
        named_variant(ALL, "fp16-tpu")


@pytest.mark.usefixtures("able")
def test_a_variant_brings_its_file_thresholds_and_digest(bundle_with_variants: Path) -> None:
    default, fast = load_bundle(bundle_with_variants), load_bundle(bundle_with_variants, variant=Choice.FAST)
    assert default.variant.name == "fp32-openvino"
    assert [default.card.operating_point, fast.card.operating_point] == [(0.4, 0.3), (0.11, 0.22)]
    assert fast.model_path.name == "model-int8.onnx"
    assert fast.card.thresholds_how == "anew"
    assert load_bundle(bundle_with_variants, variant="fp32-onnxruntime").variant.runtime is Runtime.ONNX_RUNTIME
    described = json.loads((bundle_with_variants / "card.json").read_text(encoding="utf-8"))
    assert [one["default"] for one in described["variants"]] == [False, True, False]


def test_the_files_of_a_bundle_are_told(bundle_with_variants: Path, colour_bundle: Path) -> None:
    assert model_files(colour_bundle) == ["model.onnx"]
    assert model_files(bundle_with_variants) == ["model.onnx", "model-int8.onnx"]


@pytest.mark.usefixtures("able")
@pytest.mark.parametrize("file", ["profile.json", REFERENCE_FILE, WEIGHTS_FILE])
def test_a_bundle_that_gets_variants_keeps_what_was_made_with_its_model(bundle_with_variants: Path, file: str) -> None:
    bundle = load_bundle(bundle_with_variants)
    (bundle_with_variants / file).write_text("{}", encoding="utf-8")
    write_variants(bundle_with_variants, bundle.variants[:1], {})
    assert (bundle_with_variants / file).read_text(encoding="utf-8") == "{}"
    assert load_bundle(bundle_with_variants).digest == bundle.variants[0].sha256


def test_a_changed_file_of_a_variant_is_refused(bundle_with_variants: Path) -> None:
    (bundle_with_variants / "model-int8.onnx").write_bytes(b"other")
    load_bundle(bundle_with_variants)
    with pytest.raises(BundleError, match=r"model-int8\.onnx has the SHA-256"):
        load_bundle(bundle_with_variants, variant=Choice.FAST)


@pytest.mark.parametrize("file", ["../model.onnx", "/etc/model.onnx", "a\\model.onnx", "model.bin"])
def test_a_file_outside_the_bundle_is_refused(bundle_with_variants: Path, file: str) -> None:
    path = bundle_with_variants / "card.json"
    card = json.loads(path.read_text(encoding="utf-8"))
    card["variants"][0]["file"] = file
    path.write_text(json.dumps(card), encoding="utf-8")
    with pytest.raises(BundleError, match=r"must be the name of an \.onnx file"):
        load_bundle(bundle_with_variants)


def test_both_runtimes_say_the_same(bundle_with_variants: Path, red_photo: Photo) -> None:
    pytest.importorskip("openvino")
    said = [
        Predictor(load_bundle(bundle_with_variants, variant=name)).raw(red_photo).outputs
        for name in ("fp32-onnxruntime", "fp32-openvino")
    ]
    assert said[0].keys() == said[1].keys() == {"boxes", "scores", "masks"}
    for name, values in said[0].items():
        np.testing.assert_allclose(said[1][name].astype(float), values.astype(float), atol=1e-5)


def test_openvino_names_the_outputs_of_the_shipped_model_as_its_graph_does() -> None:
    """The embedding's tensor bears the name of an inner step too."""
    pytest.importorskip("openvino")
    model = shipped_bundle_folder() / "model.onnx"
    image = np.full((1, 512, 512, 3), 114, dtype=np.uint8)
    said = OpenVinoEngine(model, threads=1, precision=Precision.FP32).run(image)
    assert said.keys() == OnnxRuntimeEngine(model, threads=1).run(image).keys()


def test_a_run_leaves_earlier_outputs_alone(bundle_with_variants: Path, red_photo: Photo) -> None:
    pytest.importorskip("openvino")
    predictor = Predictor(load_bundle(bundle_with_variants, variant="fp32-openvino"))
    first = predictor.raw(red_photo)
    kept = {name: np.array(value) for name, value in first.outputs.items()}
    predictor.raw(replace(red_photo, pixels=np.zeros_like(red_photo.pixels)))
    for name, value in first.outputs.items():
        np.testing.assert_array_equal(value, kept[name])


def test_an_assessment_names_its_variant(bundle_with_variants: Path, red_photo: Photo) -> None:
    assessor = Assessor(bundle_with_variants, variant="fp32-onnxruntime")
    model = assessor.assess(red_photo).model
    assert (model.variant, model.digest) == ("fp32-onnxruntime", load_bundle(bundle_with_variants).digest)


@pytest.fixture
def red_photo(tmp_path: Path) -> Photo:
    """A grey photo, not square, with a red and a blue patch."""
    import cv2  # noqa: PLC0415

    pixels = np.full((90, 140, 3), 128, dtype=np.uint8)
    pixels[10:40, 20:60] = (20, 20, 250)
    pixels[50:80, 80:130] = (250, 20, 20)
    path = tmp_path / "red.png"
    cv2.imwrite(str(path), pixels)
    return read_photo(path)
