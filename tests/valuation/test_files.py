"""Schemes and policies in TOML: read in full, or refused by line with the reason."""

from pathlib import Path

import pytest

from coachwork.taxonomy import DamageType
from coachwork.toml_tables import TomlFileError
from coachwork.valuation.grading import GradingError, grade_car
from coachwork.valuation.policy import Method
from coachwork.valuation.policy_toml import PolicyFileError, read_policy, sample_policy_path
from coachwork.valuation.scheme import Region, SortingRule
from coachwork.valuation.scheme_toml import SchemeFileError, UnknownScheme, find_scheme, read_scheme, shipped_schemes
from tests.estimates.cards import D, damage, sample_card
from tests.valuation.cases import CAR, grades, value

SMALLEST = """[scheme]
name = "ours"
title = "Ours"
source = "made up"
[classes.small]
words = "small"
[rules.any]
class = "small"
words = "Any damage is small"
[grades.A]
words = "good"
most = {small = 1}
[grades.B]
words = "not good"
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "ours.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_every_scheme_that_ships_is_read_and_says_whose_it_is() -> None:
    assert shipped_schemes() == ("17c", "bvrla", "bvsk", "naaa", "nama")
    for name in shipped_schemes():
        found = find_scheme(name)
        assert found.name == name
        assert found.source
        assert len(found.sha256) == 64
        assert all(not rule.words.endswith(".") for rule in found.rules)


def test_a_scheme_of_ones_own_is_found_by_its_file(tmp_path: Path) -> None:
    found = find_scheme(str(written(tmp_path, SMALLEST)))
    two = [damage(DamageType.RUST, None, "3", name=name) for name in "ab"]
    assert [len(found.rules), len(found.grades)] == [1, 2]
    assert grade_car(two[:1], found, sample_card()).words == "A"
    assert grade_car(two, found, sample_card()).words == "B"


def test_a_name_that_is_no_scheme_is_told_with_those_that_are() -> None:
    with pytest.raises(UnknownScheme, match="no grading scheme 'best': name one of 17c, bvrla, bvsk, naaa, nama, or"):
        find_scheme("best")


def test_a_scheme_that_only_sorts_damages_cannot_grade() -> None:
    with pytest.raises(GradingError, match="bvsk sorts damages and has no grades"):
        grades("bvsk")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('title = "Ours"\n', "", "line 1: scheme.title is missing"),
        ('class = "small"', 'class = "large"', "line 8: rules.any.class must be one of small, is 'large'"),
        ('class = "small"', 'class = "small"\ntypes = ["ding"]', "line 9: rules.any.types names 'ding', which is none"),
        ('class = "small"', 'class = "small"\ntypes = []', "line 9: rules.any.types is empty: leave it out"),
        ('class = "small"', 'class = "small"\nabove_mm = 3', "line 7: rules holds no rule for every damage"),
        ('class = "small"', 'class = "small"\non = [[]]', "line 9: rules.any.on names"),
        ("most = {small = 1}", "most = {large = 1}", "grades.A.most.large is not known here: known are small"),
        ('words = "not good"', 'words = "x"\npoints = 3', "grades.B is the last grade: it must have no limits"),
        (
            "[grades.A]",
            '[classes.tiny]\nwords = "x"\npoints = -1\n[grades.A]',
            "classes.tiny.points must lie between 0",
        ),
        ("[rules.any]", "[rules]", "line 8: rules.class must be a table"),
    ],
)
def test_a_malformed_scheme_is_told_by_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in SMALLEST
    with pytest.raises((SchemeFileError, ExceptionGroup)) as told:
        read_scheme(written(tmp_path, SMALLEST.replace(old, new, 1)))
    assert any(message in one for one in sentences(told.value))


def test_classes_must_not_weigh_less_than_milder_ones(tmp_path: Path) -> None:
    lighter = '[classes.small]\npoints = 5\nwords = "small"\n[classes.large]\npoints = 4\nwords = "large"'
    with pytest.raises(SchemeFileError, match=r"classes\.large weighs less than the milder class before it"):
        read_scheme(written(tmp_path, SMALLEST.replace('[classes.small]\nwords = "small"', lighter)))


def sentences(error: BaseException) -> list[str]:
    if isinstance(error, ExceptionGroup):
        return [str(one) for one in error.exceptions]
    return [str(error)]


def test_the_policy_that_ships_says_that_it_is_a_sample() -> None:
    found = read_policy(sample_policy_path())
    assert found.sample
    assert found.method is Method.RUHKOPF_SAHM
    assert {"reconditioning", "fair_wear", "grade_step", "diminished_value", "bvsk", "17c"} <= set(found.sources)


@pytest.mark.parametrize("method", Method)
def test_the_policy_that_ships_has_every_method(method: Method) -> None:
    assert read_policy(sample_policy_path(), method=method).method is method


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('channel = "retail"', 'channel = "export"', "reconditioning.channel is 'export', of which"),
        ("retail = 1.0", "retail = 1.5", "reconditioning.channels.retail must lie between 0 and 1, is 1.5"),
        ('scheme = "bvrla"', 'scheme = "none"', "fair_wear.scheme cannot be used: there is no grading scheme 'none'"),
        ('method = "ruhkopf_sahm"', 'method = "guess"', "diminished_value.method must be one of none, share_of_repair"),
        ("1 = 0.00\n", "1 = 0.01\n", "grade_step.nama.1 must be 0"),
        ("3 = 0.03\n4 = 0.06", "3 = 0.06\n4 = 0.03", "grade_step.nama.4 takes off less than the better grade 3"),
        ("ratios = [0.30, 0.60, 0.90]", "ratios = [0.60, 0.30, 0.90]", "ruhkopf_sahm.ratios must be rising numbers"),
        ("shares = [0.05, 0.06, 0.07]", "shares = [0.05, 0.06]", "step 1 must be {up_to_months = 12, shares"),
        ("shares = [0.05, 0.06, 0.07]", "shares = [0.07, 0.06, 0.05]", "step 1: shares must not fall"),
        ("shares = [0.04, 0.05, 0.06]", "shares = [0.06, 0.07, 0.08]", "step 2 must be older than the one before it"),
        ("[diminished_value]", "[diminished]", "diminished_value is missing: add a table"),
    ],
)
def test_a_malformed_policy_is_told_by_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = sample_policy_path().read_text(encoding="utf-8")
    assert old in text
    with pytest.raises((PolicyFileError, ExceptionGroup)) as told:
        read_policy(written(tmp_path, text.replace(old, new, 1)))
    found = sentences(told.value)
    assert any(message in one for one in found)
    assert all(", line " in one for one in found)


@pytest.mark.parametrize(
    ("new", "message"),
    [
        ("{below_km = 40000, factor = 1.0}, {below_km = 20000, factor = 0.5}", "step 2 must reach further"),
        ("{below_km = 40000, factor = 0.5}, {below_km = 60000, factor = 0.8}", "step 2 must reach further"),
        ("{km = 40000}", "step 1 must be {below_km = ..., factor = ...}"),
    ],
)
def test_mileage_factors_must_fall(tmp_path: Path, new: str, message: str) -> None:
    text = sample_policy_path().read_text(encoding="utf-8")
    changed = text[: text.index("mileage = [")] + f"mileage = [{new}]\n"
    with pytest.raises(TomlFileError, match=message):
        read_policy(written(tmp_path, changed), method=Method.SEVENTEEN_C)


def test_a_scheme_without_shares_cannot_diminish_a_value(tmp_path: Path) -> None:
    text = sample_policy_path().read_text(encoding="utf-8").replace('scheme = "bvsk"', 'scheme = "nama"')
    with pytest.raises(PolicyFileError, match=r"bvsk\.scheme is 'nama', whose classes state no value_share"):
        read_policy(written(tmp_path, text), method=Method.BVSK)


def test_a_rule_fires_above_its_size_and_not_at_it() -> None:
    rule = SortingRule(name="r", words="w", level=0, above_mm=D(30), regions=frozenset({Region.PANEL}))
    assert not rule.is_plain
    made = value([damage(DamageType.DENT, None, ("29", "31"), paint_broken=False)], vehicle=CAR)
    assert made.grading.words == "1 (1 to 2)"
