from pathlib import Path

import pytest

from coachwork.annotations.labels import choose_label_map
from coachwork.taxonomy import (
    KINDS,
    CarPart,
    DamageType,
    Item,
    LabelRule,
    Severity,
    TaxonomyError,
    identity_label_map,
    kind_of,
    load_label_maps,
    parts_label_map,
)

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
    assert ships == {"claims", "used-cars", "scratch-boxes", "rust-dent-boxes", "undamaged", "rendered"}


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


def test_names_of_damages_and_parts_never_coincide() -> None:
    assert len({kind.value for kind in KINDS}) == len(KINDS) == len(DamageType) + len(CarPart)
    assert [kind_of(kind.value) for kind in KINDS] == list(KINDS)
    with pytest.raises(ValueError, match="'hood' is neither"):
        kind_of("hood")


@pytest.mark.parametrize("part", CarPart)
def test_a_mirror_image_of_a_mirror_image_is_the_part_itself(part: CarPart) -> None:
    assert part.mirrored.mirrored is part
    assert (part.mirrored is part) is not ("left" in part.value or "right" in part.value)


def test_the_own_names_of_parts_say_nothing_of_damages() -> None:
    label_map = parts_label_map()
    assert label_map.annotates == {rule.type for rule in label_map.rules.values()} == set(CarPart)


def test_left_and_right_of_the_parts_set_stay_what_they_are() -> None:
    label_map = load_label_maps()["parts"]
    for label, rule in label_map.rules.items():
        for side in ("left", "right"):
            assert rule.type is None or (side in label) == (side in rule.type.value), label
    assert label_map.rules["wheel"] == LabelRule(type=CarPart.WHEEL, apart=True)
    assert len(label_map.annotates) == 18


@pytest.mark.parametrize(
    ("labels", "name"),
    [
        ({"hood", "wheel", "front_glass"}, "parts"),
        ({"bonnet", "wheel", "front_bumper", "roof"}, "coachwork-parts"),
        ({"cizik", "gocuk", "car"}, "claims"),
        ({"rust", "dunt", "scracth", "car"}, "rust-dent-boxes"),
        ({"dent", "scratch", "rust"}, "coachwork"),
        ({"damage"}, "via-damage"),
        ({"0", "Scratch", "car-scratch"}, "scratch-boxes"),
        ({"Scratch"}, "coachwork"),
        ({"Dent", "Scratch"}, "coachwork"),
        ({"scratches", "Broken Glass", "car"}, "coachwork"),
        ({"damage", "dent"}, "coachwork"),
    ],
)
def test_the_map_is_found_by_the_labels(labels: set[str], name: str) -> None:
    assert choose_label_map(labels).name == name


def test_a_type_in_other_letters_is_understood() -> None:
    label_map = choose_label_map({"Dent", "scratches", "Broken-Glass", "Flat  tire", "Damage", "door"})
    spelled = {label: label_map.rule(label) for label in ("Dent", "scratches", "Broken-Glass", "Flat  tire", "door")}
    assert {label: rule and rule.type for label, rule in spelled.items()} == {
        "Dent": DamageType.DENT,
        "scratches": DamageType.SCRATCH,
        "Broken-Glass": DamageType.BROKEN_GLASS,
        "Flat  tire": DamageType.FLAT_TIRE,
        "door": None,
    }
    assert label_map.rule("Damage") == LabelRule(type=None)
    assert (label_map.licence, label_map.weights_may_ship) == ("not stated", False)
    assert choose_label_map({"Dent"}, "coachwork").rule("Dent") == LabelRule(type=DamageType.DENT)
    assert choose_label_map({"dent"}).rules == identity_label_map().rules


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


def test_items_are_the_parts_in_their_order_and_what_no_part_stands_for() -> None:
    parts, items = [part.value for part in CarPart], [item.value for item in Item]
    assert items[: len(parts)] == parts
    assert [item.name for item in Item][: len(parts)] == [part.name for part in CarPart]
    assert all(name.endswith(("_glass", "tyre", "airbags")) for name in items[len(parts) :])
