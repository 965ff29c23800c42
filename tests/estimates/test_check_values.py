"""docs/check-values.md names a test for each published figure, and every published figure has its row."""

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
PAGE = (TESTS.parent / "docs" / "check-values.md").read_text(encoding="utf-8")
NAMED = set(re.findall(r"`(test_\w+)`", PAGE))
SOURCED = ("estimates", "valuation")


def defined(*folders: str, file: str = "test_*.py") -> set[str]:
    """Names of the tests in some folders of tests."""
    found = (path.read_text(encoding="utf-8") for folder in folders for path in (TESTS / folder).glob(file))
    return {name for text in found for name in re.findall(r"^def (test_\w+)\(", text, re.MULTILINE)}


def test_every_test_that_is_named_is_there() -> None:
    everywhere = defined("estimates", "valuation", "claims", "assessments")
    assert NAMED - everywhere == set()


def test_every_test_that_is_named_for_its_source_has_a_row() -> None:
    published = defined(*SOURCED, file="test_published_figures.py")
    own = {  # rules of Coachwork, not of a source
        "test_the_card_that_ships_says_that_it_is_a_sample_and_where_each_table_comes_from",
        "test_a_car_has_a_boot_lid_or_a_tailgate",
        "test_bvrla_rust_and_what_is_broken_are_never_fair",
        "test_mag_nama_grade_2_counts_repairs_of_a_panel_and_not_its_scratches",
        "test_nama_grade_5_takes_two_structural_repairs_but_not_with_any_other_damage",
    }
    assert published - NAMED == own


def test_every_row_has_three_cells_or_two() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("|") and "`test_" in line]
    assert len(rows) > 60
    assert all(line.count("|") in {3, 4} for line in rows)
