from pathlib import Path

import pytest

from coachwork.annotations.labels import choose_label_map
from coachwork.taxonomy import DamageType, LabelRule, Severity, TaxonomyError, identity_label_map, load_label_maps

SETS = {"claims", "used-cars", "scratch-boxes", "rust-dent-boxes", "via-damage", "undamaged", "parts"}


def test_every_shipped_map_says_what_each_label_means_and_where_the_set_comes_from() -> None:
    maps = load_label_maps()
    assert maps.keys() >= SETS
    for name in SETS:
        assert maps[name].title
        assert maps[name].attribution
        assert maps[name].licence
    for label_map in maps.values():
        for label, rule in label_map.rules.items():
            assert label_map.rule(label) is rule
            assert (rule.dropped is None) or rule.type is None
        types = {rule.type for rule in label_map.rules.values() if rule.type is not None}
        assert label_map.annotates <= types or not label_map.rules


def test_only_sets_whose_licence_allows_it_may_ship() -> None:
    ships = {name for name, label_map in load_label_maps().items() if label_map.weights_may_ship}
    assert ships == {"claims", "used-cars", "scratch-boxes", "rust-dent-boxes", "undamaged"}


def test_used_cars_marks_broken_parts_without_saying_that_they_are_absent() -> None:
    label_map = load_label_maps()["used-cars"]
    assert label_map.annotates == {DamageType.DENT, DamageType.SCRATCH}
    assert label_map.rule("severe-broken") == LabelRule(
        type=DamageType.MISSING_OR_BROKEN_PART, severity=Severity.SEVERE
    )


def test_the_own_names_know_every_type_and_the_unspecified_one() -> None:
    label_map = identity_label_map()
    assert {rule.type for rule in label_map.rules.values()} == {*DamageType, None}
    assert label_map.annotates == frozenset(DamageType)


@pytest.mark.parametrize(
    ("labels", "name"),
    [
        ({"cizik", "gocuk", "car"}, "claims"),
        ({"rust", "dunt", "scracth", "car"}, "rust-dent-boxes"),
        ({"dent", "scratch", "rust"}, "coachwork"),
        ({"damage"}, "via-damage"),
        ({"0", "Scratch", "something else"}, "scratch-boxes"),
    ],
)
def test_the_map_is_found_by_the_labels(labels: set[str], name: str) -> None:
    assert choose_label_map(labels).name == name


def test_a_map_can_be_named_or_read_from_a_file(tmp_path: Path) -> None:
    assert choose_label_map({"cizik"}, "coachwork").name == "coachwork"
    path = tmp_path / "maps.toml"
    path.write_text('[mine.labels]\nBeule = "dent"\n')
    assert choose_label_map(set(), str(path)).annotates == {DamageType.DENT}
    path.write_text('[mine.labels]\nBeule = "dent"\n[yours.labels]\nKratzer = "scratch"\n')
    assert choose_label_map({"Kratzer"}, str(path)).name == "yours"
    with pytest.raises(TaxonomyError, match="no label map knows"):
        choose_label_map({"dent"}, str(path))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[", "not valid TOML"),
        ("[mine]\n", "needs a table"),
        ("mine = 3\n", "needs a table"),
        ('[mine.labels]\nBeule = "beule"\n', "unknown type 'beule'"),
        ("[mine.labels]\nBeule = 3\n", "needs a type"),
        ('[mine.labels]\nBeule = { type = "dent", severity = "huge" }\n', "unknown severity 'huge'"),
        ('[mine]\nannotates = ["beule"]\n[mine.labels]\n', "unknown type 'beule'"),
    ],
)
def test_a_broken_map_says_what_is_wrong(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "map.toml"
    path.write_text(text)
    with pytest.raises(TaxonomyError, match=why):
        load_label_maps(path)


def test_a_file_that_is_no_text_says_so(tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(TaxonomyError, match="not valid TOML"):
        load_label_maps(tmp_path / "map.toml")
    with pytest.raises(TaxonomyError, match="cannot be read"):
        load_label_maps(tmp_path / "nothing.toml")
