"""The tables of docs/settled-cases.md hold what is computed."""

import json
import re
from collections.abc import Callable
from pathlib import Path

from coachwork.settled.planted import PlantedFacts
from coachwork.settled.sample_size import (
    HALF_WIDTHS,
    SHARES,
    cases_for_mean,
    cases_for_share,
    cases_without_a_miss,
    design_effect,
)
from tests.settled.cases import read

PAGE = (Path(__file__).parents[2] / "docs" / "settled-cases.md").read_text(encoding="utf-8")


def rows(first: str) -> list[list[str]]:
    """The cells below the head of the table whose first cell is this."""
    below = PAGE[PAGE.index(f"| {first} |") :].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in below]


def computed(count: Callable[[float, float], int], values: tuple[float, ...]) -> list[list[str]]:
    return [[f"{100 * value:g} %", *(f"{count(value, width):,}" for width in HALF_WIDTHS)] for value in values]


def test_cases_for_shares_are_as_computed() -> None:
    assert rows("share") == computed(cases_for_share, SHARES)


def test_cases_for_means_are_as_computed() -> None:
    assert rows("deviation") == computed(cases_for_mean, (0.20, 0.35, 0.50))


def test_cases_without_a_miss_are_as_computed() -> None:
    heads = ("10 %", "5 %", "2 %", "1 %")
    assert rows("10 %") == [[str(cases_without_a_miss(float(head.split()[0]) / 100)) for head in heads]]


def test_the_effect_of_shops_is_as_computed() -> None:
    assert design_effect(12, 0.05) == 1.55
    assert round(1.55 * cases_for_share(0.5, 0.05)) == 591
    assert "that is 1.55: 591 cases instead of 381" in PAGE
    assert "and at least 60" in PAGE
    assert cases_for_share(0.8, 0.10) == 60


def test_every_planted_fact_is_listed_with_its_value() -> None:
    listed: dict[str, str] = {}
    for names, values, _ in rows("fact"):
        told = [value.strip() for value in values.split(",")]
        listed |= dict(zip(re.findall(r"`(\w+)`", names), told, strict=True))
    facts = PlantedFacts()
    assert listed == {name: str(getattr(facts, name)) for name in listed}
    assert set(listed) == set(facts.__slots__)


def test_the_example_is_a_case_that_can_be_read(tmp_path: Path) -> None:
    start = PAGE.index('    {"schema"')
    example = json.loads(PAGE[start : PAGE.index("\n\n", start)])
    assert not read(tmp_path, example).problems
