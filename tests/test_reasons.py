import ast
import copy
import json
import pickle
import re
from datetime import date
from decimal import Decimal
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import coachwork
from coachwork.reasons import Reason, clauses, fields_of, pruned, reasons_of, restored, said, templates, with_reasons
from coachwork.taxonomy import CarPart, DamageType

_SOURCES = Path(coachwork.__file__).parent
_COUNTED = ("report.photos", "report.likely", "report.possible", "report.more_possible", "report.unseen")
"""Said by `counted`, of one and of several."""

_CODED = {"label.*", "settlement_route.*", "line_kind.*"}
"""Said by names that stand elsewhere: in templates, and in documents."""


def _codes_asked_for() -> list[tuple[str, set[str]]]:
    """Code and names of the parameters of every call of `said` whose code stands there; `*` for a part of one."""
    found = []
    for path in _SOURCES.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)) if "said(" in text or "say(" in text else ():
            if isinstance(node, ast.Call) and _name(node.func) in {"said", "say"} and node.args:
                names = {keyword.arg or "" for keyword in node.keywords}
                found += [(code, names) for code in _texts(node.args[0]) if re.match(r"[a-z_]+\.[^ ]+$", code)]
    return found


def _name(called: ast.expr) -> str:
    return called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")


def _texts(node: ast.expr) -> list[str]:
    if isinstance(node, ast.IfExp):
        return _texts(node.body) + _texts(node.orelse)
    if isinstance(node, ast.JoinedStr):
        return ["".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in node.values)]
    return [str(node.value)] if isinstance(node, ast.Constant) else []


def test_every_code_that_rooms_say_has_its_sentence_with_just_these_parameters() -> None:
    asked = _codes_asked_for()
    assert len(asked) > 100
    for code, names in asked:
        known = {one: set(fields_of(text)) for one, text in templates().items() if fnmatch(one, code)}
        assert names in known.values(), code
        assert "*" in code or known == {code: names}


def test_every_sentence_is_said_somewhere() -> None:
    asked = {code for code, _ in _codes_asked_for()} | {f"{counted}_*" for counted in _COUNTED} | _CODED
    assert not [one for one in templates() if not any(fnmatch(one, code) for code in asked)]


def test_a_reason_is_its_sentence_and_remembers_what_it_says() -> None:
    told = said("settlement.in_force", on=date(2026, 3, 4), begins=said("settlement.any_day"), ends=date(2027, 1, 1))
    assert told == "the loss was on 2026-03-04, cover from any day to 2027-01-01"
    assert told.code == "settlement.in_force"
    assert told.parameters["begins"] == {"code": "settlement.any_day", "parameters": {}}
    assert json.loads(json.dumps(told.parameters)) == told.parameters
    for same in (copy.deepcopy(told), pickle.loads(pickle.dumps(told))):  # noqa: S301 (its own)
        assert (same, same.code, same.parameters) == (told, told.code, told.parameters)


def test_lists_amounts_shares_and_words_are_read_as_people_read_them() -> None:
    assert said("settlement.unseen", parts=[CarPart.ROOF, CarPart.LEFT_MIRROR]) == "not seen well: roof, left mirror"
    assert said("replace.type", type=DamageType.PAINT_CHIP) == "paint chip"
    assert said("total_loss.share", share=Decimal("0.75"), value=Decimal("12000.00")) == "75 % of 12,000.00"
    assert clauses() == clauses("", "") == ""
    assert clauses("one", "", said("item.taxes")) == "one; taxes"


def test_a_code_without_sentence_and_parameters_that_are_not_its_own_are_refused() -> None:
    with pytest.raises(KeyError):
        said("nothing.at_all")
    with pytest.raises(ValueError, match=r"payout\.limit says limit, and got most"):
        said("payout.limit", most=1)


@given(
    st.lists(st.sampled_from(["a", "b", "c"])), st.text(), st.decimals(allow_nan=False, allow_infinity=False, places=2)
)
def test_documents_tell_their_reasons_and_give_them_back(names: list[str], plain: str, amount: Decimal) -> None:
    inner = with_reasons({"why": said("payout.limit", limit=amount)})
    document = with_reasons({"notes": [said("note.no_size", names=names), plain], "estimate": inner, "count": 3})
    assert [one["code"] for one in document["reasons"]] == ["note.no_size"]
    kept = json.loads(json.dumps(document))
    back = restored(kept)
    assert back == kept
    assert back["notes"][0].code == "note.no_size"
    assert back["notes"][0].parameters == {"names": names}
    assert isinstance(back["estimate"]["why"], Reason)


@pytest.mark.parametrize(
    "reasons",
    [None, "text", {}, [None], [{"sentence": "a"}], [{"sentence": 1, "code": "x", "parameters": {}}], [[]]],
)
def test_what_is_not_written_as_reasons_are_is_passed_over(reasons: Any) -> None:
    document = {"why": "a", "reasons": reasons}
    assert reasons_of(document) == {}
    assert restored(document) == document


def test_reasons_of_a_photos_quality_are_no_list_of_codes() -> None:
    document = json.loads(json.dumps(with_reasons({"quality": {"reasons": [said("quality.dark")], "usable": False}})))
    assert [one["code"] for one in document["reasons"]] == ["quality.dark"]
    assert restored(document)["quality"]["reasons"][0].code == "quality.dark"


def test_a_document_without_reasons_stays_as_it_is() -> None:
    assert with_reasons({"why": "plain", "more": [1, {"x": None}]}) == {"why": "plain", "more": [1, {"x": None}]}
    assert with_reasons({}) == {}


def test_what_is_taken_away_is_told_no_more() -> None:
    document = with_reasons({"rules": [said("fraud.screenshot", photo="a.png"), said("item.taxes")], "kept": "x"})
    changed = pruned(document | {"rules": [said("settlement.neutral"), str(said("item.taxes"))]})
    assert {one["code"] for one in changed["reasons"]} == {"settlement.neutral", "item.taxes"}
    assert "a.png" not in json.dumps(changed)
    assert pruned({"kept": "x"}) == {"kept": "x"}
