"""Files of damages: read in full, or refused with the place and the reason."""

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coachwork.estimates.damage import Access, RepairDamage
from coachwork.estimates.damages_json import DamagesFileError, read_damages_file
from coachwork.estimates.estimate import make_estimate
from coachwork.estimates.estimate_json import estimate_to_json
from coachwork.span import Span
from coachwork.taxonomy import CarPart, DamageType, Severity
from tests.estimates.cards import D, sample_card


def written(folder: Path, damages: object) -> Path:
    file = folder / "damages.json"
    file.write_text(json.dumps({"schema": "coachwork.damages/1", "damages": damages}), encoding="utf-8")
    return file


def test_a_file_without_damages_is_an_undamaged_car(tmp_path: Path) -> None:
    assert read_damages_file(written(tmp_path, [])) == ()


def test_all_that_is_known_is_read(tmp_path: Path) -> None:
    given_ = {
        "name": "d1",
        "type": "dent",
        "part": "bonnet",
        "place": "",
        "count": 3,
        "size_mm": [20, 30.5],
        "severity": ["moderate", "minor"],
        "paint_broken": False,
        "access": "hard",
        "confidence": 0.9,
        "prior": True,
    }
    (found,) = read_damages_file(written(tmp_path, [given_]))
    assert found == RepairDamage(
        name="d1",
        type=DamageType.DENT,
        part=CarPart.BONNET,
        count=3,
        size_mm=Span(low=D(20), high=D("30.5")),
        severity=(Severity.MINOR, Severity.MODERATE),
        paint_broken=False,
        access=Access.HARD,
        confidence=D("0.9"),
        prior=True,
    )


def test_what_is_not_known_may_be_left_out(tmp_path: Path) -> None:
    first, second = read_damages_file(written(tmp_path, [{"type": "rust"}, {"type": "rust", "part": None}]))
    assert (first.name, second.name) == ("damage 1", "damage 2")
    assert (first.size_mm, first.part, first.confidence) == (None, None, None)
    assert first == RepairDamage(name="damage 1", type=DamageType.RUST)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (1, r"damages\[0\] must be an object"),
        ({}, r"damages\[0\].type is missing: one of dent"),
        ({"type": "ding"}, r"damages\[0\].type is 'ding', which is none of dent"),
        ({"type": "dent", "part": "door"}, r"damages\[0\].part is 'door'"),
        ({"type": "dent", "size": 3}, r"damages\[0\].size is not known: known are name, type"),
        (
            {"type": "dent", "size_mm": [3, 1]},
            r"damages\[0\].size_mm must be a number of millimetres above 0 or a pair",
        ),
        ({"type": "dent", "size_mm": []}, r"damages\[0\].size_mm must be"),
        ({"type": "dent", "size_mm": "3"}, r"damages\[0\].size_mm must be a number, is '3'"),
        ({"type": "dent", "size_mm": 0}, r"damages\[0\].size_mm must be"),
        ({"type": "dent", "confidence": 1.5}, r"the confidence of damage 1 must lie between 0 and 1, is 1.5"),
        ({"type": "dent", "confidence": True}, r"damages\[0\].confidence must be a number, is True"),
        ({"type": "dent", "count": 0}, r"the count of damage 1 must lie between 1 and 1000, is 0"),
        ({"type": "dent", "count": 1.5}, r"damages\[0\].count must be a whole number"),
        ({"type": "dent", "severity": "bad"}, r"damages\[0\].severity must be a level"),
        ({"type": "dent", "prior": "yes"}, r"damages\[0\].prior must be true, false or null"),
    ],
)
def test_a_wrong_damage_is_told_by_its_place(tmp_path: Path, damage: object, message: str) -> None:
    with pytest.raises(DamagesFileError, match=message):
        read_damages_file(written(tmp_path, [damage]))


def test_all_wrong_damages_are_told(tmp_path: Path) -> None:
    with pytest.raises(ExceptionGroup) as told:
        read_damages_file(written(tmp_path, [{}, {"type": "dent"}, {"type": "x"}]))
    assert [problem.where for problem in told.value.exceptions if isinstance(problem, DamagesFileError)] == [
        "damages[0].type",
        "damages[2].type",
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "is not JSON: .*line 1, column 2"),
        (b"\xff", "is not usable JSON"),
        (b"[]", 'must be an object with "schema": "coachwork.damages/1"'),
        (b'{"schema": "coachwork.assessment/1"}', "must be an object"),
        (b'{"schema": "coachwork.damages/1", "damages": [{"type": "dent", "confidence": NaN}]}', "must be a number"),
        (b'{"schema": "coachwork.damages/1", "damages": [{"type": "dent", "size_mm": 1e99999}]}', "is too large"),
    ],
)
def test_a_file_that_holds_no_damages_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "damages.json"
    file.write_bytes(content)
    with pytest.raises(DamagesFileError, match=message):
        read_damages_file(file)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


_KEYS = ("name", "part", "place", "count", "size_mm", "severity", "access", "confidence", "prior")


@settings(max_examples=50)
@given(st.fixed_dictionaries({"type": st.sampled_from(["dent", "rust"])}, optional=dict.fromkeys(_KEYS, _JSON)))
def test_any_json_is_read_and_priced_or_refused(
    tmp_path_factory: pytest.TempPathFactory, damage: dict[str, object]
) -> None:
    with suppress(DamagesFileError):
        found = read_damages_file(written(tmp_path_factory.mktemp("json"), [damage]))
        make_estimate(found, sample_card())


def test_the_estimate_as_json_adds_up(tmp_path: Path) -> None:
    damages = [{"type": "dent", "part": "bonnet", "size_mm": 20}, {"type": "broken_lamp", "part": "left_headlamp"}]
    written_json = json.loads(
        json.dumps(estimate_to_json(make_estimate(read_damages_file(written(tmp_path, damages)), sample_card())))
    )
    assert written_json["schema"] == "coachwork.estimate/1"
    for reading, plan in written_json["plans"].items():
        assert sum(D(line["amount"]) for line in plan["lines"]) == D(plan["total"]) == D(written_json["total"][reading])
        for line in plan["lines"]:
            assert set(line["rules"]) <= set(written_json["rules"])
            assert {table.split(".")[0] for table in line["tables"]} <= set(written_json["sources"])
            assert not any(isinstance(value, float) for value in line.values())
    assert written_json["rate_card"]["sha256"] == sample_card().sha256
