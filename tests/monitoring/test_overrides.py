from typing import Any

import pytest

from coachwork.monitoring.overrides import Handled, HandledCase, compare_overrides, split_handled
from tests.monitoring.records import DAY


def cases(count: int, **fields: int) -> tuple[HandledCase, ...]:
    return tuple(HandledCase(at=DAY, shown=fields.get("shown", 3), **_but(fields, "shown")) for _ in range(count))


def _but(fields: dict[str, int], name: str) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if key != name}


def told(before: tuple[HandledCase, ...], now: tuple[HandledCase, ...]) -> dict[str, float]:
    found = compare_overrides(Handled(before=before, now=now), correlation=0.5)
    return {one.signal: one.outcome.p_value for one in found}


def test_a_few_cases_tell_nothing() -> None:
    assert told((), ()) == {}
    assert told(cases(100), cases(19)) == {}
    assert split_handled([], last=10) == Handled(before=(), now=())


def test_more_objections_are_told_and_fewer_are_not() -> None:
    calm, cross = cases(100), cases(60, deleted=1)
    assert all(value < 1e-6 for value in told(calm, cross).values())
    assert set(told(cross, calm).values()) == {1.0}


def test_damages_that_were_missed_are_objections_but_leave_precision_alone() -> None:
    found = told(cases(100), cases(60, added=1))
    assert found["override_rate"] < 1e-6
    assert found["precision"] == 1


def test_cases_without_damages_have_no_precision() -> None:
    assert set(told(cases(40, shown=0), cases(40, shown=0))) == {"override_rate"}


def test_the_last_cases_are_held_against_the_earlier_ones() -> None:
    some = cases(30)
    assert (len(split_handled(some, last=10).before), len(split_handled(some, last=10).now)) == (20, 10)
    assert len(split_handled(some, last=100).now) == 15


def test_no_case_has_more_deleted_than_shown() -> None:
    with pytest.raises(ValueError, match="2 deleted and 2 changed of 3"):
        cases(1, deleted=2, changed=2)
