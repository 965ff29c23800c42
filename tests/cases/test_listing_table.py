from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachwork.cases.listing import Terms, TermsRefused
from coachwork.cases.listing_table import MOST_BYTES, MOST_LINES, read_listing_table
from coachwork.inspections.vehicle import Body


def test_an_empty_table_is_refused_by_what_it_lacks() -> None:
    for data in (b"", b"\n\n", b" ; ;\n"):
        assert read_listing_table(data).cars == ()
        assert "the table is empty" in read_listing_table(data).problems[0].why


@pytest.mark.parametrize(
    "data",
    ["\ufefflisting;Make;market value\n7;Škoda;9500,50\n".encode(), b"listing;make;market_value\n7;\x8akoda;9500,50\n"],
)
def test_what_table_programs_write_is_read(data: bytes) -> None:
    (car,) = read_listing_table(data).cars
    assert (car.line, car.listing, car.vehicle.make, car.vehicle.market_value) == (2, "7", "Škoda", Decimal("9500.50"))


def test_cars_are_read_with_what_is_known() -> None:
    text = 'listing,make,year,body,mileage_km,vin,currency\n"A 1",VW,2019,HATCHBACK,48000,,EUR\n\nA2,,,,,,\n'
    table = read_listing_table(text.encode())
    assert table.problems == ()
    assert [(one.listing, one.vehicle.year, one.vehicle.body) for one in table.cars] == [
        ("A 1", 2019, Body.HATCHBACK),
        ("A2", None, None),
    ]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("A,19,", "year must be"),
        ("A,2019,12.500", "without separators"),
        ("A,2019,12 500", "without separators"),
        ("A,2019,many", "market_value must be a number from 0 up, such as 12500, is 'many'"),
        ("A,2019,-1", "market_value must be a number"),
        ("A,2019,1e400", "market_value must be a number"),
        (",2019,1", "no name"),
        ("B,2019,1", "stands in line 2 already"),
        ("A,2019,1,2", "has 4 cells"),
    ],
)
def test_every_problem_is_told_by_its_line_and_the_rest_is_read(line: str, why: str) -> None:
    table = read_listing_table(f"listing,year,market_value\nB,2020,9000\n{line}\nC,2021,1\n".encode())
    assert [one.listing for one in table.cars] == ["B", "C"]
    assert [one.line for one in table.problems] == [3]
    assert why in table.problems[0].why


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"name,make\n1,VW\n", "unknown columns name"),
        (b"make\nVW\n", "a column listing is needed"),
        (b"listing,make,make\n1,VW,VW\n", "each column once"),
        (b'listing,make\n1,"VW\n', ""),
        (b"x" * (MOST_BYTES + 1), "more than 4 MB"),
        (b"listing\n" + b"".join(b"%d\n" % n for n in range(MOST_LINES + 1)), "at most 5000"),
    ],
)
def test_tables_that_are_none_are_refused(data: bytes, why: str) -> None:
    table = read_listing_table(data)
    if why:
        assert table.cars == ()
        assert why in table.problems[0].why


@given(st.binary(max_size=300))
def test_no_bytes_raise(data: bytes) -> None:
    table = read_listing_table(b"listing,make\n" + data)
    assert len({one.listing for one in table.cars}) == len(table.cars)


def test_terms_name_tables_and_nothing_else() -> None:
    assert Terms.of(Terms(scheme="naaa", charges="uk-typical").to_json()) == Terms(scheme="naaa", charges="uk-typical")
    assert Terms.of({}) == Terms()
    for wrong in ("../x", "a/b", "", ".x", "x" * 65, "a.toml"):
        with pytest.raises(TermsRefused):
            Terms(scheme=wrong)
