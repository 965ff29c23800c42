import json
from decimal import Decimal
from typing import Any

import pytest

from coachwork.cases.corrections import (
    Correction,
    CorrectionKind,
    Mark,
    StandingDamage,
    corrected_case,
    fitted,
    standing_damages,
    standing_to_json,
)
from coachwork.cases.damage_numbers import known_damages, numbered
from coachwork.cases.problems import CaseRefused
from coachwork.estimates.case_json import case_of
from coachwork.taxonomy import CarPart, DamageType, Severity

SHA = ["a" * 64, "b" * 64]
BOX = ((10.0, 10.0), (90.0, 10.0), (90.0, 60.0), (10.0, 60.0))


def inspection(*, photos: int = 2) -> dict[str, Any]:
    """A dent that two photos show, and a scratch on the first one."""
    first = [{"type": "dent", "box": [1, 2, 30, 40]}, {"type": "scratch", "box": [5, 5, 50, 9]}]
    second = [{"type": "dent", "box": [7, 8, 70, 80]}]
    damage = {"part": "bonnet", "severity": ["minor", "moderate"], "probability": 0.8, "evidence": []}
    return {
        "schema": "coachwork.inspection/1",
        "verdict": "damaged",
        "photos": [{"photo": {"sha256": SHA[i]}, "damages": (first, second)[i]} for i in range(photos)],
        "damages": [
            damage | {"type": "dent", "views": [{"photo": i, "damage": 0} for i in reversed(range(photos))]},
            damage | {"type": "scratch", "views": [{"photo": 0, "damage": 1}]},
        ],
        "coverage": [],
    }


def told(number: int, kind: CorrectionKind, damage: StandingDamage | None = None, **more: Any) -> Correction:
    key = "" if damage is None else damage.key
    values: dict[str, Any] = {"number": number, "revision": 1, "kind": kind, "damage": key, "by": "anna"}
    return Correction(**(values | more))


def test_without_corrections_the_damages_stand_as_they_were_found() -> None:
    standing = standing_damages(inspection(), [])
    assert [(one.name, one.type.value, one.by, one.deleted) for one in standing.damages] == [
        ("damage 1", "dent", "", False),
        ("damage 2", "scratch", "", False),
    ]
    assert not standing.corrected
    car = case_of(json.loads(json.dumps(inspection()), parse_float=Decimal), "x")
    assert corrected_case(car, standing) == car


def test_nothing_found_and_nothing_corrected() -> None:
    assert standing_damages(inspection() | {"damages": []}, []).damages == ()


def test_a_change_is_sure_and_says_only_what_differs() -> None:
    dent, _ = standing_damages(inspection(), []).damages
    wanted = told(1, CorrectionKind.CHANGE, dent, type=DamageType.CRACK, part=CarPart.BONNET, severity=Severity.SEVERE)
    fit = fitted(wanted, standing_damages(inspection(), []))
    assert (fit.type, fit.part, fit.severity) == (DamageType.CRACK, None, Severity.SEVERE)
    changed = standing_damages(inspection(), [fit]).damages[0]
    assert (changed.type, changed.part, changed.severity) == (DamageType.CRACK, CarPart.BONNET, (Severity.SEVERE,))
    assert (changed.probability, changed.by, changed.name) == (1.0, "anna", "damage 1")
    car = case_of(json.loads(json.dumps(inspection()), parse_float=Decimal), "x")
    assert corrected_case(car, standing_damages(inspection(), [fit])).damages[0].confidence == 1


def test_a_part_may_be_unknown_after_all() -> None:
    dent, _ = standing_damages(inspection(), []).damages
    assert standing_damages(inspection(), [told(1, CorrectionKind.CHANGE, dent, no_part=True)]).damages[0].part is None


def test_undoing_one_of_two_changes_leaves_the_other() -> None:
    dent, _ = standing_damages(inspection(), []).damages
    both = [
        told(1, CorrectionKind.CHANGE, dent, type=DamageType.CRACK),
        told(2, CorrectionKind.CHANGE, dent, part=CarPart.ROOF),
        told(3, CorrectionKind.UNDO, undoes=1),
    ]
    standing = standing_damages(inspection(), both)
    assert (standing.damages[0].type, standing.damages[0].part) == (DamageType.DENT, CarPart.ROOF)
    assert standing.counting == {2}
    with pytest.raises(CaseRefused, match="does not count"):
        fitted(told(4, CorrectionKind.UNDO, undoes=1), standing)


def test_a_deleted_damage_costs_nothing_and_comes_back_by_undoing() -> None:
    dent, scratch = standing_damages(inspection(), []).damages
    gone = told(1, CorrectionKind.DELETE, dent)
    standing = standing_damages(inspection(), [gone])
    car = case_of(json.loads(json.dumps(inspection()), parse_float=Decimal), "x")
    assert [one.name for one in corrected_case(car, standing).damages] == ["damage 2"]
    assert [one["name"] for one in standing_to_json(standing)] == ["damage 2"]
    with pytest.raises(CaseRefused, match="undo that first"):
        fitted(told(2, CorrectionKind.CONFIRM, dent), standing)
    assert corrected_case(car, standing_damages(inspection(), [gone, told(2, CorrectionKind.UNDO, undoes=1)])) == car
    assert scratch.key != dent.key


def test_an_added_damage_stands_with_its_place_and_can_be_corrected_in_turn() -> None:
    mark = Mark(sha256=SHA[1], outline=BOX)
    added = told(5, CorrectionKind.ADD, type=DamageType.RUST, part=CarPart.REAR_BUMPER, mark=mark, adds=3)
    standing = standing_damages(inspection(), [added])
    rust = standing.damages[2]
    assert (rust.name, rust.probability, rust.views[0].photo, rust.views[0].mark) == ("damage 3", 1.0, 1, mark)
    worse = told(6, CorrectionKind.CHANGE, rust, severity=Severity.SEVERE)
    assert standing_damages(inspection(), [added, worse]).damages[2].severity == (Severity.SEVERE,)
    undone = standing_damages(inspection(), [added, worse, told(7, CorrectionKind.UNDO, undoes=5)])
    assert len(undone.damages) == 2
    assert undone.lost == (6,)


def test_corrections_hold_for_later_results_with_other_photos_and_say_what_they_lost() -> None:
    dent, scratch = standing_damages(inspection(), []).damages
    own = [told(1, CorrectionKind.DELETE, scratch), told(2, CorrectionKind.CHANGE, dent, part=CarPart.ROOF)]
    turned = inspection()
    turned["damages"].reverse()
    turned["damages"][1]["views"].reverse()
    standing = standing_damages(numbered(turned, known_damages(inspection())), own)
    assert [(one.number, one.type.value, one.deleted, one.part) for one in standing.damages] == [
        (1, "dent", False, CarPart.ROOF),
        (2, "scratch", True, CarPart.BONNET),
    ]
    assert standing_damages(inspection(photos=1) | {"damages": []}, own).lost == (1, 2)


@pytest.mark.parametrize(
    "wrong",
    [
        told(1, CorrectionKind.CHANGE),
        told(1, CorrectionKind.ADD, type=DamageType.DENT),
        told(1, CorrectionKind.ADD, mark=Mark(sha256=SHA[0], outline=BOX)),
        told(1, CorrectionKind.UNDO, undoes=99),
        told(1, CorrectionKind.DELETE),
    ],
)
def test_what_does_not_fit_is_refused(wrong: Correction) -> None:
    with pytest.raises(CaseRefused):
        fitted(wrong, standing_damages(inspection(), []))


def test_a_change_of_nothing_is_refused() -> None:
    dent, _ = standing_damages(inspection(), []).damages
    with pytest.raises(CaseRefused, match="nothing was changed"):
        fitted(told(1, CorrectionKind.CHANGE, dent, type=DamageType.DENT), standing_damages(inspection(), []))


@pytest.mark.parametrize("outline", [(), ((1.0, 1.0), (2.0, 2.0)), ((1.0, 1.0), (1.0, 5.0), (1.0, 9.0)), BOX * 200])
def test_what_is_no_outline_is_refused(outline: tuple[tuple[float, float], ...]) -> None:
    with pytest.raises(CaseRefused):
        Mark(sha256=SHA[0], outline=outline)
