"""Which photos are chosen, and why."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from coachwork.datasets.candidates import Annotated, Candidate
from coachwork.datasets.doubt import NearThreshold
from coachwork.datasets.novelty import nearest_distances
from coachwork.datasets.rarity import rarity_of, rarity_weights
from coachwork.datasets.selection import Selection, SelectionWeights, select_photos
from coachwork.datasets.selection_reasons import reasons_of
from coachwork.taxonomy import DamageType, Kind

LIGHT = (0.8, 0.6, 0.7, 0.01)
ONLY_DISTANCE = SelectionWeights(uncertainty=0, rarity=0, novelty=0, base=1)


def candidate(name: str, angle: float = 0.0, **fields: Any) -> Candidate:
    """A photo that points at an angle (radians); names that differ have fingerprints far apart."""
    embedding = np.array([math.cos(angle), math.sin(angle), 0], dtype=np.float32)
    print_ = int.from_bytes(np.random.default_rng(list(name.encode())).bytes(8), "big")
    known: dict[str, Any] = {
        "name": name,
        "sha256": name,
        "fingerprint": print_,
        "embedding": embedding,
        "light": np.array(LIGHT),
        "damage_probability": 0.5,
    }
    return Candidate(**known | fields)


def annotated(*angles: float, light: tuple[float, ...] = LIGHT, **fields: Any) -> Annotated:
    vectors = [[math.cos(angle), math.sin(angle), 0] for angle in angles]
    known: dict[str, Any] = {
        "embeddings": np.array(vectors, dtype=np.float32).reshape(-1, 3),
        "light": np.tile(np.array(light), (len(angles), 1)),
    }
    return Annotated(**known | fields)


def names(selection: Selection) -> list[str]:
    return [choice.candidate.name for choice in selection.choices]


def test_of_no_photo_none_is_chosen() -> None:
    found = select_photos([], Annotated(), count=5)
    assert (found.choices, found.left_out) == ((), ())


def test_without_anything_annotated_the_most_uncertain_comes_first() -> None:
    photos = [
        candidate("sure", 0),
        candidate("unsure", 1, detection_doubt=0.9),
        candidate("so so", 2, detection_doubt=0.5),
    ]
    found = select_photos(photos, Annotated(), count=1)
    assert names(found) == ["unsure"]
    assert found.choices[0].distance is None


def test_by_distance_alone_the_farthest_is_next() -> None:
    photos = [candidate("near", 0.1), candidate("far", 2.0), candidate("between", 1.0), candidate("twin of far", 1.95)]
    assert names(select_photos(photos, annotated(0.0), count=3, weights=ONLY_DISTANCE)) == ["far", "between", "near"]


def test_a_doubtful_photo_is_passed_over_beside_one_that_is_chosen() -> None:
    photos = [candidate("a", 1.0, detection_doubt=1.0), candidate("b", 1.01, detection_doubt=0.99), candidate("c", 2.0)]
    assert names(select_photos(photos, annotated(0.0), count=2)) == ["a", "c"]


def test_rare_types_come_first() -> None:
    counts: dict[Kind, int] = {DamageType.DENT: 100, DamageType.SCRATCH: 80, DamageType.RUST: 2}
    photos = [
        candidate("dents", 1, expected={DamageType.DENT: 9.0}),
        candidate("rust", -1, expected={DamageType.RUST: 0.8}),
    ]
    found = select_photos(photos, annotated(0.0, counts=counts), count=1)
    assert names(found) == ["rust"]
    assert list(found.rare) == ["rust"]
    assert reasons_of(found.choices[0], counts) == ("It may show what the dataset has few of: rust (2 annotated).",)


def test_near_duplicates_of_annotated_and_of_chosen_photos_are_left_out() -> None:
    known = candidate("known")
    shelf = annotated(
        0.0, names=("k.jpg",), fingerprints=np.array([known.fingerprint], dtype=np.uint64), sha256=frozenset({"d"})
    )
    first = candidate("first", 2.0, detection_doubt=1.0)
    photos = [
        candidate("like known", 1.0, fingerprint=known.fingerprint ^ 0b111),
        candidate("done", 1.0, sha256="d"),
        first,
        candidate("like first", -2.0, fingerprint=first.fingerprint ^ 1),
    ]
    found = select_photos(photos, shelf, count=4)
    assert names(found) == ["first"]
    assert {one.name: one.why for one in found.left_out} == {
        "like known": "it is a near-duplicate of k.jpg, which is annotated",
        "done": "it is annotated already",
        "like first": "it is a near-duplicate of first, which is chosen",
    }


def test_unusual_light_is_told() -> None:
    shelf = annotated(*[0.01 * place for place in range(30)])
    dark = candidate("dark", 0.105, light=np.array((0.4, 0.6, 0.7, 0.01)))
    found = select_photos([candidate("usual", 0.105), dark], shelf, count=1)
    assert names(found) == ["dark"]
    assert reasons_of(found.choices[0], {}) == ("Unusual light: much darker than the other photos.",)


def test_what_lies_farther_apart_than_the_annotated_photos_is_new() -> None:
    shelf = annotated(*[0.01 * place for place in range(30)])
    found = select_photos([candidate("new", 1.0), candidate("known", 0.151)], shelf, count=1)
    assert found.choices[0].novelty.value == 1.0
    assert reasons_of(found.choices[0], {})[0].startswith("Unlike what is annotated")


def test_of_few_annotated_photos_nothing_is_called_usual() -> None:
    found = select_photos([candidate("a", 1.0)], annotated(0.0), count=1)
    assert (found.choices[0].novelty.farther_than, found.choices[0].novelty.light) == (None, 0)


def test_every_choice_has_a_reason() -> None:
    found = select_photos([candidate("a"), candidate("b", 1)], Annotated(), count=2)
    assert [reasons_of(choice, {}) for choice in found.choices] == [
        ("It comes first: nothing is annotated yet that it could be compared with.",),
        ("It differs from all photos that are annotated or chosen before it.",),
    ]


def test_an_open_verdict_and_doubtful_damages_are_told_with_their_figures() -> None:
    near = (NearThreshold(type=DamageType.SCRATCH, score=0.07, threshold=0.068, nearness=0.98),)
    one = candidate("a", bounds=(0.3, 0.7), verdict_doubt=1.0, detection_doubt=0.3, near=near)
    found = select_photos([one], Annotated(), count=1)
    assert reasons_of(found.choices[0], {}) == (
        "The verdict is open: damage probability 0.50, between 0.30 (none) and 0.70 (damaged).",
        "One damage is in doubt: scratch 0.07, reported from 0.07 on.",
    )


def test_doubtful_damages_are_told_by_type() -> None:
    near = tuple(
        NearThreshold(type=kind, score=0.07, threshold=0.068, nearness=0.98)
        for kind in (DamageType.DENT, DamageType.SCRATCH, DamageType.SCRATCH)
    )
    found = select_photos([candidate("a", detection_doubt=0.6, near=near)], Annotated(), count=1)
    shown = "2 scratch (reported from 0.07 on), a dent (reported from 0.07 on)"
    assert reasons_of(found.choices[0], {}) == (f"3 damages are in doubt, near the score that counts: {shown}.",)


def test_a_verdict_near_its_bound_names_the_bound() -> None:
    for probability, words in ((0.25, "'none' is claimed below 0.30"), (0.75, "'damaged' is claimed from 0.70 on")):
        one = candidate("a", bounds=(0.3, 0.7), verdict_doubt=0.8, damage_probability=probability)
        found = select_photos([one], Annotated(), count=1)
        assert reasons_of(found.choices[0], {}) == (
            f"The verdict is close: damage probability {probability:.2f}, {words}.",
        )


def test_weights_that_say_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="one of them is more"):
        SelectionWeights(uncertainty=0, rarity=0, novelty=0, base=0)
    with pytest.raises(ValueError, match="at least 0"):
        SelectionWeights(novelty=-1)


def test_a_type_that_never_occurs_is_the_rarest() -> None:
    weights = rarity_weights({DamageType.DENT: 10, DamageType.RUST: 0, DamageType.CRACK: 2})
    assert weights == {DamageType.DENT: 0.0, DamageType.RUST: 1.0, DamageType.CRACK: 0.5}
    assert rarity_weights({}) == {}
    assert set(rarity_weights({DamageType.DENT: 0}).values()) == {0.0}
    assert rarity_of({}, weights) == 0


def unit(rng: np.random.Generator, count: int) -> NDArray[np.float32]:
    vectors = rng.normal(size=(count, 5)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


@given(st.integers(1, 25), st.integers(0, 8), st.integers(1, 30), st.integers(0, 2**32 - 1))
def test_a_batch_is_as_large_as_asked_and_holds_no_photo_twice(pool: int, known: int, count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    photos = [
        candidate(f"{place}", embedding=row, detection_doubt=float(rng.random()))
        for place, row in enumerate(unit(rng, pool))
    ]
    shelf = Annotated(embeddings=unit(rng, known), light=np.zeros((known, 4)))
    found = select_photos(photos, shelf, count=count)
    assert len(found.choices) == len(set(names(found))) == min(count, pool - len(found.left_out))
    longer = select_photos(photos, shelf, count=count + 3)
    assert names(longer)[: len(found.choices)] == names(found)


@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_nearest_distances_are_those_of_the_plain_formula(first: int, second: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    one, other = unit(rng, first), unit(rng, second)
    plain = np.linalg.norm(one[:, None].astype(np.float64) - other[None], axis=2)
    assert nearest_distances(one, other) == pytest.approx(plain.min(axis=1), abs=1e-3)
