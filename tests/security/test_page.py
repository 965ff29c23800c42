"""The page on security names tests: all of them are there."""

import re
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", (_ROOT / "docs" / "security.md").read_text())))


def test_the_page_names_tests() -> None:
    assert len(_NAMED) > 40


@pytest.mark.parametrize(("file", "name"), _NAMED)
def test_a_test_that_the_page_names_is_there(file: str, name: str) -> None:
    text = (_ROOT / file).read_text()
    assert f"def {name or 'test_'}" in text
