from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachwork.cases.damage_numbers import KnownDamage, known_damages, number_of, numbered, standing_numbers
from tests.cases.test_corrections import SHA, inspection


def numbers(told: dict[str, Any]) -> list[tuple[int, str]]:
    return [(one["number"], one["type"]) for one in told["damages"]]


def test_nothing_found_has_no_numbers() -> None:
    assert numbered(inspection() | {"damages": []})["damages"] == []
    assert known_damages({}) == []


def test_the_first_numbers_count_the_damages_by_their_places() -> None:
    told = numbered(inspection())
    assert numbers(told) == [(1, "dent"), (2, "scratch")]
    assert "number" not in inspection()["damages"][0]
    assert [number_of(one, place) for place, one in enumerate(inspection()["damages"])] == [1, 2]


def test_other_photos_and_another_order_leave_every_number_where_it_was() -> None:
    known = known_damages(numbered(inspection()))
    turned = inspection()
    turned["damages"].reverse()
    assert numbers(numbered(turned, known)) == [(1, "dent"), (2, "scratch")]
    fewer = inspection(photos=1)
    fewer["damages"] = fewer["damages"][1:]
    assert numbers(numbered(fewer, known)) == [(2, "scratch")], "a number that is free again is given to nobody else"


def test_a_new_damage_gets_a_number_that_nobody_ever_had() -> None:
    known = [*known_damages(numbered(inspection())), KnownDamage(key="added:71", number=3)]
    more = inspection()
    more["photos"][1]["damages"].append({"type": "rust", "box": [80, 1, 95, 9]})
    more["damages"].insert(0, more["damages"][0] | {"type": "rust", "views": [{"photo": 1, "damage": 1}]})
    assert numbers(numbered(more, known)) == [(1, "dent"), (2, "scratch"), (4, "rust")]


def test_two_damages_that_turn_out_to_be_one_keep_the_lower_number_and_part_again() -> None:
    apart = inspection()
    dent = apart["damages"].pop(0)
    apart["damages"] += [dent | {"views": [view]} for view in dent["views"]]
    known = known_damages(numbered(apart))
    assert numbers(numbered(inspection(), known)) == [(1, "scratch"), (2, "dent")]
    assert numbers(numbered(apart, known)) == [(1, "scratch"), (2, "dent"), (3, "dent")]


@pytest.mark.parametrize(
    ("told", "number"),
    [
        ({"type": "dent", "box": [2, 2, 31, 41]}, 1),
        ({"type": "crack", "box": [2, 2, 31, 41]}, 1),
        ({"type": "dent", "box": [25, 30, 60, 70]}, 3),
    ],
)
def test_another_model_that_sees_the_same_place_speaks_of_the_same_damage(told: dict[str, Any], number: int) -> None:
    known = known_damages(numbered(inspection()))
    seen = inspection(photos=1)
    seen["photos"][0]["damages"] = [told]
    seen["damages"] = [seen["damages"][0] | {"type": told["type"], "views": [{"photo": 0, "damage": 0}]}]
    assert numbers(numbered(seen, known)) == [(number, told["type"])]
    elsewhere = seen | {"photos": [{**seen["photos"][0], "photo": {"sha256": SHA[1]}}]}
    assert numbers(numbered(elsewhere, known))[0][0] == 3


def test_of_two_types_at_one_place_each_keeps_its_own_number() -> None:
    both = inspection(photos=1)
    both["photos"][0]["damages"] = [{"type": "dent", "box": [1, 2, 30, 40]}, {"type": "scratch", "box": [1, 2, 30, 39]}]
    known = known_damages(numbered(both))
    moved = inspection(photos=1)
    moved["photos"][0]["damages"] = [
        {"type": "scratch", "box": [1, 2, 31, 40]},
        {"type": "dent", "box": [1, 2, 31, 39]},
    ]
    moved["damages"][0] |= {"type": "scratch", "views": [{"photo": 0, "damage": 0}]}
    moved["damages"][1] |= {"type": "dent", "views": [{"photo": 0, "damage": 1}]}
    assert numbers(numbered(moved, known)) == [(1, "dent"), (2, "scratch")]


@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 60), st.integers(1, 40)), max_size=6, unique=True), min_size=1, max_size=6
    )
)
def test_no_two_damages_ever_share_a_number(rounds: list[list[tuple[int, int]]]) -> None:
    known: list[KnownDamage] = []
    highest = 0
    for boxes in rounds:
        damages = [{"type": "dent", "box": [x, 0, x + width, 20]} for x, width in boxes]
        told = {"photos": [{"photo": {"sha256": SHA[0]}, "damages": damages}]}
        listed = [{"type": "dent", "views": [{"photo": 0, "damage": place}]} for place in range(len(damages))]
        found = numbered(told | {"damages": listed}, known)
        own = [one["number"] for one in found["damages"]]
        assert own == sorted(set(own))
        assert numbered(found, known)["damages"] == found["damages"]
        known = list({one.key: one for one in (*known_damages(found), *known)}.values())
        assert max([highest, *own]) <= highest + len(boxes)
        highest = max([highest, *own])


def test_where_two_agree_as_well_with_a_known_one_their_order_decides_nothing() -> None:
    def of(*boxes: tuple[int, int]) -> dict[str, Any]:
        damages = [{"type": "dent", "box": [x, 0, x + width, 20]} for x, width in boxes]
        listed = [{"type": "dent", "views": [{"photo": 0, "damage": place}]} for place in range(len(damages))]
        return {"photos": [{"photo": {"sha256": SHA[0]}, "damages": damages}], "damages": listed}

    known = known_damages(numbered(of((0, 6), (1, 7))))
    found = numbered(of((0, 8), (1, 8)), known)
    assert numbered(found, known)["damages"] == found["damages"]


def test_standing_damages_of_early_results_are_numbered_as_they_were_named() -> None:
    told = [{"name": "damage 2"}, {"name": "added 88"}, {"name": "added 91"}]
    assert [one["number"] for one in standing_numbers(told, inspection())] == [2, 3, 4]
    assert standing_numbers([], inspection()) == []
