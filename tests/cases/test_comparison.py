from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachwork.cases.comparison import MarkKind, PairMark, check_mark, standing_changes
from coachwork.cases.problems import CaseRefused
from coachwork.inspections.changes import State


def change(state: State, before: list[int], after: list[int]) -> dict[str, Any]:
    told = {"state": state.value, "type": "dent", "part": None, "before": before, "after": after, "why": "found"}
    return told | {"growth": None, "evidence": [], "sighting": None}


CHANGES = {
    "changes": [
        change(State.NEW, [], [0]),
        change(State.UNCERTAIN, [0], [1]),
        change(State.UNCERTAIN, [], [2]),
        change(State.UNCHANGED, [1, 2], [3]),
        change(State.GONE, [3], []),
    ]
}


def mark(kind: MarkKind, before: tuple[int, ...] = (), after: tuple[int, ...] = (), **more: Any) -> PairMark:
    return PairMark(kind=kind, revision=0, before=before, after=after, **({"reason": "r", "by": "anna"} | more))


def states(*marks: PairMark) -> set[tuple[State, tuple[int, ...], tuple[int, ...]]]:
    numbered = [replace(one, number=number) for number, one in enumerate(marks, start=1)]
    return {(one.state, one.before, one.after) for one in standing_changes(CHANGES, numbered).changes}


def test_without_marks_the_changes_stand_as_they_were_found() -> None:
    standing = standing_changes(CHANGES, [])
    assert [one.told for one in standing.changes] == CHANGES["changes"]
    assert standing.counts[State.UNCERTAIN] == 2
    assert standing_changes({"changes": []}, []).changes == ()


def test_a_pair_becomes_one_damage() -> None:
    found = states(mark(MarkKind.SAME, (3,), (0,)))
    assert (State.UNCHANGED, (3,), (0,)) in found
    assert not any(state in {State.NEW, State.GONE} for state, _, _ in found)
    assert (State.GROWN, (0,), (1,)) in states(mark(MarkKind.GROWN, (0,), (1,)))


def test_a_pair_becomes_two() -> None:
    found = states(mark(MarkKind.NOT_SAME, (0,), (1,)))
    assert {(State.GONE, (0,), ()), (State.NEW, (), (1,))} <= found
    assert (State.NEW, (), (2,)) in states(mark(MarkKind.NOT_SAME, (), (2,)))


def test_what_is_left_of_a_damage_in_pieces_keeps_its_state() -> None:
    assert (State.UNCHANGED, (1,), (3,)) in states(mark(MarkKind.NOT_SAME, (2,), ()))


def test_the_last_word_counts_and_can_be_undone() -> None:
    first, second = mark(MarkKind.SAME, (0,), (1,)), mark(MarkKind.NOT_SAME, (0,), (1,))
    assert (State.GONE, (0,), ()) in states(first, second)
    assert (State.UNCHANGED, (0,), (1,)) in states(first, second, mark(MarkKind.UNDO, undoes=2))
    assert states(first, mark(MarkKind.UNDO, undoes=1)) == states()


@pytest.mark.parametrize(
    "wrong",
    [
        mark(MarkKind.SAME, (0,), (1,), reason=" "),
        mark(MarkKind.SAME, (0,), ()),
        mark(MarkKind.SAME, (9,), (1,)),
        mark(MarkKind.NOT_SAME),
        mark(MarkKind.UNDO, undoes=7),
        mark(MarkKind.SAME, (1, 2), (3,)),
        mark(MarkKind.NOT_SAME, (), (0,)),
    ],
)
def test_marks_that_do_not_fit_are_refused(wrong: PairMark) -> None:
    with pytest.raises(CaseRefused):
        check_mark(wrong, standing_changes(CHANGES, []))


_PLACES = st.sets(st.integers(0, 3), max_size=2).map(lambda places: tuple(sorted(places)))


@given(
    marks=st.lists(
        st.builds(mark, st.sampled_from([MarkKind.SAME, MarkKind.GROWN, MarkKind.NOT_SAME]), _PLACES, _PLACES),
        max_size=6,
    )
)
def test_no_damage_is_lost_or_told_twice_whatever_people_say(marks: list[PairMark]) -> None:
    kept: list[PairMark] = []
    for one in marks:
        try:
            check_mark(one, standing_changes(CHANGES, kept))
        except CaseRefused:
            continue
        kept.append(replace(one, number=len(kept) + 1))
    standing = standing_changes(CHANGES, kept).changes
    assert sorted(place for one in standing for place in one.before) == [0, 1, 2, 3]
    assert sorted(place for one in standing for place in one.after) == [0, 1, 2, 3]
    assert all(one.before or one.after for one in standing)
    assert not any(one.state is State.NEW and one.before for one in standing)
    assert not any(one.state is State.GONE and one.after for one in standing)
