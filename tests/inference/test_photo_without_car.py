"""What becomes of a photo that shows no car: the damage model doubts it, and the part model is asked."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from coachwork.assessments.assessment_json import assessment_to_json
from coachwork.assessments.car_evidence import AIRBAG_WITHOUT_CAR, NO_CAR, NO_CAR_SEEN
from coachwork.assessments.verdict import Verdict
from coachwork.inference.assessing import Assessor
from coachwork.inference.bundle import Bundle, load_bundle
from coachwork.inference.predictor import Predictor
from coachwork.taxonomy import DamageType
from tests.inference.test_assessing_parts import part_bundle
from tests.inference.test_calibrated_assessing import LOOKS, photo

__all__ = ["part_bundle"]

MEAN, DOUBTFUL, STRANGE = (1.0, 0.0), (1.0, 0.15), (0.0, 1.0)
"""Embeddings at the distances 0, 1.06 and 10 from the mean."""


@pytest.fixture
def doubting(colour_bundle: Path) -> Bundle:
    loaded = load_bundle(colour_bundle)
    return replace(loaded, card=replace(loaded.card, familiarity=replace(LOOKS, doubt_limit=1.0)))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the models whose `predict` was called."""
    calls: list[str] = []
    predict = Predictor.predict

    def counted(self: Predictor, *arguments: object, **named: object) -> object:
        calls.append(self.bundle.card.name)
        return predict(self, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Predictor, "predict", counted)
    return calls


def looks_like(monkeypatch: pytest.MonkeyPatch, look: tuple[float, ...]) -> None:
    monkeypatch.setattr(Predictor, "embedding", lambda *_: np.array(look, dtype=np.float32))


@pytest.mark.parametrize("look", [DOUBTFUL, STRANGE])
def test_where_both_models_see_no_car_it_is_said(
    doubting: Bundle, part_bundle: Bundle, monkeypatch: pytest.MonkeyPatch, look: tuple[float, ...]
) -> None:
    looks_like(monkeypatch, look)
    assessment = Assessor(doubting, parts=part_bundle).assess(photo(red=False))
    assert assessment.verdict is Verdict.UNCERTAIN
    assert assessment.advice[-1] == NO_CAR
    assert assessment.strange is True
    told = assessment_to_json(assessment)["car_evidence"]
    assert (told["no_car"], told["parts_share"], told["limit"], told["doubt_limit"]) == (True, 0, 2.0, 1.0)


def test_a_part_that_is_seen_speaks_for_a_car(
    doubting: Bundle, part_bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks_like(monkeypatch, DOUBTFUL)
    assessment = Assessor(doubting, parts=part_bundle).assess(photo(red=True))
    assert assessment.verdict is Verdict.DAMAGED
    assert assessment.strange is False
    assert assessment.car_evidence is not None
    assert assessment.car_evidence.parts_share == pytest.approx(160 * 160 / (480 * 640), rel=0.2)


def test_an_airbag_with_too_little_of_a_car_around_it_is_uncertain(
    doubting: Bundle, part_bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    airbag = DamageType.DEPLOYED_AIRBAG
    other = doubting.card.types[1]
    card = replace(doubting.card, types=(airbag, other), thresholds={airbag: 0.5, other: 0.5}, score_calibration={})
    looks_like(monkeypatch, DOUBTFUL)
    assessment = Assessor(replace(doubting, card=card), parts=part_bundle).assess(photo(red=True))
    assert [damage.type for damage in assessment.damages] == [airbag], "it is told, for whoever looks at the photo"
    assert (assessment.verdict, assessment.advice[-1]) == (Verdict.UNCERTAIN, AIRBAG_WITHOUT_CAR)
    told = assessment_to_json(assessment)["car_evidence"]
    assert (told["airbag"], told["no_car"]) == (True, False)


def test_a_photo_far_from_all_others_stays_strange_though_a_part_is_seen(
    doubting: Bundle, part_bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks_like(monkeypatch, STRANGE)
    assessment = Assessor(doubting, parts=part_bundle).assess(photo(red=True))
    assert (assessment.verdict, assessment.advice[-1]) == (Verdict.UNCERTAIN, NO_CAR_SEEN)


def test_a_familiar_photo_does_not_cost_a_look_for_parts(
    doubting: Bundle, part_bundle: Bundle, monkeypatch: pytest.MonkeyPatch, asked: list[str]
) -> None:
    looks_like(monkeypatch, MEAN)
    assert Assessor(doubting, parts=part_bundle).assess(photo(red=False)).verdict is Verdict.NONE
    assert asked == []


def test_without_a_part_model_a_doubt_is_no_verdict(doubting: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    looks_like(monkeypatch, DOUBTFUL)
    assessment = Assessor(doubting).assess(photo(red=True))
    assert (assessment.verdict, assessment.strange) == (Verdict.DAMAGED, False)
    assert assessment_to_json(assessment)["car_evidence"]["parts_share"] is None


def test_the_model_that_ships_has_doubts() -> None:
    known = load_bundle().card.familiarity
    assert known is not None
    assert known.doubt_limit is not None
    assert known.doubt_limit < known.limit
