from collections.abc import Callable
from pathlib import Path

import pytest

from coachwork.datasets.dataset import read_dataset
from coachwork.datasets.deriving import copy_dataset, merge_datasets, open_version, split_dataset, tag_dataset
from coachwork.datasets.place import DatasetError, DatasetPlace
from coachwork.datasets.sample import Split
from coachwork.datasets.store import DatasetStore
from coachwork.datasets.version import SplitRule, Version
from tests.datasets.conftest import Fill, make_sample, make_version

Photos = Callable[[Version], dict[str, Path]]


def names(version: Version) -> set[str]:
    return {sample.name for sample in version.samples}


@pytest.fixture
def pair(store: DatasetStore, fill: Fill) -> tuple[DatasetPlace, DatasetPlace]:
    fill(store, "a", make_version(make_sample("one"), make_sample("two")), problems={"set": ["p"]})
    fill(store, "b", make_version(make_sample("two"), make_sample("three")))
    return store.place("a"), store.place("b")


def test_a_merge_makes_a_new_dataset_and_copies_no_photo(
    store: DatasetStore, pair: tuple[DatasetPlace, DatasetPlace]
) -> None:
    copied: list[int] = []
    merged = merge_datasets(pair, store.place("c"), copied=lambda done, _: copied.append(done))
    assert copied == []
    assert names(merged.version) == {"one.jpg", "two.jpg", "three.jpg"}
    assert merged.version.parents == tuple(sorted(store.resolve(name) for name in "ab"))
    assert store.resolve("c") == merged.version.digest
    assert store.note(merged.version.digest, "problems.json") == {"set": ["p"]}
    assert not store.missing(merged.version.samples)


def test_a_merge_into_another_dataset_is_refused_and_into_one_of_them_goes_on(
    store: DatasetStore, fill: Fill, pair: tuple[DatasetPlace, DatasetPlace]
) -> None:
    fill(store, "c", make_version(make_sample("four")))
    with pytest.raises(DatasetError, match="name it among those to merge"):
        merge_datasets(pair, store.place("c"))
    before = store.resolve("a")
    merged = merge_datasets(pair, store.place("a"))
    assert before in merged.version.parents
    assert [head.version for head in store.history("a")] == [before, merged.version.digest]


def test_a_merge_across_stores_brings_the_photos(
    store: DatasetStore, pair: tuple[DatasetPlace, DatasetPlace], tmp_path: Path
) -> None:
    merge_datasets(pair, DatasetPlace.of(tmp_path / "elsewhere" / "c"))
    dataset = read_dataset(tmp_path / "elsewhere" / "c")
    assert sorted(dataset.photo_path(sample).read_bytes() for sample in dataset.samples) == [b"one", b"three", b"two"]
    assert names(store.version(store.resolve("a"))) == {"one.jpg", "two.jpg"}


def test_a_split_is_the_next_version_or_another_dataset(
    store: DatasetStore, pair: tuple[DatasetPlace, DatasetPlace]
) -> None:
    rule = SplitRule(val=0.5, keep=())
    before, after = split_dataset(pair[0], rule)
    assert (after.parents, after.rule) == ((before.digest,), rule)
    assert after.counts["splits"] == {"train": 1, "val": 1, "test": 0}
    assert store.resolve("a") == after.digest
    _, other = split_dataset(pair[0].at(before.digest[:12]), SplitRule(val=1, keep=()), store.place("d"))
    assert store.resolve("d") == other.digest
    assert other.parents == (before.digest,)
    with pytest.raises(DatasetError, match="exists already"):
        split_dataset(pair[0], rule, pair[1])


def test_the_same_split_again_makes_no_version(store: DatasetStore, pair: tuple[DatasetPlace, DatasetPlace]) -> None:
    rule = SplitRule(val=0.5, keep=())
    _, first = split_dataset(pair[0], rule)
    before, second = split_dataset(pair[0], rule)
    assert first.digest == second.digest == before.digest
    assert len(store.history("a")) == 2


def test_a_copy_has_the_digest_of_its_origin(
    store: DatasetStore, pair: tuple[DatasetPlace, DatasetPlace], tmp_path: Path
) -> None:
    to = DatasetPlace.of(tmp_path / "here" / "mine")
    copied = copy_dataset(pair[0], to)
    assert read_dataset(to).digest == copied.digest == store.resolve("a")
    assert DatasetStore(tmp_path / "here").note(copied.digest, "problems.json") == {"set": ["p"]}
    assert copy_dataset(pair[0], to).digest == copied.digest
    with pytest.raises(DatasetError, match="--replace"):
        copy_dataset(pair[1], to)
    assert read_dataset(to).digest == copied.digest
    copy_dataset(pair[1], to, replace_it=True)
    assert read_dataset(to).digest == store.resolve("b")


def test_an_older_version_becomes_the_current_one_again(
    store: DatasetStore, fill: Fill, pair: tuple[DatasetPlace, DatasetPlace]
) -> None:
    first = store.resolve("a")
    fill(store, "a", make_version(make_sample("four")))
    copy_dataset(pair[0].at(first[:12]), pair[0], replace_it=True)
    assert store.resolve("a") == first
    assert len(store.history("a")) == 3


def test_a_folder_of_an_earlier_coachwork_is_taken_over_where_it_lies(folder: Path) -> None:
    place = DatasetPlace.of(folder)
    with pytest.raises(DatasetError, match="take it over"):
        split_dataset(place, SplitRule())
    version = copy_dataset(place, place)
    dataset = read_dataset(folder)
    assert (dataset.digest, dataset.folder) == (version.digest, folder.parent / "objects")
    assert dataset.photo_path(dataset.samples[0]).read_bytes() == b"one"
    assert (folder / "samples.jsonl").exists()
    assert split_dataset(place, SplitRule(val=1, keep=()))[1].counts["splits"]["val"] == 1


def test_a_folder_of_an_earlier_coachwork_can_be_merged(folder: Path) -> None:
    merged = merge_datasets([DatasetPlace.of(folder)], DatasetPlace.of(folder.parent / "new"))
    assert names(merged.version) == {"one.jpg"}


def test_tags_stay_with_their_version(store: DatasetStore, pair: tuple[DatasetPlace, DatasetPlace]) -> None:
    first = tag_dataset(pair[0], "spring")
    split_dataset(pair[0], SplitRule(val=1, keep=()))
    assert store.resolve("a", "spring") == first == tag_dataset(pair[0].at(first[:12]), "spring")
    with pytest.raises(DatasetError, match="--move"):
        tag_dataset(pair[0], "spring")
    assert tag_dataset(pair[0], "spring", move=True) == store.resolve("a")
    with pytest.raises(DatasetError, match="cannot be a name"):
        tag_dataset(pair[0], "a/b")
    assert {sample.split for sample in open_version(pair[0].at("spring")).version.samples} == {Split.VAL}
