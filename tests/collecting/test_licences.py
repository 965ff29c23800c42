import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachwork.collecting.licences import open_licence, recognise_licence


@pytest.mark.parametrize(
    ("stated", "name"),
    [
        ("CC BY 4.0", "CC-BY-4.0"),
        ("cc-by-sa-2.0", "CC-BY-SA-2.0"),
        ("CC_BY", "CC-BY"),
        ("by-sa", "CC-BY-SA"),
        ("CC BY-SA 3.0 DE", "CC-BY-SA-3.0"),
        ("Attribution", "CC-BY"),
        ("Attribution-ShareAlike License", "CC-BY-SA"),
        ("Creative Commons Attribution-Share Alike 4.0 International License", "CC-BY-SA-4.0"),
        ("Attribution-NonCommercial 2.0 Generic (CC BY-NC 2.0)", "CC-BY-NC-2.0"),
        ("Attribution-NoDerivatives 4.0", "CC-BY-ND-4.0"),
        ("http://creativecommons.org/licenses/by/3.0/de/", "CC-BY-3.0"),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
        ("CC0", "CC0-1.0"),
        ("Creative Commons Zero v1.0 Universal", "CC0-1.0"),
        ("Public Domain Dedication (CC0)", "CC0-1.0"),
        ("Public Domain Mark 1.0", "CC-PDM-1.0"),
        ("odc-by-1.0", "ODC-By-1.0"),
    ],
)
def test_many_spellings_mean_one_licence(stated: str, name: str) -> None:
    licence = recognise_licence(stated)
    assert licence is not None
    assert licence.name == name


@pytest.mark.parametrize(
    "stated",
    [
        "",
        "by me",
        "by my friend",
        "free",
        "Public domain",
        "All rights reserved",
        "cc",
        "CC BY 4.0 no AI",
        "CC BY 4.0 (non-commercial use only)",
        "CC BY-NC 4.0 (CC BY 4.0)",
        "CC-BY-4.0 OR proprietary",
        "Attribution required",
    ],
)
def test_what_names_no_licence_for_certain_is_not_open(stated: str) -> None:
    assert recognise_licence(stated) is None
    with pytest.raises(ValueError, match="is not known as an open licence"):
        open_licence(stated)


@pytest.mark.parametrize(
    ("stated", "why"), [("CC BY-NC-SA 4.0", "forbids commercial use"), ("CC BY-ND 2.0", "forbids what is derived")]
)
def test_a_known_licence_that_is_not_open_says_what_it_forbids(stated: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        open_licence(stated)


def test_what_the_user_allows_is_taken_by_name_or_by_words() -> None:
    assert open_licence("CC BY-NC 4.0", allowed=["cc-by-nc-4.0"]).name == "CC-BY-NC-4.0"
    assert open_licence("Our contract of May", allowed=["our contract of may"]).name == "Our contract of May"
    with pytest.raises(ValueError, match="forbids commercial use"):
        open_licence("CC BY-NC 2.0", allowed=["CC-BY-NC-4.0"])


def test_who_must_be_named() -> None:
    assert open_licence("CC BY 4.0").needs_author
    assert not open_licence("CC0").needs_author


@given(st.text(max_size=60))
def test_any_text_is_recognised_or_refused(stated: str) -> None:
    recognise_licence(stated)


@given(
    st.sampled_from(
        ["CC {} 4.0", "cc-{}-2.0", "Creative Commons {} 3.0 Unported", "https://creativecommons.org/licenses/{}/4.0/"]
    ),
    st.sampled_from(["by-nc", "by-nd", "by-nc-sa", "by-nc-nd"]),
)
def test_no_spelling_makes_a_closed_licence_open(form: str, kind: str) -> None:
    with pytest.raises(ValueError, match="forbids"):
        open_licence(form.format(kind))
