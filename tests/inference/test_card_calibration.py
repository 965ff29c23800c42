"""What a card keeps of calibration, written and read again."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from coachwork.assessments.familiarity import Familiarity
from coachwork.assessments.held_out import HeldOut
from coachwork.assessments.miss_rate import DamagedGroup
from coachwork.assessments.score_calibration import ScoreCalibration, ScoreMethod, ScoreReliability
from coachwork.inference.bundle import load_bundle, write_bundle
from coachwork.inference.card import Card, card_from_json, card_to_json
from coachwork.inference.card_fields import CardFieldError
from coachwork.taxonomy import DamageType, Kind

GROUP = DamagedGroup(name="claims photos", pictures=40, clusters=30, lowest=((0.02, 1), (0.0312, 3), (0.5, 1)))
RULES: dict[Kind, ScoreCalibration] = {
    DamageType.DENT: ScoreCalibration(
        method=ScoreMethod.LOGISTIC,
        slope=0.8,
        intercept=-0.5,
        reliability=ScoreReliability(
            detections=60,
            right=20,
            error_before=0.3,
            error_after=0.1,
            brier_before=0.25,
            brier_after=0.2,
            error_by_chance=0.08,
        ),
    ),
    DamageType.SCRATCH: ScoreCalibration(method=ScoreMethod.ISOTONIC, knots=((0.1, 0.05), (0.6, 0.7))),
}
FAMILIARITY = Familiarity(
    mean=np.array([0.5, 0.25, 0.0, -1.0], dtype=np.float32),
    axes=np.array([[1, 0, 0, 0], [0, 1, 0, 0]], dtype=np.float32),
    variances=np.array([0.5, 0.1], dtype=np.float32),
    rest=0.01,
    limit=1.4,
    false_alarm_rate=0.01,
    how="on nothing",
    doubt_limit=1.25,
)


HELD_OUT = HeldOut(
    miss_rate=0.05, group="claims photos", damaged=9, missed=1, undamaged=4, called_none=2, called_damaged=1
)


@pytest.fixture
def calibrated(colour_card: Card) -> Card:
    assert colour_card.verdict is not None
    verdict = replace(colour_card.verdict, groups=(GROUP,), held_out=(HELD_OUT,))
    return replace(colour_card, verdict=verdict, score_calibration=RULES, familiarity=FAMILIARITY)


def test_a_card_is_written_and_read_again(calibrated: Card) -> None:
    plain = json.loads(json.dumps(card_to_json(calibrated), allow_nan=False))
    again = card_from_json(plain)
    assert again.verdict == calibrated.verdict
    assert again.score_calibration == RULES
    assert json.loads(json.dumps(card_to_json(again))) == plain
    assert again.familiarity is not None
    assert again.familiarity.doubt_limit == FAMILIARITY.doubt_limit
    for embedding in np.random.default_rng(0).normal(size=(5, 4)):
        assert again.familiarity.distance(embedding) == pytest.approx(FAMILIARITY.distance(embedding), rel=0.02)


def test_cards_of_earlier_versions_have_scores_alone(colour_card: Card) -> None:
    plain = json.loads(json.dumps(card_to_json(colour_card)))
    del plain["score_calibration"], plain["familiarity"], plain["verdict"]["groups"], plain["verdict"]["held_out"]
    again = card_from_json(plain)
    assert again.score_calibration == {}
    assert again.familiarity is None
    assert again.verdict is not None
    assert again.verdict.groups == ()
    assert again.verdict.held_out == ()


def test_cards_that_know_strange_photos_alone_have_no_limit_of_doubt(calibrated: Card) -> None:
    plain = json.loads(json.dumps(card_to_json(calibrated)))
    del plain["familiarity"]["doubt_limit"]
    again = card_from_json(plain)
    assert again.familiarity is not None
    assert again.familiarity.doubt_limit is None


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (("verdict", "groups"), [{"name": "x", "pictures": 3, "clusters": 3, "lowest": [[0.1]]}], "pairs of numbers"),
        (("verdict", "groups"), [{"name": "x", "pictures": 3, "clusters": 9, "lowest": [[0.1, 1]]}], "must rise"),
        (("verdict", "held_out"), [asdict(HELD_OUT) | {"missed": 10}], "at most as many missed"),
        (("score_calibration", "dent", "slope"), -1, "slope"),
        (("score_calibration", "scratch", "method"), "guess", "one of logistic, isotonic"),
        (("score_calibration", "scratch", "knots"), [[0.5, 0.5], [0.4, 0.6]], "these rise"),
        (("familiarity", "mean"), "AAAA", "no rows of 4 numbers"),
        (("familiarity", "axes"), "%%%%", "base64"),
        (("familiarity", "rest"), 0, "above 0"),
    ],
)
def test_a_broken_field_is_named(calibrated: Card, place: tuple[str, ...], value: object, said: str) -> None:
    plain = json.loads(json.dumps(card_to_json(calibrated)))
    inner = plain
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = value
    with pytest.raises(CardFieldError, match=said):
        card_from_json(plain)


def test_rows_of_numbers_stand_on_one_line(calibrated: Card, tmp_path: Path) -> None:
    card = replace(calibrated, limits=("[\n1, 2\n]", "a [ b"))
    write_bundle(tmp_path / "bundle", card, b"no model")
    text = (tmp_path / "bundle" / "card.json").read_text(encoding="utf-8")
    assert "[0.0312, 3]" in text
    assert '"variances": [0.5, 0.1]' in text
    assert load_bundle(tmp_path / "bundle").card.limits == card.limits
