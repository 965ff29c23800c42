import json
from dataclasses import replace
from pathlib import Path

import pytest

from coachwork.inference.severity_file import (
    SeverityFileError,
    read_severity_rule,
    shipped_severity_path,
    write_severity_rule,
)
from coachwork.taxonomy import DamageType, Severity


def test_the_rule_that_ships_says_what_it_rests_on() -> None:
    rule, about = read_severity_rule(), json.loads(shipped_severity_path().read_text(encoding="utf-8"))
    assert rule.kinds == (DamageType.DENT, DamageType.SCRATCH, DamageType.MISSING_OR_BROKEN_PART)
    assert rule.levels == tuple(Severity)
    assert sum(known[Severity.SEVERE].examples for known in rule.evidence.values()) == 2
    assert len(rule.digest) == 64
    (source,) = about["dataset"]["sources"]
    assert (source["name"], source["licence"]) == ("used-cars", "CC BY 4.0")
    assert about["cross_fitted"]["quadratic_kappa"]["value"] > 0.4


def test_a_rule_survives_writing_and_reading(tmp_path: Path) -> None:
    shipped, path = read_severity_rule(), tmp_path / "new" / "rule.json"
    write_severity_rule(path, shipped, {"created": "2026-01-01"})
    read = read_severity_rule(path)
    assert replace(read, digest="") == replace(shipped, digest="")
    assert read.digest != shipped.digest
    assert [one.name for one in path.parent.iterdir()] == ["rule.json"]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("schema", "coachwork.severity/9", "schema must be one of coachwork.severity/1"),
        ("cuts", [2.0, 1.0], "rising"),
        ("cuts", "none", "cuts must be a list of numbers"),
        ("levels", ["minor", "dreadful", "severe"], "must list some of minor"),
        ("terms", {}, "the terms must be"),
        ("evidence", {"hole": {}}, "must list some of dent"),
        ("measures", {"longer side of the photo, px": 320, "ring around a damage, px": 7}, "another scale"),
        ("coverage", None, "coverage must be a number"),
    ],
)
def test_a_broken_field_is_named(field: str, value: object, words: str, tmp_path: Path) -> None:
    broken = json.loads(shipped_severity_path().read_text(encoding="utf-8")) | {field: value}
    path = tmp_path / "rule.json"
    path.write_text(json.dumps(broken), encoding="utf-8")
    with pytest.raises(SeverityFileError, match=words) as refused:
        read_severity_rule(path)
    assert "coachwork severity fit" in str(refused.value)


@pytest.mark.parametrize(("text", "words"), [(None, "cannot be read"), ("{", "not valid JSON"), ("[]", "JSON object")])
def test_a_file_that_is_no_rule_is_one_sentence(text: str | None, words: str, tmp_path: Path) -> None:
    path = tmp_path / "rule.json"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(SeverityFileError, match=words):
        read_severity_rule(path)


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(SeverityFileError, match="cannot be written"):
        write_severity_rule(tmp_path / "file" / "rule.json", read_severity_rule(), {})
