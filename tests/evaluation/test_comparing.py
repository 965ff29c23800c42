import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from coachwork.assessments.verdict import VerdictCalibration
from coachwork.datasets.sample import Sample
from coachwork.detections import Detections
from coachwork.evaluation.bootstrap import Figure
from coachwork.evaluation.comparing import Comparison, Row, compare, verdict_sentence
from coachwork.evaluation.comparison_page import write_comparison
from coachwork.evaluation.contenders import LABELS, Contender, Looks, look_at
from coachwork.evaluation.disagreements import disagreements
from coachwork.evaluation.pairs import EvaluationError
from coachwork.evaluation.run import OperatingPoint, Predict, measure
from coachwork.taxonomy import DamageType

DENT, SCRATCH = DamageType.DENT, DamageType.SCRATCH
POINT = OperatingPoint(
    thresholds={DENT: 0.5, SCRATCH: 0.5},
    verdict=VerdictCalibration(
        coefficients={"intercept": 0.0, "best_score": 1.0}, none_below=0.3, damaged_above=0.5, promised_miss_rate=0.05
    ),
)
PHOTOS = 24


@pytest.fixture
def photos(made: Any, tmp_path: Path) -> list[Sample]:
    """Twenty damaged photos with a dent each, four without damage, two photos to a cluster."""
    samples = []
    for number in range(PHOTOS):
        name = f"p{number:02}"
        pixels = np.random.default_rng(number).integers(
            0, 255, (made.frame.height, made.frame.width, 3), dtype=np.uint8
        )
        Image.fromarray(pixels).save(tmp_path / f"{name}.png")
        x = 5 + number
        shapes = [made.rectangle((x, 10, x + 40, 50), DENT)] if number < 20 else []
        samples.append(made.sample(name, shapes, cluster=f"car{number // 2}"))
    return samples


def finder(
    made: Any, samples: Sequence[Sample], missed: frozenset[int] = frozenset(), *, masks: bool = True
) -> Predict:
    """A model that finds every dent but those of the photos with these numbers, with a score that rises with them."""
    known = {sample.name: (number, sample) for number, sample in enumerate(samples)}

    def predict(photo: Any) -> Detections:
        number, sample = known.get(photo.name, (0, None))
        shapes = sample.shapes if sample is not None and number not in missed else ()
        found: Detections = made.detections(
            [(DENT, 0.9 - 0.01 * number, shape.box.xyxy) for shape in shapes], frame=photo.size, masks=masks
        )
        return found

    return predict


def looks_of(samples: Sequence[Sample], folder: Path, *models: Predict, **options: Any) -> Looks:
    contenders = [
        Contender(
            label=label,
            name=f"model {label}",
            digest=label * 64,
            architecture="made",
            types=(DENT, SCRATCH),
            megabytes=1.5,
            predict=model,
            point=POINT,
        )
        for label, model in zip(LABELS, models, strict=False)
    ]
    return look_at(contenders, samples, folder, with_crops=options.pop("with_crops", False), **options)


def row(comparison: Comparison, key: str) -> Row:
    return next(row for row in comparison.overall.rows if row.key == key)


def ends(figure: Figure) -> tuple[float, float]:
    assert figure.low is not None
    assert figure.high is not None
    return figure.low, figure.high


def test_no_photo_is_said(tmp_path: Path, made: Any) -> None:
    with pytest.raises(EvaluationError, match="no photo to compare on"):
        looks_of([], tmp_path, finder(made, []), finder(made, []))


def test_a_model_does_not_differ_from_itself(made: Any, photos: list[Sample], tmp_path: Path) -> None:
    model = finder(made, photos, frozenset({1, 2}))
    comparison = compare(looks_of(photos, tmp_path, model, model), resamples=30)
    for part in (comparison.overall, *comparison.slices):
        for one in part.rows:
            assert one.differences[0].value == 0, one.key
            assert one.verdicts[0].startswith(("no difference can be told", "too few photos")), one.key
    assert not disagreements(comparison.looks)


def test_the_better_model_is_told_and_signs_are_right(made: Any, photos: list[Sample], tmp_path: Path) -> None:
    bad, good = finder(made, photos, frozenset(range(16))), finder(made, photos)
    comparison = compare(looks_of(photos, tmp_path, bad, good), resamples=200)
    for key in ("mask_ap50", "box_ap", "mask_ap50 dent"):
        one = row(comparison, key)
        assert one.differences[0].value is not None
        assert one.differences[0].value > 0.5
        assert one.verdicts[0].startswith("B is better by "), key
    missed = row(comparison, "miss_rate photos")
    assert missed.values[0].value == pytest.approx(16 / 20)
    assert missed.differences[0].value == pytest.approx(-16 / 20)
    assert missed.verdicts[0].startswith("B is better by 80.0"), "of misses fewer are better"
    turned = compare(looks_of(photos, tmp_path, good, bad), resamples=200)
    assert row(turned, "miss_rate photos").verdicts[0].startswith("A is better by 80.0")
    assert row(turned, "auroc photos").verdicts[0].startswith("A is better")


def test_values_are_those_of_an_evaluation(made: Any, photos: list[Sample], tmp_path: Path) -> None:
    looks = looks_of(photos, tmp_path, finder(made, photos, frozenset({3, 9})), finder(made, photos), with_crops=True)
    comparison = compare(looks, resamples=20)
    crops = [case for cut in looks.looks[0].crops for case in cut]
    evaluation = measure(looks.looks[0].pairs, crops=crops, point=POINT, about={}, resamples=20)
    for key in ("mask_ap50", "mask_ap", "box_ap50", "box_ap"):
        assert row(comparison, key).values[0].value == evaluation.table["headline"][key].value, key
    for kind in ("photos", "crops"):
        verdict = evaluation.verdicts[kind]
        assert row(comparison, f"auroc {kind}").values[0].value == verdict.auroc.value
        assert row(comparison, f"miss_rate {kind}").values[0].value == verdict.miss_rate.value
        assert row(comparison, f"false_alarm_rate {kind}").values[0].value == verdict.false_alarm_rate.value


def test_pairing_narrows_the_interval(made: Any, photos: list[Sample], tmp_path: Path) -> None:
    """Both models miss the same hard photos, one of them two more: apart they cannot be told, paired they can."""
    hard = frozenset(range(10))
    comparison = compare(
        looks_of(photos, tmp_path, finder(made, photos, hard), finder(made, photos, hard | {11, 13, 15, 17})),
        resamples=300,
    )
    one = row(comparison, "mask_ap50 dent")
    first, second, difference = (ends(figure) for figure in (*one.values, one.differences[0]))
    assert first[0] < second[1], "the models' own intervals overlap"
    assert difference[1] < 0
    assert difference[1] - difference[0] < (first[1] - first[0]) + (second[1] - second[0])


def test_a_model_without_masks_is_compared_by_its_boxes(made: Any, photos: list[Sample], tmp_path: Path) -> None:
    looks = looks_of(photos, tmp_path, finder(made, photos), finder(made, photos, masks=False))
    comparison = compare(looks, resamples=20)
    masks = row(comparison, "mask_ap50")
    assert masks.values[1] == Figure(value=None)
    assert masks.verdicts == ("not measured for both",)
    assert row(comparison, "box_ap50").values[1].value == 1


def test_types_that_only_one_model_sees_count_for_both(made: Any, photos: list[Sample], tmp_path: Path) -> None:
    scratched = [
        dataclasses.replace(s, shapes=tuple(dataclasses.replace(p, type=SCRATCH) for p in s.shapes)) for s in photos
    ]
    looks = looks_of(scratched, tmp_path, finder(made, photos), finder(made, photos))
    blind = dataclasses.replace(
        looks.looks[1],
        pairs=tuple(
            dataclasses.replace(pair, detections=dataclasses.replace(pair.detections, types=(DENT,)))
            for pair in looks.looks[1].pairs
        ),
    )
    comparison = compare(dataclasses.replace(looks, looks=(looks.looks[0], blind)), resamples=20)
    assert row(comparison, "mask_ap50 scratch").values[1].value == 0


def test_photos_in_another_order_give_the_same(made: Any, photos: list[Sample], tmp_path: Path) -> None:
    models = finder(made, photos, frozenset({1})), finder(made, photos, frozenset({4, 5}))
    first = compare(looks_of(photos, tmp_path, *models), resamples=20).to_json()
    again = compare(looks_of(photos[::-1], tmp_path, *models), resamples=20).to_json()
    for one in (*first["models"], *again["models"]):
        del one["milliseconds"]
    assert first == again


def test_four_models_photos_of_undamaged_cars_and_a_page(made: Any, photos: list[Sample], tmp_path: Path) -> None:
    models = [finder(made, photos, frozenset(range(count))) for count in (8, 0, 4, 12)]
    looks = looks_of(photos[:20], tmp_path, *models, undamaged=photos[20:], with_crops=True)
    comparison = compare(looks, resamples=30, about={"dataset": "<made> & more"})
    assert comparison.overall.photos == 20
    assert comparison.overall.undamaged == 4
    assert [len(one.differences) for one in comparison.overall.rows] == [3] * len(comparison.overall.rows)
    read = json.loads(json.dumps(comparison.to_json(), allow_nan=False))
    assert read["schema"] == "coachwork.comparison/1"
    assert [model["label"] for model in read["models"]] == ["A", "B", "C", "D"]
    assert read["slices"]["dark"]["definition"]
    write_comparison(comparison, tmp_path / "deep" / "page.html", pictures=2)
    page = (tmp_path / "deep" / "page.html").read_text(encoding="utf-8")
    assert "&lt;made&gt; &amp; more" in page
    assert page.count("<img") == 2 * 5, "what is marked and what four models found, on two photos"
    assert "http" not in page.replace("http://www.w3.org", "")
    assert "nan" not in page.split("data:image")[0].lower()


def test_the_photos_they_disagree_on_come_first(made: Any, photos: list[Sample], tmp_path: Path) -> None:
    looks = looks_of(photos, tmp_path, finder(made, photos, frozenset({6})), finder(made, photos, frozenset({12, 13})))
    found = disagreements(looks)
    names = {one.pairs[0].sample.name for one in found}
    assert "p06" in names
    assert len(names & {"p12", "p13"}) == 1, "one photo of a cluster"
    one = next(one for one in found if one.pairs[0].sample.name == "p06")
    assert one.texts == ("finds 0 of 1, none wrong", "finds 1 of 1, none wrong")


@pytest.mark.parametrize(
    ("difference", "higher", "said"),
    [
        (Figure(value=None), True, "not measured for both"),
        (Figure(value=0.1), True, "no difference can be told on 7 photos"),
        (Figure(value=0.1, low=-0.1, high=0.2), True, "no difference can be told on 7 photos"),
        (Figure(value=0.1, low=0.05, high=0.2), True, "B is better by 10.0 (5.0 to 20.0)"),
        (Figure(value=-0.1, low=-0.2, high=-0.05), True, "A is better by 10.0 (5.0 to 20.0)"),
        (Figure(value=-0.1, low=-0.2, high=-0.05), False, "B is better by 10.0 (5.0 to 20.0)"),
    ],
)
def test_verdicts_in_words(difference: Figure, higher: bool, said: str) -> None:  # noqa: FBT001
    sentence = verdict_sentence(difference, first="A", other="B", higher_is_better=higher, basis="7 photos")
    assert sentence == said
