"""What an assessment makes of a card that knows probabilities, miss rates and what cars look like."""

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from coachwork.assessments.assessment_json import assessment_to_json
from coachwork.assessments.car_evidence import NO_CAR_SEEN
from coachwork.assessments.familiarity import Familiarity
from coachwork.assessments.miss_rate import DamagedGroup, MissRateError
from coachwork.assessments.score_calibration import ScoreCalibration, ScoreMethod
from coachwork.assessments.verdict import Verdict
from coachwork.inference import predictor as predictor_module
from coachwork.inference.assessing import Assessor
from coachwork.inference.bundle import Bundle, BundleError, load_bundle
from coachwork.photos.reading import Photo, read_photo
from coachwork.taxonomy import DamageType

GROUP = DamagedGroup.of("claims photos", [0.02 + car / 1000 for car in range(120)], [str(car) for car in range(120)])
LOOKS = Familiarity(
    mean=np.array([1.0, 0.0], dtype=np.float32),
    axes=np.zeros((0, 2), dtype=np.float32),
    variances=np.zeros(0, dtype=np.float32),
    rest=0.01,
    limit=2.0,
    false_alarm_rate=0.01,
)


@pytest.fixture
def bundle(colour_bundle: Path) -> Bundle:
    loaded = load_bundle(colour_bundle)
    assert loaded.card.verdict is not None
    card = replace(
        loaded.card,
        verdict=replace(loaded.card.verdict, groups=(GROUP,)),
        score_calibration={DamageType.DENT: ScoreCalibration(method=ScoreMethod.LOGISTIC, intercept=-1.0)},
        familiarity=LOOKS,
    )
    return replace(loaded, card=card)


def photo(*, red: bool) -> Photo:
    pixels = np.random.default_rng(3).integers(40, 220, (480, 640, 1), dtype=np.uint8).repeat(3, axis=2)
    if red:
        pixels[80:240, 160:320] = (220, 20, 20)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return read_photo(file.getvalue())


def test_a_damage_says_how_often_such_a_detection_is_right(bundle: Bundle) -> None:
    assessment = Assessor(bundle).assess(photo(red=True))
    (damage,) = assessment.damages
    assert damage.probability is not None
    assert 0 < damage.probability < damage.score, "the rule takes 1 off the logit"
    assert assessment_to_json(assessment)["damages"][0]["probability"] == round(damage.probability, 4)


def test_a_type_without_a_rule_has_no_probability(bundle: Bundle) -> None:
    plain = replace(bundle, card=replace(bundle.card, score_calibration={}))
    assert Assessor(plain).assess(photo(red=True)).damages[0].probability is None


def test_a_stated_miss_rate_moves_the_bound_and_is_told(bundle: Bundle) -> None:
    strict, loose = Assessor(bundle, miss_rate=0.01), Assessor(bundle, miss_rate=0.1)
    assert strict.model.none_below is not None
    assert loose.model.none_below is not None
    assert strict.model.none_below < loose.model.none_below
    said = assessment_to_json(strict.assess(photo(red=False)))["model"]
    assert said["miss_rate"] == 0.01
    assert said["none_below"] == strict.model.none_below
    assert "claims photos (120 cars)" in strict.model.promise


def test_a_miss_rate_that_the_card_cannot_promise_is_refused(bundle: Bundle, colour_bundle: Path) -> None:
    with pytest.raises(MissRateError, match="at least 999 cars"):
        Assessor(bundle, miss_rate=0.001)
    with pytest.raises(MissRateError, match="coachwork calibrate"):
        Assessor(colour_bundle, miss_rate=0.05)
    never = replace(bundle, card=replace(bundle.card, verdict=None))
    with pytest.raises(MissRateError, match="never claims none"):
        Assessor(never, miss_rate=0.05)


def looking(monkeypatch: pytest.MonkeyPatch, *look: float) -> None:
    monkeypatch.setattr(predictor_module.Predictor, "embedding", lambda *_: np.array(look, dtype=np.float32))


@pytest.mark.parametrize("red", [True, False])
def test_of_a_strange_photo_nothing_is_claimed(bundle: Bundle, monkeypatch: pytest.MonkeyPatch, *, red: bool) -> None:
    looking(monkeypatch, 0.0, 1.0)
    assessment = Assessor(bundle).assess(photo(red=red))
    assert assessment.verdict is Verdict.UNCERTAIN
    assert assessment.advice[-1] == NO_CAR_SEEN
    assert assessment_to_json(assessment)["strange"] is True


def test_a_photo_like_the_calibration_photos_is_judged(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    looking(monkeypatch, 1.0, 0.0)
    assessor = Assessor(bundle)
    assert assessor.assess(photo(red=True)).verdict is Verdict.DAMAGED
    assert assessor.assess(photo(red=False)).verdict is Verdict.NONE
    assert assessor.assess(photo(red=False)).strange is False


def test_a_model_without_embeddings_cannot_tell(bundle: Bundle) -> None:
    assert Assessor(bundle).assess(photo(red=False)).strange is None


def test_an_embedding_of_another_length_is_a_broken_bundle(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    looking(monkeypatch, 1.0, 0.0, 0.0)
    with pytest.raises(BundleError, match="the card knows"):
        Assessor(bundle).assess(photo(red=False))
