from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from coachwork.assessments.verdict import Verdict
from coachwork.cases.case import CaseResult
from coachwork.cases.corrections import Correction, CorrectionKind, Mark, standing_damages, standing_to_json
from coachwork.cases.damage_numbers import standing_numbers
from coachwork.casework.corrected_document import corrected_results, corrected_verdict
from coachwork.geometry.mask import mask_from_rle
from coachwork.taxonomy import CarPart, DamageType
from tests.cases.test_corrections import BOX, SHA, inspection


def found() -> dict[str, Any]:
    told = inspection()
    for photo in told["photos"]:
        photo["photo"] |= {"height": 80, "width": 120}
        photo["sizes"] = [None] * len(photo["damages"])
    return told


def result(*corrections: Correction) -> CaseResult:
    standing = standing_damages(found(), corrections)
    estimate: dict[str, Any] = {
        "lines": [{"damages": ["damage 2", "added 9"], "why": "added 9: dear, damage 20 is none"}],
        "n": 2,
    }
    return CaseResult(
        revision=2,
        inspection=found(),
        estimate=estimate,
        settlement=None,
        made=datetime(2026, 1, 1, tzinfo=UTC),
        damages=standing_to_json(standing) if corrections else None,
    )


def correction(number: int, kind: CorrectionKind, **more: Any) -> Correction:
    return Correction(number=number, kind=kind, revision=1, by="anna", **more)


def test_without_corrections_nothing_changes() -> None:
    told = result()
    assert corrected_results(told) == (told.inspection, told.estimate, None)


def test_damages_stand_as_corrected_and_keep_their_numbers() -> None:
    dent, _ = standing_damages(found(), []).damages
    mark = Mark(sha256=SHA[1], outline=BOX)
    told = result(
        correction(8, CorrectionKind.DELETE, damage=dent.key),
        correction(9, CorrectionKind.ADD, type=DamageType.RUST, part=CarPart.ROOF, mark=mark),
    )
    made, estimate, _ = corrected_results(told)
    assert [(one["number"], one["type"], one["part"], one["probability"]) for one in made["damages"]] == [
        (2, "scratch", "bonnet", 0.8),
        (3, "rust", "roof", 1.0),
    ]
    drawn = made["photos"][1]["damages"][made["damages"][1]["views"][0]["damage"]]
    assert drawn["box"] == [10.0, 10.0, 90.0, 60.0]
    assert mask_from_rle(drawn["mask"]).area == drawn["area_px"] == pytest.approx(80 * 50, rel=0.03)
    assert len(made["photos"][1]["sizes"]) == 2
    assert estimate == told.estimate
    assert told.inspection == found()


def test_results_from_before_damages_had_numbers_tell_them_all_the_same() -> None:
    mark = Mark(sha256=SHA[1], outline=BOX)
    told = result(correction(9, CorrectionKind.ADD, type=DamageType.RUST, part=CarPart.ROOF, mark=mark))
    listed = [{key: value for key, value in one.items() if key != "number"} for one in told.damages or ()]
    listed[2]["name"] = "added 9"
    before = replace(told, damages=standing_numbers(listed, told.inspection))
    made, estimate, _ = corrected_results(before)
    assert [one["number"] for one in made["damages"]] == [1, 2, 3]
    assert estimate["lines"][0] == {"damages": ["damage 2", "damage 3"], "why": "damage 3: dear, damage 20 is none"}


@pytest.mark.parametrize(
    ("told", "standing", "after"),
    [
        (Verdict.NONE, 1, Verdict.DAMAGED),
        (Verdict.DAMAGED, 2, Verdict.DAMAGED),
        (Verdict.DAMAGED, 0, Verdict.UNCERTAIN),
        (Verdict.UNCERTAIN, 0, Verdict.UNCERTAIN),
        (Verdict.NONE, 0, Verdict.NONE),
    ],
)
def test_no_correction_claims_that_nothing_is_there(told: Verdict, standing: int, after: Verdict) -> None:
    assert corrected_verdict(told, standing=standing) is after
