import hashlib
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachwork.datasets.joining import Candidate, join
from coachwork.datasets.sample import DamageShape, Sample, Split
from coachwork.geometry.box import Box
from coachwork.geometry.size import Size
from coachwork.taxonomy import DamageType


def shape(kind: DamageType, at: float = 0) -> DamageShape:
    return DamageShape(type=kind, box=Box(x_min=at, y_min=0, x_max=at + 5, y_max=5))


def candidate(
    content: str,
    stated: Split | None,
    *shapes: DamageShape,
    annotated: frozenset[DamageType] = frozenset(DamageType),
    name: str | None = None,
) -> Candidate:
    digest = hashlib.sha256(content.encode()).hexdigest()
    sample = Sample(
        photo=f"photos/{digest}.jpg",
        sha256=digest,
        size=Size(height=10, width=10),
        source="set",
        name=name or content,
        split=Split.TRAIN,
        cluster="",
        annotated=annotated,
        shapes=shapes,
    )
    return Candidate(sample=sample, stated=stated, origin="a.json")


def test_nothing_joins_to_nothing() -> None:
    joined = join([], [])
    assert (joined.samples, joined.leaks, joined.copies) == ((), (), ())


def test_stated_splits_stand() -> None:
    joined = join([candidate("a", Split.TRAIN), candidate("b", Split.VAL), candidate("c", Split.TEST)], [0, 1, 2])
    assert {sample.name: sample.split for sample in joined.samples} == {"a": "train", "b": "val", "c": "test"}
    assert joined.leaks == ()


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
def test_a_cluster_on_both_sides_goes_to_the_stricter_one(order: tuple[int, ...]) -> None:
    all_three = [candidate("a", Split.TRAIN), candidate("b", Split.VAL), candidate("c", None)]
    joined = join([all_three[index] for index in order], [7, 7, 7])
    assert {sample.split for sample in joined.samples} == {Split.VAL}
    assert [(leak.photo.sample.name, leak.twin.sample.name) for leak in joined.leaks] == [("a", "b")]


def test_identical_photos_become_one_and_the_evaluated_one_stands() -> None:
    train = candidate("same", Split.TRAIN, shape(DamageType.DENT), shape(DamageType.DENT, 2), name="t.jpg")
    val = candidate("same", Split.VAL, shape(DamageType.SCRATCH), name="v.jpg")
    joined = join([train, val], [0, 0])
    (sample,) = joined.samples
    assert (sample.name, sample.split, [one.type for one in sample.shapes]) == ("v.jpg", Split.VAL, ["scratch"])
    assert [(copy.photo.sample.name, copy.agrees) for copy in joined.copies] == [("t.jpg", False)]


def test_identical_photos_with_the_same_shapes_agree() -> None:
    joined = join([candidate("same", None, shape(DamageType.DENT), name=name) for name in "ab"], [0, 0])
    assert [copy.agrees for copy in joined.copies] == [True]
    assert len(joined.samples) == 1


def test_copies_from_sets_that_annotate_other_types_complete_each_other() -> None:
    dents = candidate("same", None, shape(DamageType.DENT), annotated=frozenset({DamageType.DENT}), name="a")
    rust = candidate("same", None, shape(DamageType.RUST), annotated=frozenset({DamageType.RUST}), name="b")
    joined = join([dents, rust], [0, 0])
    (sample,) = joined.samples
    assert sample.annotated == {DamageType.DENT, DamageType.RUST}
    assert {one.type for one in sample.shapes} == {DamageType.DENT, DamageType.RUST}
    assert joined.copies[0].agrees


@given(
    members=st.lists(st.tuples(st.integers(0, 12), st.none() | st.sampled_from(Split)), max_size=40),
    val=st.floats(0, 1),
    seed=st.integers(0, 9),
    shuffle=st.randoms(use_true_random=False),
)
def test_no_cluster_lies_on_two_sides_whatever_is_stated(
    members: list[tuple[int, Split | None]], val: float, seed: int, shuffle: st.DataObject
) -> None:
    candidates = [candidate(f"photo {index}", stated) for index, (_, stated) in enumerate(members)]
    clusters = [cluster for cluster, _ in members]
    joined = join(candidates, clusters, val=val, seed=seed)
    assert len(joined.samples) == len(members)
    splits: dict[str, set[Split]] = defaultdict(set)
    for sample in joined.samples:
        splits[sample.cluster].add(sample.split)
    assert len(splits) == len(set(clusters))
    assert all(len(found) == 1 for found in splits.values())
    free = {cluster for cluster in clusters if all(s is None for c, s in members if c == cluster)}
    count = sum(cluster in free for cluster in clusters)
    drawn = sum(
        sample.split is Split.VAL and clusters[int(sample.name.split()[1])] in free for sample in joined.samples
    )
    assert drawn <= round(val * count)

    order = list(range(len(members)))
    shuffle.shuffle(order)  # type: ignore[attr-defined]
    again = join([candidates[i] for i in order], [clusters[i] for i in order], val=val, seed=seed)
    assert [(s.name, s.split) for s in again.samples] == [(s.name, s.split) for s in joined.samples]


def test_the_fraction_is_reached_with_single_photos() -> None:
    joined = join([candidate(str(index), None) for index in range(50)], range(50), val=0.2, seed=3)
    assert sum(sample.split is Split.VAL for sample in joined.samples) == 10
