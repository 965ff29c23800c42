import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from coachwork.assessments.verdict import VerdictCalibration
from coachwork.datasets.sample import Sample
from coachwork.detections import Detections
from coachwork.evaluation.average_precision import Extent, precision_curves
from coachwork.evaluation.figures import EVERY, HEADLINE, POOLED
from coachwork.evaluation.matching import choose_thresholds
from coachwork.evaluation.pairs import EvaluationError, Pair
from coachwork.evaluation.report import write_report
from coachwork.evaluation.run import Evaluation, OperatingPoint, evaluate, measure
from coachwork.geometry.mask import Mask
from coachwork.photos.reading import Photo, PhotoError
from coachwork.taxonomy import DamageType

DENT, SCRATCH = DamageType.DENT, DamageType.SCRATCH
POINT = OperatingPoint(thresholds={DENT: 0.5, SCRATCH: 0.5})
CALIBRATED = OperatingPoint(
    thresholds={DENT: 0.4, SCRATCH: 0.4},
    verdict=VerdictCalibration(
        coefficients={"intercept": 0.0, "best_score": 1.0}, none_below=0.3, damaged_above=0.5, promised_miss_rate=0.05
    ),
)
Render = Callable[..., Sample]


@pytest.fixture
def render(tmp_path: Path, made: Any) -> Render:
    """Makes a sample whose photo shows red dents and blue scratches on grey."""

    def rendered(name: str, *shapes: tuple[DamageType, tuple[int, int, int, int]]) -> Sample:
        pixels = np.full((made.frame.height, made.frame.width, 3), 128, dtype=np.uint8)
        for kind, (x0, y0, x1, y1) in shapes:
            pixels[y0:y1, x0:x1] = (255, 0, 0) if kind is DENT else (0, 0, 255)
        Image.fromarray(pixels).save(tmp_path / f"{name}.png")
        sample: Sample = made.sample(name, [made.rectangle(box, kind) for kind, box in shapes])
        return sample

    return rendered


def colour_reader(photo: Photo) -> Detections:
    """A model that finds red and blue regions, all with score 0.9."""
    masks, labels = [], []
    for label, channel in ((0, 0), (1, 2)):
        marked = (photo.pixels[..., channel] > 200).astype(np.uint8)
        count, regions = cv2.connectedComponents(marked)
        masks += [Mask.from_full(regions == region) for region in range(1, count)]
        labels += [label] * (count - 1)
    return Detections(
        boxes=np.array([mask.box.xyxy for mask in masks], dtype=np.float32).reshape(-1, 4),
        labels=np.array(labels, dtype=np.int64),
        scores=np.full(len(masks), 0.9, dtype=np.float32),
        masks=tuple(masks),
        size=photo.size,
        types=(DENT, SCRATCH),
    )


def test_a_perfect_model_on_photos_from_disk(render: Render, tmp_path: Path) -> None:
    samples = [
        render("a", (DENT, (5, 5, 25, 25)), (SCRATCH, (90, 5, 110, 15))),
        render("b", (SCRATCH, (10, 60, 50, 70))),
    ]
    clean = [render("c"), render("d")]
    seen: list[tuple[int, int]] = []
    evaluation = evaluate(
        colour_reader,
        samples,
        tmp_path,
        point=CALIBRATED,
        undamaged=clean,
        resamples=20,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]
    for row in (DENT, SCRATCH, HEADLINE, EVERY):
        for name in ("box_ap50", "mask_ap", "precision", "recall", "f1", "pixel_iou", "photo_dice"):
            assert evaluation.table[row][name].value == pytest.approx(1)
    assert evaluation.table[POOLED]["f1"].value == 1
    for verdict in evaluation.verdicts.values():
        assert verdict.auroc.value == 1
        assert verdict.miss_rate.value == verdict.false_alarm_rate.value == 0
    assert evaluation.verdicts["photos"].undamaged == 2
    assert evaluation.verdicts["crops"].undamaged == evaluation.verdicts["crops"].damaged >= 1


def test_the_result_survives_json(claims_pairs: tuple[Pair, ...], tmp_path: Path) -> None:
    evaluation = measure(claims_pairs, point=OperatingPoint(), about={"model": "jittered"}, resamples=20)
    evaluation.write_json(tmp_path / "deep" / "evaluation.json")
    read = json.loads((tmp_path / "deep" / "evaluation.json").read_text(encoding="utf-8"))
    assert read == evaluation.to_json()
    assert read["schema"] == "coachwork.evaluation/1"
    assert read["photos"] == 60
    curves = precision_curves(claims_pairs, evaluation.counts.types, Extent.MASK)
    assert curves is not None
    dent = read["figures"]["dent"]["mask_ap50"]
    place = curves.types.index(DENT)
    assert dent["value"] == pytest.approx(curves.average_precision(iou=0.5)[place], abs=1e-6)
    assert dent["low"] < dent["value"] < dent["high"]
    assert read["verdicts"]["photos"]["auroc"]["value"] is None, "no undamaged photo"


def test_equal_seeds_give_equal_results_in_any_order(claims_pairs: tuple[Pair, ...]) -> None:
    first = measure(claims_pairs, point=POINT, about={}, resamples=10, seed=1).to_json()
    assert measure(claims_pairs[::-1], point=POINT, about={}, resamples=10, seed=1).to_json() == first
    assert measure(claims_pairs, point=POINT, about={}, resamples=10, seed=2).to_json() != first


def nothing_found(made: Any) -> list[Pair]:
    return [made.pair("a", [(DENT, (5, 5, 25, 25))], []), made.pair("b", [], [])]


def nothing_there(made: Any) -> list[Pair]:
    return [made.pair("a", [], [(DENT, 0.9, (5, 5, 25, 25))]), made.pair("b", [], [])]


def nothing_at_all(made: Any) -> list[Pair]:
    return [made.pair("a", [], [])]


def nothing_known(made: Any) -> list[Pair]:
    return [made.pair("a", [], [(DENT, 0.9, (5, 5, 25, 25))], annotated=[])]


def no_masks(made: Any) -> list[Pair]:
    shapes = [made.rectangle((5, 5, 25, 25), DENT, outlined=False)]
    return [Pair.of(made.sample("a", shapes), made.detections([(DENT, 0.9, (5, 5, 25, 25))], masks=False))]


def a_type_the_model_cannot_see(made: Any) -> list[Pair]:
    rust = made.rectangle((5, 5, 25, 25), DamageType.RUST)
    return [Pair.of(made.sample("a", [rust], annotated=[DENT, DamageType.RUST]), made.detections([]))]


BARE = [nothing_found, nothing_there, nothing_at_all, nothing_known, no_masks, a_type_the_model_cannot_see]


@pytest.mark.parametrize("bare", BARE)
@pytest.mark.parametrize("point", [POINT, CALIBRATED])
def test_bare_cases_are_measured_and_reported(
    made: Any, tmp_path: Path, bare: Callable[[Any], list[Pair]], point: OperatingPoint
) -> None:
    for name in "ab":
        Image.new("RGB", (made.frame.width, made.frame.height)).save(tmp_path / f"{name}.png")
    evaluation = measure(bare(made), point=point, about={}, resamples=5)
    assert json.loads(json.dumps(evaluation.to_json(), allow_nan=False))["photos"] >= 1
    write_report(evaluation, tmp_path / "report.html", folder=tmp_path)
    assert "nan" not in (tmp_path / "report.html").read_text(encoding="utf-8").split("data:image")[0].lower()
    assert choose_thresholds(bare(made)).keys() == set(made.types)


def test_a_type_that_the_model_cannot_see_counts_as_missed(made: Any) -> None:
    evaluation = measure(a_type_the_model_cannot_see(made), point=POINT, about={}, resamples=5)
    assert evaluation.table[DamageType.RUST]["box_ap"].value == 0
    assert evaluation.table[EVERY]["box_ap"].value == 0
    assert [facts.seen for facts in evaluation.facts] == [True, True, False]


def test_no_photo_is_an_error_with_words(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="no photo to evaluate"):
        evaluate(colour_reader, [], tmp_path)


def test_a_missing_photo_is_named(made: Any, tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match=r"gone"):
        evaluate(colour_reader, [made.sample("gone", [])], tmp_path)


def test_models_are_not_mixed(made: Any) -> None:
    pairs = [made.pair("a", [], []), Pair.of(made.sample("b", []), made.detections([], types=(DENT,)))]
    with pytest.raises(EvaluationError, match="different types"):
        measure(pairs, point=POINT, about={})


@pytest.fixture
def reported(render: Render, tmp_path: Path) -> tuple[Evaluation, str]:
    samples = [
        render("a", (DENT, (5, 5, 25, 25)), (SCRATCH, (90, 5, 110, 15))),
        render("<b>&", (DENT, (40, 40, 70, 90))),
    ]

    def half_blind(photo: Photo) -> Detections:
        found = colour_reader(photo)
        return type(found)(
            boxes=np.array([[60, 60, 80, 80]], dtype=np.float32),
            labels=np.array([1]),
            scores=np.array([0.77], dtype=np.float32),
            masks=(Mask(crop=np.ones((2, 2), dtype=np.bool_), x=0, y=0, frame=found.size),),
            size=found.size,
            types=found.types,
        )

    evaluation = evaluate(
        half_blind, samples, tmp_path, point=POINT, undamaged=[render("c")], about={"model": "<half>"}, resamples=10
    )
    write_report(evaluation, tmp_path / "report.html", folder=tmp_path)
    return evaluation, (tmp_path / "report.html").read_text(encoding="utf-8")


def test_the_page_shows_the_mistakes_and_needs_no_other_file(reported: tuple[Evaluation, str]) -> None:
    _, page = reported
    assert page.count("data:image/jpeg;base64,") == 2 * (2 + 2 + 1), "misses, false alarms, false alarms on sound cars"
    for outside in ("http://", "https://", 'src="/', "url("):
        assert outside not in page
    assert "dent over 12.5% of the photo missed" in page
    assert "scratch with score 0.77 where none is marked" in page
    assert "&lt;b&gt;&amp;" in page
    assert "<b>&" not in page
    assert "<half>" not in page


def test_figures_on_the_page_are_those_of_the_result(reported: tuple[Evaluation, str]) -> None:
    evaluation, page = reported
    value = evaluation.table[HEADLINE]["box_ap50"].value
    assert value is not None
    assert f"<b>{100 * value:.1f}</b>" in page
    for facts in evaluation.facts:
        assert f"<td>{facts.type.words}</td>" in page
