"""When two readings are of one plate, and when of two."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachwork.inspections.number_plates import PlateReading, are_two_plates, is_told, plain, two_plates

PLATES = st.text(string.ascii_uppercase + string.digits, min_size=5, max_size=10)


def read(name: str, text: str, sureness: float = 0.95) -> PlateReading:
    return PlateReading(name=name, text=text, sureness=sureness)


@given(PLATES, PLATES)
def test_the_order_does_not_matter(first: str, second: str) -> None:
    assert are_two_plates(first, second) == are_two_plates(second, first)


@given(PLATES, st.data())
def test_a_plate_is_itself_also_where_it_is_cut_off(plate: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(plate)))
    end = data.draw(st.integers(start, len(plate)))
    assert not are_two_plates(plate, plate[start:end])


@given(PLATES, st.data())
def test_one_character_misread_is_no_other_plate(plate: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(plate) - 1))
    letter = data.draw(st.sampled_from(string.ascii_uppercase + string.digits))
    assert not are_two_plates(plate, plate[:place] + letter + plate[place + 1 :])


@pytest.mark.parametrize(
    ("first", "second", "two"),
    [
        ("34LZ1039", "48LP819", True),
        ("06AU1250", "06AJ9632", True),
        ("0765", "34LZ1039", True),
        ("34TL0765", "0765", False),
        ("B0Z118", "80Z1I8", False),
        ("34LZ10", "LZ1039", False),
        ("", "34LZ1039", False),
        ("VW", "34LZ1039", False),
    ],
)
def test_pairs(first: str, second: str, two: bool) -> None:  # noqa: FBT001
    assert are_two_plates(first, second) is two


def test_pairs_name_photos_whose_plates_are_sure_and_differ() -> None:
    readings = [
        read("1.jpg", "34LZ1039"),
        read("2.jpg", "48LP819", 0.3),
        read("3.jpg", "7ZZ"),
        read("4.jpg", "48LP819"),
    ]
    assert [is_told(one) for one in readings] == [True, False, False, True]
    assert [(a.name, b.name) for a, b in two_plates(readings)] == [("1.jpg", "4.jpg")]
    assert list(two_plates([])) == []


def test_a_plate_as_people_write_it() -> None:
    assert plain("m-ab 12·3") == "MAB123"
