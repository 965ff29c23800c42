import re
from string import Formatter

import pytest

from coachwork.web.strings import DEFAULT, LANGUAGES, entries, language_of, strings


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_entries_with_the_same_values(language: str) -> None:
    own, first = entries(language), entries(DEFAULT)
    assert own, "the catalogue is empty"
    assert own.keys() == first.keys()
    assert {key: _fields(own[key]) for key in own} == {key: _fields(first[key]) for key in first}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_entry_is_empty_or_holds_markup(language: str) -> None:
    for key, text in entries(language).items():
        assert text.strip() == text != "", key
        assert re.search(r"[<>]|&\w+;", text) is None, key


@pytest.mark.parametrize(
    ("told", "accepted", "language"),
    [
        (None, "", "en"),
        (None, "de", "de"),
        (None, "DE-de", "de"),
        (None, "fr, de;q=0.3, en;q=0.7", "en"),
        (None, "de;q=0, en", "en"),
        (None, "de;q=nonsense, ,;;", "en"),
        ("de", "en", "de"),
        ("xx", "de", "de"),
    ],
)
def test_the_language_is_the_chosen_one_or_the_browsers(told: str | None, accepted: str, language: str) -> None:
    assert language_of(told, accepted) == language


def test_sentences_count_and_take_values_as_text() -> None:
    t = strings("en")
    assert t("base.problem.id", id="{x}") == "Number of this request, in case you ask for help: {x}"
    with pytest.raises(KeyError):
        t("base.nothing")
    assert t.some("base.offline").keys() == {"bar", "title", "text"}


def test_what_is_not_spoken_is_refused() -> None:
    with pytest.raises(KeyError):
        strings("../en")
