"""The whole way: a bundle and a dataset go in, a bundle with measured variants comes out."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import pytest
from click.testing import CliRunner
from onnx import helper, numpy_helper

from coachwork.cli.variants import variants_command
from coachwork.datasets.dataset import read_dataset, write_dataset
from coachwork.datasets.sample import DamageShape, Sample, Split
from coachwork.datasets.source import Source
from coachwork.datasets.version import photo_place
from coachwork.evaluation.pairs import EvaluationError
from coachwork.geometry.box import Box
from coachwork.geometry.polygon import as_polygon
from coachwork.geometry.size import Size
from coachwork.inference.bundle import load_bundle, write_bundle
from coachwork.inference.runtimes import processor_has
from coachwork.inference.variant import choose_variant
from coachwork.taxonomy import DamageType
from coachwork.variants.making import VariantPlan, make_variants

pytestmark = pytest.mark.skipif(
    not processor_has("avx512_vnni", "avx_vnni", "asimddp"), reason="INT8 variants need a processor with VNNI"
)
INT8 = "int8-onnxruntime"


@pytest.fixture(scope="session")
def convolving_bundle(colour_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model of colours with its means taken by a convolution, so that there is something to quantise."""
    bundle = load_bundle(colour_bundle)
    model = onnx.load_from_string(bundle.model_path.read_bytes())
    place = next(i for i, node in enumerate(model.graph.node) if node.output[0] == "masks")
    mean = np.full((2, 1, 4, 4), 1 / 16, dtype=np.float32)
    model.graph.initializer.append(numpy_helper.from_array(mean, "mean"))
    conv = helper.make_node("Conv", ["positive", "mean"], ["masks"], strides=[4, 4], group=2, name="conv")
    model.graph.node.remove(model.graph.node[place])
    model.graph.node.insert(place, conv)
    folder = tmp_path_factory.mktemp("convolving") / "bundle"
    write_bundle(folder, replace(bundle.card, name="convolving"), model.SerializeToString())
    return folder


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Six photos with a red or a blue tile, half of them for validation, and two without."""
    samples = [sample_of(tmp_path, turn) for turn in range(8)]
    files = {sample.sha256: tmp_path / sample.name for sample in samples}
    write_dataset(tmp_path / "tiles", sources=[Source(name="made")], samples=samples, photos=files)
    return tmp_path / "tiles"


def sample_of(folder: Path, turn: int) -> Sample:
    import hashlib  # noqa: PLC0415

    pixels = np.full((64, 64, 3), 100 + turn, dtype=np.uint8)
    kind = DamageType.DENT if turn % 2 else DamageType.SCRATCH
    x, y = 16 * (turn % 4), 16 * (turn // 4)
    shapes: tuple[DamageShape, ...] = ()
    if turn < 6:
        pixels[y : y + 16, x : x + 16] = (0, 0, 255) if kind is DamageType.DENT else (255, 0, 0)  # BGR
        outline = as_polygon([x, y, x + 16, y, x + 16, y + 16, x, y + 16])
        shapes = (DamageShape(type=kind, box=Box(x_min=x, y_min=y, x_max=x + 16, y_max=y + 16), polygons=(outline,)),)
    path = folder / f"{turn}.png"
    cv2.imwrite(str(path), pixels)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Sample(
        photo=photo_place(digest, ".png"),
        sha256=digest,
        size=Size(height=64, width=64),
        source="made",
        name=path.name,
        split=Split.TRAIN if turn % 3 == 0 else Split.VAL,
        cluster=path.stem,
        annotated=frozenset({DamageType.DENT, DamageType.SCRATCH}),
        shapes=shapes,
    )


def copy_of(bundle: Path, folder: Path) -> Path:
    one = load_bundle(bundle)
    write_bundle(folder, one.card, one.model_path.read_bytes())
    return folder


def test_one_command_makes_measures_and_keeps_them(convolving_bundle: Path, dataset: Path, tmp_path: Path) -> None:
    bundle = copy_of(convolving_bundle, tmp_path / "bundle")
    before = load_bundle(bundle)
    ran = CliRunner().invoke(variants_command, [str(bundle), "--on", str(dataset), "--rounds", "2", "--json", "-"])
    assert ran.exit_code == 0, ran.output
    told = {one["name"]: one for one in json.loads(ran.stdout)["variants"]}
    assert {"fp32-onnxruntime", INT8} <= set(told)
    assert sum(one["default"] for one in told.values()) == 1
    for one in told.values():
        measured = one["measured"]
        assert measured["mask_ap50"] > 0.9
        assert measured["ap50"] == measured["mask_ap50"]
        assert min(measured[key] for key in ("ms_1_thread", "ms_2_threads", "cpu_ms", "peak_memory_mb")) > 0
        assert measured["on"]["photos"] == 5
        assert (bundle / one["file"]).stat().st_size == one["bytes"]
    after = load_bundle(bundle)
    assert (after.folder / "model.onnx").read_bytes() == (convolving_bundle / "model.onnx").read_bytes()
    assert after.variant is choose_variant(after.variants)
    assert load_bundle(bundle, variant="fp32-onnxruntime").card == before.card
    assert load_bundle(bundle, variant=INT8).digest != before.digest
    shown = CliRunner().invoke(variants_command, [str(bundle), "--show"])
    assert f"{after.variant.name} *" in shown.output
    assert "fp32-onnxruntime-mirrored was left out: its 16 boxes do not lie" in ran.stderr


def test_a_model_of_pixels_is_asked_twice(
    convolving_bundle: Path, dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = copy_of(convolving_bundle, tmp_path / "bundle")
    monkeypatch.setattr("coachwork.variants.making.why_one_look", lambda *_, **__: "")
    pairs = []

    def first(seen: Any, mirrored: Any, **_: Any) -> Any:
        pairs.append((seen, mirrored))
        return seen

    monkeypatch.setattr("coachwork.inference.session.averaged", first)
    monkeypatch.setattr("coachwork.variants.measuring.peak_memory_mb", lambda *_: 1.0)  # another process
    made = make_variants(bundle, read_dataset(str(dataset)), VariantPlan(rounds=1, limit=2), progress=lambda *_: None)
    twice = [one.name for one in made.variants if one.mirrored]
    assert "int8-onnxruntime-mirrored" in twice
    read = {one.name: one for one in load_bundle(bundle).variants}
    assert [read[name].mirrored for name in twice] == [True] * len(twice)
    assert not load_bundle(bundle).variant.mirrored
    assert any(not np.array_equal(seen["masks"], mirrored["masks"]) for seen, mirrored in pairs)
    once = VariantPlan(rounds=1, limit=2, mirrored=False)
    again = make_variants(bundle, read_dataset(str(dataset)), once, progress=lambda *_: None)
    assert not any(one.mirrored for one in again.variants)


def test_variants_are_made_again_in_the_place_of_the_old(
    convolving_bundle: Path, dataset: Path, tmp_path: Path
) -> None:
    bundle = copy_of(convolving_bundle, tmp_path / "bundle")
    plan, photos = VariantPlan(rounds=1, limit=2), read_dataset(str(dataset))
    first = make_variants(bundle, photos, plan, progress=lambda *_: None)
    again = make_variants(bundle, photos, plan, progress=lambda *_: None)
    assert [one.name for one in first.variants] == [one.name for one in again.variants]
    assert len(load_bundle(bundle).variants) == len(first.variants)


def test_a_variant_whose_scores_shift_gets_its_own_thresholds(
    convolving_bundle: Path, dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = copy_of(convolving_bundle, tmp_path / "bundle")
    monkeypatch.setattr("coachwork.variants.making._LARGEST_SHIFT", -1.0)  # everything shifts
    made = make_variants(bundle, read_dataset(str(dataset)), VariantPlan(rounds=1), progress=lambda *_: None)
    assert all({"thresholds", "thresholds_how"} <= set(one.calibrated) for one in made.variants)
    own = load_bundle(bundle, variant=INT8).card
    assert own.thresholds == made.variants[1].calibrated["thresholds"]
    assert "validation photos of made" in own.thresholds_how


def test_a_dataset_without_training_or_validation_photos_is_refused(
    convolving_bundle: Path, dataset: Path, tmp_path: Path
) -> None:
    whole = read_dataset(str(dataset))
    for missing in (Split.TRAIN, Split.VAL):
        part = replace(whole, samples=tuple(one for one in whole.samples if one.split is not missing))
        with pytest.raises(EvaluationError, match=r"no (annotated )?(training|validation) photo"):
            make_variants(copy_of(convolving_bundle, tmp_path / missing), part, VariantPlan(), progress=lambda *_: None)


def test_the_command_wants_one_of_two_things(convolving_bundle: Path) -> None:
    ran = CliRunner().invoke(variants_command, [str(convolving_bundle)])
    assert ran.exit_code == 2
    assert "--on DATASET" in ran.output
    empty = CliRunner().invoke(variants_command, [str(convolving_bundle), "--show"])
    assert "has no variants" in empty.output
