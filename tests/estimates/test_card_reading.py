"""Rate cards as files: what is wrong is told by file, line and reason."""

from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coachwork.estimates.card_coverage import gaps_of
from coachwork.estimates.card_reading import RateCardError, read_rate_card, sample_card_path
from coachwork.taxonomy import Item
from coachwork.toml_tables import TomlDocument, TomlFileError, key_lines
from tests.estimates.cards import D, card_with, sample_card

SAMPLE = sample_card_path().read_text(encoding="utf-8")


def written(folder: Path, text: str) -> Path:
    file = folder / "card.toml"
    file.write_text(text, encoding="utf-8")
    return file


def line_of(text: str, words: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), start=1) if words in line)


def problems_of(file: Path) -> list[TomlFileError]:
    try:
        read_rate_card(file)
    except TomlFileError as problem:
        return [problem]
    except ExceptionGroup as several:
        return [problem for problem in several.exceptions if isinstance(problem, TomlFileError)]
    return []


@pytest.mark.parametrize(
    ("old", "new", "where", "why"),
    [
        ("body = 50.00", 'body = "50"', "labour.body", "must be a number without quotes, is '50'"),
        ("body = 50.00", "body = -1", "labour.body", "must lie between 0 and 10000000, is -1"),
        ("body = 50.00", "body = nan", "labour.body", "must lie between 0 and 10000000, is NaN"),
        ("body = 50.00", "bodi = 50.00", "labour.bodi", "did you mean body?"),
        ("body = 50.00", "body = 50.0000001", "labour.body", "has more than six decimals"),
        ('currency = "USD"', 'currency = "dollars"', "card.currency", "ISO 4217"),
        ('version = "2026.11"', "", "card.version", "is missing: state it"),
        ("sample = true", "sample = 1", "card.sample", "must be true or false"),
        ("further = 0.20", "further = 0.50", "refinish.clear_coat.further", "must not be above first, 0.40"),
        ("overlap_apart_hours = 0.2", "overlap_apart_hours = 0.5", "refinish.overlap_apart_hours", "must not be above"),
        (
            "{up_to_mm = 75, hours = 1.2}",
            "{up_to_mm = 75, hours = 0.1}",
            "repair.dent.steps",
            "step 2 takes 0.1 h, less",
        ),
        (
            "{up_to_mm = 75, hours = 1.2}",
            "{up_to_mm = 9, hours = 1.2}",
            "repair.dent.steps",
            "must reach further than 30",
        ),
        (
            "[[150, 225], [275, 400]",
            "[[150, 225], [100, 400]",
            "pdr.sizes.row 3.prices",
            "must not fall as the count rises",
        ),
        ("counts = [1, 4, 15, 30, 50]", "counts = [4, 1]", "pdr.counts", "rising whole numbers"),
        (
            '    "bonnet", "front_left_wing",',
            '    "front_bumper", "front_left_wing",',
            "pdr.items",
            "is no metal panel",
        ),
        ("moderate = [30, 200]", "moderate = [200, 30]", "sizes.moderate", "must be a pair [low, high], is [200, 30]"),
        ("moderate = [30, 200]", "moderate = [1, 200]", "sizes.moderate", "must not be smaller than the milder"),
        ("repair_times = [0.8, 1.0, 1.3]", "repair_times = [1.3, 1.0, 0.8]", "uncertainty.repair_times", "must rise"),
        ('rule = "threshold"', 'rule = "gut"', "total_loss.rule", "must be one of threshold, formula, is 'gut'"),
        ('items = ["tyre"]', 'items = ["tire"]', "betterment.items", "unknown item 'tire'"),
        ("tyre = 120.00", "tire = 120.00", "part_prices.tire", "did you mean tyre?"),
    ],
)
def test_a_wrong_value_is_told_by_table_key_and_line(tmp_path: Path, old: str, new: str, where: str, why: str) -> None:
    assert SAMPLE.count(old) >= 1
    text = SAMPLE.replace(old, new, 1)
    (problem, *_) = [one for one in problems_of(written(tmp_path, text)) if one.where == where]
    assert why in problem.why
    assert str(problem).startswith(f"{tmp_path / 'card.toml'}, line {problem.line}: {where} ")
    assert problem.line is not None
    assert abs(problem.line - line_of(text, new or "[card]")) <= 4  # a value may begin some lines above


def test_a_syntax_error_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(RateCardError, match=r"card.toml, line 2: is not valid TOML"):
        read_rate_card(written(tmp_path, "[card]\nname = \n"))


def test_a_table_without_its_source_is_refused(tmp_path: Path) -> None:
    text = SAMPLE.replace('source = "assumption: round figures', 'note = "', 1)
    found = {(one.where, one.why.split(":")[0]) for one in problems_of(written(tmp_path, text))}
    assert ("part_prices.source", "is missing") in found
    assert ("part_prices.note", "is not known here") in found


def test_all_problems_are_told_at_once_in_the_order_of_lines(tmp_path: Path) -> None:
    text = SAMPLE.replace("body = 50.00", "body = -1").replace("tyre = 120.00", "tyre = -1").replace("2026.11", " ")
    lines = [one.line for one in problems_of(written(tmp_path, text))]
    assert len(lines) == 3
    assert lines == sorted(lines, key=lambda line: line or 0)


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"[card]\r\n", b"\xef\xbb\xbf[card]\n", b"card = 1\n", b"[[card]]\n"]
)
def test_a_file_that_is_no_card_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "card.toml"
    file.write_bytes(content)
    assert problems_of(file)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(RateCardError, match="cannot be read: No such file"):
        read_rate_card(tmp_path / "none.toml")


@given(st.text(max_size=200) | st.binary(max_size=60).map(lambda some: some.decode("latin-1")))
def test_any_text_is_a_document_or_an_error_with_a_line(text: str) -> None:
    with suppress(RateCardError):
        TomlDocument(text, "any.toml", RateCardError)
    assert all(line >= 1 for line in key_lines(text).values())


@settings(max_examples=40)
@given(start=st.integers(0, len(SAMPLE)), length=st.integers(1, 80))
def test_a_card_with_a_hole_is_read_or_refused_with_reasons(
    tmp_path_factory: pytest.TempPathFactory, start: int, length: int
) -> None:
    file = written(tmp_path_factory.mktemp("card"), SAMPLE[:start] + SAMPLE[start + length :])
    assert all(problem.why and problem.line for problem in problems_of(file))


def test_what_stands_in_quotes_and_comments_is_no_key() -> None:
    text = 'a = """\nb = 1\n[c]\n"""\n# d = 1\n["e f"]\ng.h = 1\n'
    assert key_lines(text) == {("a",): 1, ("e f",): 6, ("e f", "g", "h"): 7}


def test_optional_tables_may_be_missing_and_are_named_as_gaps(tmp_path: Path) -> None:
    kept = ("card", "refinish", "choices", "sizes", "uncertainty")
    parts = SAMPLE.split("\n[")
    text = "\n[".join(part for place, part in enumerate(parts) if not place or part.split("]")[0].split(".")[0] in kept)
    card = read_rate_card(written(tmp_path, text))
    tables = {gap.table for gap in gaps_of(card)}
    assert {"labour", "materials", "taxes", "part_prices", "hours", "pdr", "total_loss", "hours.bonnet"} <= tables
    assert card.labour == {}


def test_the_sample_lacks_airbags_alone() -> None:
    assert {gap.what for gap in gaps_of(sample_card())} == {"airbags: part", "airbags: fitting"}


def test_a_card_without_gaps_has_none() -> None:
    prices = dict(sample_card().part_prices) | {Item.AIRBAGS: D(1000)}
    assert [gap.what for gap in gaps_of(card_with(part_prices=prices))] == ["airbags: fitting"]


def test_amounts_are_decimals() -> None:
    card = sample_card()
    for amount in (*card.part_prices.values(), *card.labour.values(), *(card.taxes or {}).values()):
        assert isinstance(amount, Decimal)
